//! What nodes need and what changed with releases, each row with its source.
//!
//! Rows of releases are added here and nowhere else; what reads them has no minors of its own.
//! Sources that are issues stand as `repository#number`.

/// A kernel parameter that a node needs.
///
/// The reason is shown with the step, and where a spec asks for less.
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

/// Sources: kubeadm preflight (`FileContent--proc-sys-net-ipv4-ip_forward`),
/// flannel-io/flannel#2082 (bridge-nf-call), CRI-O's node_linux.go (may_detach_mounts, which Red
/// Hat added to its 3.10 kernels and nobody else has), kubespray's preinstall (inotify;
/// kubernetes#104303).
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

/// Releases of kernels of EL 7, such as `3.10.0-1160.el7.x86_64`; Oracle's and ELRepo's newer ones
/// for it are others.
pub(super) fn is_el7_kernel(release: &str) -> bool {
    release.starts_with("3.10.0-") && release.contains(".el7")
}

/// Kernel modules that a node needs, in the order they are loaded. `overlay`: CRI-O's storage
/// driver. `br_netfilter`: brings the `net.bridge` parameters. `nf_conntrack`: kube-proxy ends
/// without it (kops#17968, Rocky 9 images).
pub(super) const MODULES: &[&str] = &["overlay", "br_netfilter", "nf_conntrack"];

/// The first kubelet that exits on cgroup v1 by default (kubernetes
/// `pkg/kubelet/apis/config/v1beta1/defaults.go`, v1.35.0; recorded: 1.34.0 starts, 1.35.4 exits).
pub(crate) const KUBELET_NEEDS_CGROUP_V2: u64 = 35;

/// The check of kubeadm that refuses cgroup v1 for such a kubelet (k8s.io/system-validators 1.12,
/// `cgroup_validator_linux.go`).
pub(super) const CGROUP_CHECK: &str = "SystemVerification";

/// A kubelet flag that older recipes put into `KUBELET_EXTRA_ARGS` and that is wrong from some
/// minor on.
pub(super) struct OldFlag {
    pub(super) flag: &'static str,
    pub(super) wrong_since: u64,
    pub(super) harm: Harm,
}

/// Flags that a kubelet of that minor does not know, each with why.
pub(crate) fn unknown_flags(minor: u64) -> impl Iterator<Item = (&'static str, String)> {
    let unknown = move |old: &&OldFlag| old.harm == Harm::Unknown && old.wrong_since <= minor;
    OLD_KUBELET_FLAGS.iter().filter(unknown).map(|old| (old.flag, old.why()))
}

/// What a parameter has to be at least, where more is as good.
pub(crate) fn at_least(key: &str) -> Option<u64> {
    SYSCTLS.iter().find(|row| row.key == key).and_then(|row| match row.value {
        Wanted::AtLeast(number) => Some(number),
        _ => None,
    })
}

/// What an old flag does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Harm {
    /// The kubelet does not know it and ends.
    Unknown,
    /// It wins over KubeletConfiguration, where kubeadm puts the same thing.
    Wins,
}

impl OldFlag {
    /// What is the matter with it.
    pub(super) fn why(&self) -> String {
        let Self { flag, wrong_since, harm } = self;
        match harm {
            Harm::Unknown => format!("a kubelet since 1.{wrong_since} ends with `unknown flag: --{flag}`"),
            Harm::Wins => {
                format!(
                    "--{flag} would win over KubeletConfiguration, where kubeadm since 1.{wrong_since} has it"
                )
            }
        }
    }
}

/// Sources: kubernetes CHANGELOG-1.24 (dockershim and its flags, kubernetes#106907), CHANGELOG-1.27
/// (`--container-runtime`), CHANGELOG-1.31 (`--keep-terminated-pod-volumes`), kubernetes#133779
/// (1.35, `--pod-infra-container-image`). `--cgroup-driver` still exists.
pub(super) const OLD_KUBELET_FLAGS: &[OldFlag] = &[
    OldFlag { flag: "cgroup-driver", wrong_since: KUBELET_CONFIG_HAS_DRIVER, harm: Harm::Wins },
    unknown("cni-bin-dir", 24),
    unknown("cni-cache-dir", 24),
    unknown("cni-conf-dir", 24),
    unknown("container-runtime", 27),
    unknown("docker-endpoint", 24),
    unknown("experimental-dockershim-root-directory", 24),
    unknown("image-pull-progress-deadline", 24),
    unknown("keep-terminated-pod-volumes", 31),
    unknown("network-plugin", 24),
    unknown("network-plugin-mtu", 24),
    unknown("pod-infra-container-image", 35),
];

const fn unknown(flag: &'static str, wrong_since: u64) -> OldFlag {
    OldFlag { flag, wrong_since, harm: Harm::Unknown }
}

/// The oldest minor of Kubernetes that is still supported (releases of 2026-08): what a kubelet of
/// unknown release knows no more than this one does is said to be wrong.
pub(super) const OLDEST_SUPPORTED: u64 = 34;

/// From this minor on a kubelet takes the cgroup driver that the runtime says, where the runtime
/// says it (KEP-4033: beta in 1.31; CRI-O does since 1.28).
pub(crate) const KUBELET_ASKS_FOR_DRIVER: u64 = 31;

/// The first crun that takes containers of OCI runtime spec 1.2, and the first CRI-O that writes
/// them (crun#1620, cri-o#8833; crun's "really drop version check").
pub(super) const CRUN_FOR_SPEC_1_2: [u64; 3] = [1, 14, 3];
pub(super) const CRIO_WRITES_SPEC_1_2: u16 = 30;

/// From this minor on kubeadm writes `cgroupDriver` into the kubelet's configuration
/// (CHANGELOG-1.22); before, the flag has to say it.
pub(super) const KUBELET_CONFIG_HAS_DRIVER: u64 = 22;

/// First CRI-O minor that reads `crio.conf.d` (cri-o v1.17.0).
pub(super) const CRIO_READS_DROP_INS: u16 = 17;

/// How many minors CRI-O may be behind Kubernetes (cri-o README, the skew of Kubernetes' own
/// components).
pub(super) const CRIO_MAY_BE_BEHIND: u64 = 2;

/// First CRI-O minor that refuses cgroupfs unless conmon's cgroup is `pod` (cri-o v1.15;
/// cri-o#6047, #7605).
pub(super) const CONMON_CGROUP_SINCE: u16 = 15;

/// First CRI-O minor whose runtimes have a monitor cgroup of their own, which fits systemd;
/// conmon's is deprecated since then (cri-o v1.24.0, `monitor_cgroup`).
pub(super) const MONITOR_CGROUP_SINCE: u16 = 24;

/// Interfaces that network plugins make and NetworkManager must leave alone (docs of calico;
/// kubespray).
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
