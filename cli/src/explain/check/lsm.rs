//! Checks of security modules.
//!
//! SELinux, AppArmor and seccomp: policy that is missing on the disk. What a module has already
//! denied is said by the audit log, and its rows are in `check::log`.

use crate::explain::Explanation;

/// `known` says where the running kernel was asked and where a file.
pub(in crate::explain) const ROWS: &[Explanation] = &[
    Explanation {
        code: "container-selinux-missing",
        title: "SELinux is enforcing, and containers have no label of their own",
        meaning: "SELinux denies, and either CRI-O is told not to label containers or the policy for them is missing.",
        why: "Containers run with the runtime's rights, or are denied what they need.",
        known: "From /etc/selinux/config or the running kernel, CRI-O's effective configuration, and the packages.",
        cure: "`selinux = true` below [crio.runtime], and the package container-selinux; then restart CRI-O.",
        source: "crio.conf(5), container-selinux",
    },
    Explanation {
        code: "apparmor-profile-not-loaded",
        title: "The AppArmor profile of CRI-O is not loaded",
        meaning: "crio.runtime.apparmor_profile names a profile that the kernel does not have.",
        why: "CRI-O ends at its start.",
        known: "From CRI-O's effective configuration and the kernel's list of profiles.",
        cure: "Load it with `apparmor_parser -r FILE`, or go back to crio-default, which CRI-O loads itself.",
        source: "CRI-O, internal/config/apparmor",
    },
    Explanation {
        code: "apparmor-blocks-signals",
        title: "AppArmor keeps the runtime from ending containers",
        meaning: "The distribution confines runc or crun, and CRI-O uses that program.",
        why: "Signals to containers are denied: pods stay in Terminating with `unable to signal init`.",
        known: "From the profile in /etc/apparmor.d and the path of CRI-O's runtime.",
        cure: "Use the runtime of CRI-O's own package (/usr/libexec/crio), or remove that profile.",
        source: "opencontainers/runc issue 4281",
    },
    Explanation {
        code: "seccomp-profile-unreadable",
        title: "The seccomp profile cannot be loaded",
        meaning: "crio.runtime.seccomp_profile names a file that is not there or is not a profile.",
        why: "CRI-O ends at its start; from 1.25 on only at a file that it cannot decode.",
        known: "From CRI-O's effective configuration and the file.",
        cure: "Put the file right, or leave the setting out: CRI-O has a profile of its own.",
        source: "CRI-O, internal/config/seccomp",
    },
    Explanation {
        code: "selinux-denies-services",
        title: "SELinux denies CRI-O or the kubelet",
        meaning: "SELinux denied the service itself something.",
        why: "The service ends, or cannot do its work.",
        known: "From the audit log.",
        cure: "`restorecon -v` the program and its files: one that was copied has the label of \
             where it came from.",
        source: "cri-o/cri-o#528",
    },
];
