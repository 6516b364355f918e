//! Who wrote a line.
//!
//! Programs are told by the identifier of the journal, the name of a container, or the name of a
//! file that somebody hands over. Lines of programs that are not here are read and passed over.

/// A program whose messages are known.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Program {
    Kubelet,
    Crio,
    Containerd,
    Conmon,
    Crun,
    Runc,
    Podman,
    Kubeadm,
    Etcd,
    ApiServer,
    ControllerManager,
    Scheduler,
    KubeProxy,
    Coredns,
    Flannel,
    Calico,
    Systemd,
    Kernel,
    Audit,
    Fapolicyd,
    Firewalld,
    NetworkManager,
    Dnf,
    Apt,
}

use Program::{
    ApiServer, Apt, Audit, Calico, Conmon, Containerd, ControllerManager, Coredns, Crio, Crun, Dnf, Etcd,
    Fapolicyd, Firewalld, Flannel, Kernel, KubeProxy, Kubeadm, Kubelet, NetworkManager, Podman, Runc,
    Scheduler, Systemd,
};

/// Names as the journal has them (`SYSLOG_IDENTIFIER`), and as containers of the usual pods have them.
const NAMES: &[(&str, Program)] = &[
    ("kubelet", Kubelet),
    ("crio", Crio),
    ("cri-o", Crio),
    ("containerd", Containerd),
    ("conmon", Conmon),
    ("conmon-rs", Conmon),
    ("crun", Crun),
    ("runc", Runc),
    ("podman", Podman),
    ("kubeadm", Kubeadm),
    ("etcd", Etcd),
    ("kube-apiserver", ApiServer),
    ("kube-controller-manager", ControllerManager),
    ("kube-scheduler", Scheduler),
    ("kube-proxy", KubeProxy),
    ("coredns", Coredns),
    ("flannel", Flannel),
    ("kube-flannel", Flannel),
    ("flanneld", Flannel),
    ("calico", Calico),
    ("calico-node", Calico),
    ("systemd", Systemd),
    ("kernel", Kernel),
    ("audit", Audit),
    ("auditd", Audit),
    ("fapolicyd", Fapolicyd),
    ("firewalld", Firewalld),
    ("NetworkManager", NetworkManager),
    ("dnf", Dnf),
    ("yum", Dnf),
    ("apt", Apt),
    ("apt-get", Apt),
];

impl Program {
    /// The program of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(one, _)| *one == name).map(|(_, program)| *program)
    }

    /// The program that a file's name or one of its directories names: `kubelet.log`,
    /// `journal-crio.txt`, `/var/log/pods/kube-system_etcd-cp1_1/etcd/0.log`.
    pub(super) fn of_path(path: &str) -> Option<Self> {
        let mut parts = path.rsplit('/');
        let file = parts.next()?;
        let word = |part: &str| {
            let part = part.strip_suffix(".log").or_else(|| part.strip_suffix(".txt")).unwrap_or(part);
            Self::named(part).or_else(|| part.rsplit('-').next().and_then(Self::named))
        };
        let dmesg = file.starts_with("dmesg").then_some(Kernel);
        word(file).or(dmesg).or_else(|| parts.next().and_then(Self::named))
    }

    /// Its name.
    pub(super) fn as_str(self) -> &'static str {
        NAMES.iter().find(|(_, program)| *program == self).map_or("", |(name, _)| name)
    }

    /// Whether a message of `other` is in its log too: the runtime's words are told by CRI-O and
    /// again by the kubelet, a CNI plugin's likewise; the kernel prints what audit has.
    pub(super) fn tells_of(self, other: Self) -> bool {
        self == other
            || match self {
                Kubelet => matches!(other, Crun | Runc | Calico),
                Crio => matches!(other, Crun | Runc | Conmon | Calico),
                Containerd => matches!(other, Runc | Crun | Calico),
                Kernel => other == Audit,
                _ => false,
            }
    }

    /// Whether a new process of it is a new run: systemd starts one process, and it logs itself.
    pub(super) fn runs_as_one_process(self) -> bool {
        matches!(self, Kubelet | Crio | Containerd)
    }

    /// The service that a line of systemd is about.
    ///
    /// By a word in the text: systemd's line has the description of the unit, which the packages
    /// word differently (`Container Runtime Interface for OCI (CRI-O)`, `kubelet: The Kubernetes
    /// Node Agent`).
    pub(super) fn of_unit(text: &str) -> Option<Self> {
        let has = |name: &str| text.contains(name);
        if has("kubelet") {
            Some(Kubelet)
        } else if has("crio") || has("CRI-O") {
            Some(Crio)
        } else if has("containerd") {
            Some(Containerd)
        } else {
            None
        }
    }
}
