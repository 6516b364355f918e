//! What kubeadm takes without a word but what is seldom meant.
//!
//! The codes are those of `kubeadm-config`'s advice: `check` prints them as `advice[...]`, and
//! they change an exit status only where the command line asks for that. kubeadm itself is silent
//! on each of them, so `source` names where the fact is from and not a message of kubeadm.

use super::Explanation;

/// `why` says in each row what happens later, since nothing happens now.
pub(super) const ROWS: &[Explanation] = &[
    Explanation {
        code: "field-moved",
        title: "Field is elsewhere in the newer API version",
        meaning: "The API version that this kubeadm writes has the field in another place, or not at \
             all.",
        why: "The file works today; it has to be changed before the old API version is gone.",
        known: "The field is looked up in the table of moved fields.",
        cure: "`k8sprep migrate-config` moves it.",
        source: "kubeadm: its API versions and their conversions",
    },
    Explanation {
        code: "pod-subnet-overlap",
        title: "The Pods' subnet overlaps another one",
        meaning: "Addresses of Pods lie in a subnet that is also used for something else, such as \
             Services or the host's own network.",
        why: "Packets go to the wrong place: some Services, Pods or machines cannot be reached, \
             and not always the same ones.",
        known: "The subnets are compared address by address.",
        cure: "Take a subnet for Pods that is used nowhere else.",
        source: "Kubernetes: networking of Pods, Services and nodes must not overlap",
    },
    Explanation {
        code: "address-in-subnet",
        title: "An address of the node lies in a subnet of the cluster",
        meaning: "The address that the API server advertises, or controlPlaneEndpoint, lies in the \
             subnet of Pods or Services.",
        why: "The cluster takes the address for its own, and traffic to the API server goes \
             astray.",
        known: "The address is compared with serviceSubnet and podSubnet.",
        cure: "Take another subnet, or name the right address.",
        source: "Kubernetes: networking of Pods, Services and nodes must not overlap",
    },
    Explanation {
        code: "families-differ",
        title: "Pods and Services have different address families",
        meaning: "The Pods' and the Services' subnets have no family in common, or name their families \
             in another order.",
        why: "Without a common family no Service reaches a Pod. In another order, Pods and \
             Services prefer different families.",
        known: "The families of networking.podSubnet and networking.serviceSubnet are compared.",
        cure: "Write both with the same families in the same order.",
        source: "Kubernetes: dual-stack",
    },
    Explanation {
        code: "no-pod-subnet",
        title: "No subnet for Pods",
        meaning: "networking.podSubnet is not set.",
        why: "No node gets a part of a subnet, which most network plugins need, flannel among \
             them.",
        known: "The field is empty after defaults: kubeadm has none for it.",
        cure: "Set networking.podSubnet to the subnet that your network plugin is configured with. \
             Some plugins manage their own and need none.",
        source: "kubeadm: networking.podSubnet; kube-controller-manager: --allocate-node-cidrs",
    },
    Explanation {
        code: "coredns-path",
        title: "CoreDNS' image may lie elsewhere in your registry",
        meaning: "imageRepository is one of your own, and dns.imageRepository is not set.",
        why: "kubeadm then looks for REPOSITORY/coredns. A copy that keeps the original's paths \
             has it as REPOSITORY/coredns/coredns, and the pull fails.",
        known: "kubeadm adds the folder `coredns` in its default repository only, since 1.21.",
        cure: "Where your copy has it there, set dns.imageRepository to REPOSITORY/coredns.",
        source: "kubeadm: cmd/kubeadm/app/images",
    },
    Explanation {
        code: "cgroup-driver-mismatch",
        title: "The kubelet and the container runtime use different cgroup drivers",
        meaning: "The kubelet is told one driver, systemd or cgroupfs, and the container runtime uses \
             the other one.",
        why: "Pods cannot be started. Kubelets of newer releases ask the runtime and take its \
             driver, where the runtime answers that question.",
        known: "cgroupDriver of the kubelet, by flag or file, is compared with the runtime's \
             setting.",
        cure: "Set both to systemd, and restart the runtime and the kubelet.",
        source: "KEP-4033; kubelet: cgroupDriver",
    },
    Explanation {
        code: "version-label",
        title: "The version is looked up on the network",
        meaning: "kubernetesVersion is a label such as stable-1 and not a version.",
        why: "Each run may get another version, and without a network it takes long and falls \
             back.",
        known: "The value cannot be read as a version.",
        cure: "Name the version, such as v1.34.0.",
        source: "kubeadm: cmd/kubeadm/app/util/version.go",
    },
    Explanation {
        code: "version-skew",
        title: "The control plane is newer than kubeadm",
        meaning: "kubernetesVersion has a newer minor than the kubeadm that is asked for.",
        why: "An older kubeadm does not know what the newer release needs, and refuses or deploys \
             it wrongly.",
        known: "The two minors are compared.",
        cure: "Use a kubeadm of the same minor.",
        source: "Kubernetes version skew policy",
    },
    Explanation {
        code: "dockershim-traces",
        title: "dockershim is still named",
        meaning: "The CRI socket is that of dockershim, which went away in Kubernetes 1.24.",
        why: "Nothing listens there: the kubelet and kubeadm find no runtime.",
        known: "criSocket ends in dockershim.sock, and the release is 1.24 or later. The API server is asked too, where admin.conf or kubelet.conf lets it.",
        cure: "Name the socket of CRI-O (unix:///var/run/crio/crio.sock), containerd or \
             cri-dockerd.",
        source: "Kubernetes 1.24: removal of dockershim",
    },
    Explanation {
        code: "secret-readable",
        title: "A secret lies in a file that others can read",
        meaning: "The file holds a bootstrap token or a certificate key, and its mode lets others than \
             its owner read it.",
        why: "Whoever reads it can join nodes, or decrypt the cluster's certificates.",
        known: "The mode of the file is looked at when a secret is found in it.",
        cure: "`chmod 600 FILE`.",
        source: "k8sprep",
    },
    Explanation {
        code: "token-forever",
        title: "Token without an end",
        meaning: "A bootstrap token has a time to live of zero.",
        why: "It lets nodes join for ever, and nobody remembers who has it.",
        known: "ttl is zero and expires is not set.",
        cure: "Give it a time to live, such as 24h0m0s; `kubeadm token create` makes another one \
             later.",
        source: "kubeadm: bootstrapTokens",
    },
    Explanation {
        code: "ca-unverified",
        title: "The cluster's CA is not verified",
        meaning: "unsafeSkipCAVerification is set, and there is no caCertHashes.",
        why: "Whoever answers at the endpoint is trusted, and can hand the node to another \
             cluster.",
        known: "The discovery of JoinConfiguration is read.",
        cure: "Give caCertHashes: `kubeadm token create --print-join-command` or `k8sprep ca-hash` \
             prints them.",
        source: "kubeadm join: discovery",
    },
    Explanation {
        code: "etcd-without-tls",
        title: "External etcd without TLS",
        meaning: "An endpoint of the external etcd begins with http://.",
        why: "etcd holds every secret of the cluster, and they cross the network readable.",
        known: "The scheme of etcd.external.endpoints is looked at.",
        cure: "Use https and give caFile, certFile and keyFile.",
        source: "etcd: transport security",
    },
    Explanation {
        code: "etcd-members-even",
        title: "External etcd with an even number of members",
        meaning: "etcd.external.endpoints names an even number of members.",
        why: "An even number survives no more failures than one member less, and is one more \
             machine that can fail.",
        known: "The endpoints are counted. One endpoint that stands for several members is not seen.",
        cure: "Use three or five members.",
        source: "etcd: quorum",
    },
    Explanation {
        code: "preflight-ignored",
        title: "Every preflight check is ignored",
        meaning: "ignorePreflightErrors holds `all`.",
        why: "Checks that tell of a broken host are ignored too, and kubeadm fails later with less \
             clear words.",
        known: "The list of nodeRegistration is read.",
        cure: "Name the checks that are meant, such as Swap.",
        source: "kubeadm: --ignore-preflight-errors",
    },
    Explanation {
        code: "no-taint",
        title: "Control-plane node without a taint",
        meaning: "nodeRegistration.taints is an empty list.",
        why: "Any Pod may run on the control-plane node and take what the control plane needs.",
        known: "The field is there and empty; left out, kubeadm sets its own taint.",
        cure: "Leave the field out, unless that is what you want.",
        source: "kubeadm: nodeRegistration.taints",
    },
    Explanation {
        code: "cgroup-driver-unset",
        title: "Nothing says how the kubelet manages cgroups",
        meaning: "The file has no KubeletConfiguration with cgroupDriver, and the kubelet of \
             that release uses cgroupfs then, while CRI-O uses systemd.",
        why: "The kubelet and CRI-O put Pods into different cgroups, and no Pod starts.",
        known: "kubeadm writes systemd from 1.22 on; before that it leaves the default, \
             cgroupfs.",
        cure: "Add a KubeletConfiguration with cgroupDriver: systemd, or give gen-config \
             --cgroup-driver systemd.",
        source: "kubeadm: componentconfigs/kubelet.go; CRI-O 1.18: cgroup_manager",
    },
    Explanation {
        code: "node-ip-missing",
        title: "A dual-stack node is not told both of its addresses",
        meaning: "Pods have IPv4 and IPv6, and no node-ip in nodeRegistration.kubeletExtraArgs \
             names an address of each family.",
        why: "Without a cloud provider the kubelet reports one address, and Pods on the \
             network of the host have one family.",
        known: "podSubnet is compared with the extra arguments of the kubelet.",
        cure: "Set node-ip to both addresses of the node, IPv4 and IPv6, with a comma between \
             them.",
        source: "kubernetes.io: Dual-stack support with kubeadm",
    },
];
