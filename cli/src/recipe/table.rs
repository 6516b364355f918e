//! What nodes need and what changed with releases, each row with its source.

/// A kernel parameter that a node needs.
pub(super) struct NeededSysctl {
    pub(super) key: &'static str,
    pub(super) value: Wanted,
    pub(super) reason: &'static str,
}

/// The value a parameter needs.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    /// This one.
    Exactly(&'static str),
    /// This one on kernels of EL 7, which alone have the parameter.
    OnEl7(&'static str),
    /// This one in clusters with IPv6 subnets.
    ForIpv6(&'static str),
    /// This number or more.
    AtLeast(u64),
}

/// Sources: kubeadm preflight (`FileContent--proc-sys-net-ipv4-ip_forward`), flannel-io/flannel#2082 (bridge-nf-call),
/// CRI-O's node_linux.go (may_detach_mounts, which Red Hat added to its 3.10 kernels and nobody else has), kubespray's preinstall (inotify; kubernetes#104303).
pub(super) const SYSCTLS: &[NeededSysctl] = &[
    NeededSysctl {
        key: "net.ipv4.ip_forward",
        value: Wanted::Exactly("1"),
        reason: "kubeadm refuses a node that does not forward packets",
    },
    NeededSysctl {
        key: "net.bridge.bridge-nf-call-iptables",
        value: Wanted::Exactly("1"),
        reason: "kube-proxy's rules must see packets that cross a bridge",
    },
    NeededSysctl {
        key: "net.bridge.bridge-nf-call-ip6tables",
        value: Wanted::Exactly("1"),
        reason: "kube-proxy's rules must see packets that cross a bridge",
    },
    NeededSysctl {
        key: "net.ipv6.conf.all.forwarding",
        value: Wanted::ForIpv6("1"),
        reason: "the cluster has IPv6 subnets",
    },
    NeededSysctl {
        key: "net.ipv6.conf.default.forwarding",
        value: Wanted::ForIpv6("1"),
        reason: "kubeadm looks at it where a cluster has IPv6 subnets",
    },
    NeededSysctl {
        key: "fs.may_detach_mounts",
        value: Wanted::OnEl7("1"),
        reason: "CRI-O does not start without it on kernels that have it",
    },
    NeededSysctl {
        key: "fs.inotify.max_user_instances",
        value: Wanted::AtLeast(8192),
        reason: "the kernel's own 128 are used up by a few dozen containers",
    },
    NeededSysctl {
        key: "fs.inotify.max_user_watches",
        value: Wanted::AtLeast(524_288),
        reason: "log collectors and kubelet watch every container",
    },
];

/// Releases of kernels of EL 7, such as `3.10.0-1160.el7.x86_64`; Oracle's and ELRepo's newer ones for it are others.
pub(super) fn is_el7_kernel(release: &str) -> bool {
    release.starts_with("3.10.0-") && release.contains(".el7")
}

/// Kernel modules that a node needs, in the order they are loaded. `overlay`: CRI-O's storage driver. `br_netfilter`:
/// brings the `net.bridge` parameters. `nf_conntrack`: kube-proxy ends without it (kops#17968, Rocky 9 images).
pub(super) const MODULES: &[&str] = &["overlay", "br_netfilter", "nf_conntrack"];

/// A kubelet flag that the recipes of 2019 put into `KUBELET_EXTRA_ARGS` and that is wrong from some minor on.
pub(super) struct OldFlag {
    pub(super) flag: &'static str,
    pub(super) gone_in: u64,
}

/// Sources: kubernetes CHANGELOG-1.24 (dockershim and its flags) and CHANGELOG-1.27 (`--container-runtime`: a kubelet
/// that is given one of them ends with `unknown flag`). `--cgroup-driver` still exists and would win over
/// KubeletConfiguration, where kubeadm puts the driver since 1.22.
pub(super) const OLD_KUBELET_FLAGS: &[OldFlag] = &[
    OldFlag { flag: "cgroup-driver", gone_in: KUBELET_CONFIG_HAS_DRIVER },
    OldFlag { flag: "cni-bin-dir", gone_in: 24 },
    OldFlag { flag: "cni-conf-dir", gone_in: 24 },
    OldFlag { flag: "container-runtime", gone_in: 27 },
    OldFlag { flag: "docker-endpoint", gone_in: 24 },
    OldFlag { flag: "network-plugin", gone_in: 24 },
];

/// From this minor on kubeadm writes `cgroupDriver` into the kubelet's configuration (CHANGELOG-1.22); before, the flag
/// has to say it.
pub(super) const KUBELET_CONFIG_HAS_DRIVER: u64 = 22;

/// First CRI-O minor that reads `crio.conf.d` (cri-o v1.17.0).
pub(super) const CRIO_READS_DROP_INS: u16 = 17;

/// How many minors CRI-O may be behind Kubernetes (cri-o README, the skew of Kubernetes' own components).
pub(super) const CRIO_MAY_BE_BEHIND: u64 = 2;

/// First CRI-O minor that refuses cgroupfs unless conmon's cgroup is `pod` (cri-o v1.15; cri-o#6047, #7605).
pub(super) const CONMON_CGROUP_SINCE: u16 = 15;

/// Interfaces that network plugins make and NetworkManager must leave alone (docs of calico; kubespray).
pub(super) const POD_INTERFACES: &[&str] = &[
    "cali*",
    "tunl*",
    "vxlan.calico",
    "vxlan-v6.calico",
    "flannel*",
    "cni*",
    "veth*",
    "kube-ipvs0",
    "nodelocaldns",
];

/// Sockets of other runtimes: a spec that names one contradicts the CRI-O it is for.
pub(super) const FOREIGN_SOCKETS: &[(&str, &str)] = &[
    ("containerd/containerd.sock", "containerd"),
    ("cri-dockerd.sock", "cri-dockerd"),
    ("docker.sock", "Docker"),
    ("dockershim.sock", "dockershim"),
];
