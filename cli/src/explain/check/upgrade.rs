//! Checks before an upgrade.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[
    Explanation {
        code: "crio-not-upgraded",
        title: "CRI-O was not upgraded with Kubernetes",
        meaning: "The minors of CRI-O and Kubernetes are more than one apart.",
        why: "Such a pair is tried by nobody, and APIs between them go away.",
        known: "From the package database and the images of the control plane.",
        cure: "Upgrade CRI-O to the minor of the kubelet, one minor at a time.",
        source: "cri-o.io, compatibility",
    },
    Explanation {
        code: "kubeadm-flags-outdated",
        title: "kubeadm-flags.env has a flag that ends",
        meaning: "A flag in the file is not known to the kubelet of the next minor.",
        why: "After the upgrade the kubelet ends with `unknown flag`.",
        known: "From the file, the kubelet's minor and the table of its flags.",
        cure: "`kubeadm upgrade node` takes it out; else remove it before the kubelet is upgraded.",
        source: "kubeadm, phases/upgrade",
    },
    Explanation {
        code: "upgrade-backups-left",
        title: "Backups of an upgrade are left",
        meaning: "kubeadm's backups of manifests or of etcd lie in /etc/kubernetes/tmp.",
        why: "They take room, and hold copies of the cluster's data.",
        known: "From the directory.",
        cure: "Remove those that are older than the last upgrade that went well.",
        source: "kubeadm, constants.go",
    },
];
