//! Checks that ask a program of the running host.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[
    Explanation {
        code: "control-plane-endpoint-unreachable",
        title: "The cluster's endpoint does not resolve or does not answer",
        meaning: "The name that all nodes reach the API server by has no address here, or nobody answers at its port.",
        why: "Kubelets of the cluster lose their API server, and no node can join.",
        known: "From kubelet.conf, or controlPlaneEndpoint of kubeadm's file, then /etc/hosts, `getent ahosts` and `curl`. \
             An address that one API server has itself is not asked.",
        cure: "Give the name an address in DNS or /etc/hosts; look at the load balancer: it has to pass TCP on to port 6443 of each control plane.",
        source: "kubernetes.io, Creating Highly Available Clusters with kubeadm",
    },
    Explanation {
        code: "forward-policy-drop",
        title: "The kernel drops what it would forward",
        meaning: "The policy of the chain FORWARD is DROP, and no rule lets through what pods send.",
        why: "Pods reach their own node alone. Docker sets that policy when it starts.",
        known: "From the table filter of `iptables-save`: the policy, and the rules that FORWARD leads to.",
        cure: "`iptables -P FORWARD ACCEPT`, and so that it stays: `{\"iptables\": false}` in /etc/docker/daemon.json, or no docker on a node.",
        source: "docs.docker.com, packet filtering and firewalls",
    },
    Explanation {
        code: "stale-firewall-rules",
        title: "The packet filter has rules of a former cluster",
        meaning: "There are chains of kube-proxy or of a network plugin, and the host belongs to no cluster.",
        why: "They send packets for addresses that the next cluster uses to nodes of the last one. `kubeadm reset` leaves them and says so.",
        known: "From the names of chains in `iptables-save`.",
        cure: "Restart the host: they are in the kernel alone, unless a service restores them (`systemctl is-enabled iptables netfilter-persistent`).",
        source: "kubeadm reset",
    },
    Explanation {
        code: "overlay-port-closed",
        title: "The firewall keeps the pod network's packets out",
        meaning: "firewalld or ufw runs, and does not let through the port by which nodes send each other what pods send.",
        why: "Pods of one node reach each other, and those of other nodes they do not.",
        known: "From the interface of the network plugin, and `firewall-cmd --list-all-zones` or `ufw status verbose`.",
        cure: "Let the port through on each node; a spec with `firewall: open` and `network` does it with `k8sprep apply`.",
        source: "flannel, calico and cilium: requirements",
    },
    Explanation {
        code: "mirror-not-answering",
        title: "A mirror of a registry does not answer",
        meaning: "registries.conf has a mirror at which nothing answers within 2 s.",
        why: "Each pull waits for it before the next place is asked; where there is no next place, it fails.",
        known: "By `curl` of /v2/ at up to four mirrors, past proxies.",
        cure: "Take the mirror out of the file, or name another one.",
        source: "containers-registries.conf(5)",
    },
    Explanation {
        code: "crio-restart-pending",
        title: "CRI-O runs with older files than lie there",
        meaning: "A file of CRI-O's configuration changed after CRI-O was started.",
        why: "What it says is not in force, and will be after the next restart, whenever that is.",
        known: "The time of the last change by `stat`, and the start by `systemctl show`.",
        cure: "`systemctl restart crio`; containers go on meanwhile. `systemctl reload crio` is enough for what CRI-O reads again on SIGHUP.",
        source: "crio(8), crio.conf.d(5)",
    },
    Explanation {
        code: "cgroup-driver-changed",
        title: "The cgroup driver was changed under pods that run",
        meaning: "There are cgroups of pods as the other driver makes them.",
        why: "Nobody looks after these pods' limits any more, and their processes may outlive them.",
        known: "From the names below kubepods and kubepods.slice in /sys/fs/cgroup.",
        cure: "`kubectl drain` the node, restart the host, `kubectl uncordon` it.",
        source: "kubernetes.io, Configuring a cgroup driver",
    },
];
