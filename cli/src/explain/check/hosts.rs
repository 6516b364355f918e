//! Checks that only several hosts decide.
//!
//! No single host is wrong by itself here: each rule compares what several support archives, or
//! several trees, say of one cluster of it.

use crate::explain::Explanation;

/// `cure` is what every such finding tells, for no rule of this family has a cure of its own.
pub(in crate::explain) const ROWS: &[Explanation] = &[
    Explanation {
        code: "hosts-ca-differs",
        title: "A node trusts another CA",
        meaning: "A node's ca.crt, or the CA in its kubelet.conf, is not that of the other nodes.",
        why: "It is a member of another cluster, or its CA was copied by hand: it trusts nobody of this one, and nobody trusts it.",
        known: "The pins of /etc/kubernetes/pki/ca.crt, else of the CA in kubelet.conf, of all hosts are compared. While CAs are exchanged a file has both.",
        cure: "If it belongs to this cluster, put the cluster's ca.crt back and join it again; look first whether it runs pods of another cluster.",
        source: "kubeadm, cmd/kubeadm/app/discovery/token",
    },
    Explanation {
        code: "hosts-address-shared",
        title: "Two hosts have one address",
        meaning: "An address of a network interface is on several hosts.",
        why: "Packets for one of them reach the other. A machine was cloned with its network configuration, or DHCP goes by a machine-id that is not the machine's own.",
        known: "The addresses of all hosts are compared; bridges of containers and virtual addresses (prefix 32 or 128) do not count.",
        cure: "Give one of them an address of its own, or a machine-id if DHCP goes by it, and restart its network.",
        source: "RFC 5227",
    },
    Explanation {
        code: "hosts-cgroup-drivers-differ",
        title: "Nodes use different cgroup drivers",
        meaning: "CRI-O of some nodes makes cgroups through systemd, that of others by itself.",
        why: "Each node works alone. What reads cgroups, limits of slices for instance, finds them in another place on each, and cgroupfs is on the way out.",
        known: "cgroup_manager of CRI-O as it is in force, else the kubelet's driver, on all hosts.",
        cure: "Set cgroup_manager to systemd on all of them; drain a node first, its pods are made anew.",
        source: "kubernetes.io, Container Runtimes, cgroup drivers",
    },
    Explanation {
        code: "hosts-networks-differ",
        title: "Nodes have different networks of pods",
        meaning: "The configuration of the network that counts on some nodes is not that of the others.",
        why: "Pods of these nodes do not reach those of the others.",
        known: "The first configuration by name in /etc/cni/net.d: its name and its first plugin, on all nodes.",
        cure: "Move the configuration of the other network away (crio-bridge, podman), or look why the network's own pod does not run on that node.",
        source: "containernetworking, SPEC.md",
    },
    Explanation {
        code: "hosts-mtu-differs",
        title: "Packets of pods are not of one size on all nodes",
        meaning: "The MTU of the pods' network differs between nodes.",
        why: "Small packets pass, large ones are dropped on the way to the node with the smaller one: TLS hangs, health checks do not.",
        known: "The MTU of the overlay's interface, else of the bridge's, else the one in the network's configuration, on all nodes.",
        cure: "Set one MTU in the network's configuration: the smallest of all hosts' interfaces, less what the tunnel takes.",
        source: "flannel and calico, MTU",
    },
    Explanation {
        code: "hosts-mirrors-differ",
        title: "Nodes take images from different places",
        meaning: "The mirrors of registries differ between nodes.",
        why: "A pod starts on one node and waits for its image on another, or runs another image under one name.",
        known: "The mirrors in /etc/containers/registries.conf and its drop-ins, the later file first, on all nodes.",
        cure: "Bring the same registries.conf to all nodes; `k8sprep crio registries --mirror REGISTRY=MIRROR --write` writes it.",
        source: "containers-registries.conf(5)",
    },
    Explanation {
        code: "hosts-clocks-differ",
        title: "Clocks of hosts are apart",
        meaning: "A host was collected in the future of this machine, or at another time than most hosts.",
        why: "Certificates, tokens and leases go by the clock. etcd warns from a second on.",
        known: "The clock of each host when it was collected. Archives of other days look the same: collect all hosts together.",
        cure: "Collect the hosts again at one time; where it shows again, enable chrony or systemd-timesyncd on the one that is off.",
        source: "etcd, rafthttp probing_status.go",
    },
    Explanation {
        code: "hosts-pod-ranges-overlap",
        title: "Two nodes give their pods the same addresses",
        meaning: "The ranges of addresses for pods of several nodes overlap.",
        why: "Two pods have one address, and packets for one reach the other. The sample bridge of CRI-O has one range for every node.",
        known: "FLANNEL_SUBNET of /run/flannel/subnet.env, else the subnets in the network's configuration, of all nodes.",
        cure: "Install a network plugin that gives each node a range of its own, and move the sample bridge's configuration away; a node that has another's range has to be joined again.",
        source: "flannel, host-local",
    },
];
