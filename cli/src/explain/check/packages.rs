//! Checks of packages.
//!
//! Which programs are installed, from where, and of which minors. Which minors go together is what
//! kubernetes.io's skew policy says, not what happens to work.

use crate::explain::Explanation;

/// Origins and minors first, then programs that kubeadm or CRI-O look for in `PATH`.
pub(in crate::explain) const ROWS: &[Explanation] = &[
    Explanation {
        code: "crio-origins-mixed",
        title: "CRI-O comes from several origins",
        meaning: "Repositories of two origins have packages of CRI-O.",
        why: "The next upgrade may take CRI-O from the other one, with another layout of files.",
        known: "From the repository files of the package manager that are switched on.",
        cure: "Keep one of them.",
        source: "cri-o/packaging",
    },
    Explanation {
        code: "package-minors-mixed",
        title: "Minors of the packages do not fit",
        meaning: "The kubelet is newer than its API server, or too many minors older; or kubeadm is of another minor.",
        why: "A newer kubelet speaks APIs that the server does not have; kubeadm refuses such a cluster.",
        known: "From the package database and the images of the static pods; `doctor --from` compares several hosts.",
        cure: "Bring the control plane up first, minor by minor, or install the older packages again.",
        source: "kubernetes.io, Version Skew Policy",
    },
    Explanation {
        code: "packages-not-held",
        title: "Nothing holds the packages of the node",
        meaning: "kubelet, kubeadm, kubectl or cri-o may be upgraded with the rest of the system.",
        why: "An upgrade by night takes the node to another minor.",
        known: "From dpkg's database, or from exclude= and versionlock of yum and dnf.",
        cure: "`apt-mark hold kubelet kubeadm kubectl cri-o`, or `exclude=` in the repository.",
        source: "kubernetes.io, Installing kubeadm",
    },
    Explanation {
        code: "program-not-runnable",
        title: "A program is for another machine",
        meaning: "A program of the node is built for another processor than the host's.",
        why: "It ends with `exec format error`, and its unit with 203/EXEC.",
        known: "From the ELF headers of the program and of systemd.",
        cure: "Install the package of this machine.",
        source: "elf(5)",
    },
    Explanation {
        code: "required-executable-missing",
        title: "A program that kubeadm looks for is missing",
        meaning: "A program that the preflight of this kubeadm asks for is in no directory of the PATH.",
        why: "`kubeadm init` and `join` refuse the host (FileExisting), or warn.",
        known: "From the directories of the PATH, and the table of the installed kubeadm's minor.",
        cure: "Install the package that has it.",
        source: "kubeadm, preflight/checks_linux.go",
    },
    Explanation {
        code: "duplicate-programs-in-path",
        title: "A program is there twice",
        meaning: "Several directories of the PATH have the same program of the node.",
        why: "A shell takes one and systemd another: what you ask is not what runs.",
        known: "From the directories of the PATH; links to one file are one.",
        cure: "Remove the one that no package owns.",
        source: "systemd.exec(5), PATH",
    },
    Explanation {
        code: "crictl-config-refused",
        title: "crictl ends with its own configuration",
        meaning: "/etc/crictl.yaml is no YAML, has an option that crictl does not know, or a value of another type.",
        why: "Every crictl command ends at once, and with it what calls crictl: scripts, and older releases of kubeadm.",
        known: "The file is read as crictl reads it.",
        cure: "Mend or remove the line that is named; `k8sprep apply` writes both endpoints anew.",
        source: "cri-tools, pkg/common/file.go",
    },
    Explanation {
        code: "crictl-endpoint-mismatch",
        title: "crictl asks another socket than CRI-O's",
        meaning: "/etc/crictl.yaml names another endpoint than the socket CRI-O listens on.",
        why: "crictl shows another runtime, or nothing, and so misleads.",
        known: "From /etc/crictl.yaml and CRI-O's effective configuration.",
        cure: "Write CRI-O's socket as `runtime-endpoint` in /etc/crictl.yaml.",
        source: "cri-tools",
    },
];
