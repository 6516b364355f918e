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
    Explanation {
        code: "upgrade-half-done",
        title: "An upgrade ended half way",
        meaning: "What kubeadm makes for an upgrade is still there.",
        why: "Components of two minors run beside each other.",
        known: "From /etc/kubernetes/tmp, the images of the control plane and the kubelet's \
             package.",
        cure: "Run the same `kubeadm upgrade apply` or `kubeadm upgrade node` again.",
        source: "kubeadm, phases/upgrade/staticpods.go",
    },
    Explanation {
        code: "kubeadm-config-outdated",
        title: "A kubeadm file is of a version that is no longer read",
        meaning: "The apiVersion of a file is older than what this kubeadm, or the next one, \
             reads.",
        why: "kubeadm refuses the file.",
        known: "From the files called kubeadm*.yaml and the table of API versions.",
        cure: "`k8sprep migrate-config` writes it in the version that is read.",
        source: "kubeadm, apis/kubeadm/scheme",
    },
    Explanation {
        code: "kubeadm-minor-mismatch",
        title: "kubeadm does not deploy this minor",
        meaning: "A file asks for a Kubernetes version that this kubeadm does not deploy.",
        why: "kubeadm refuses it: it deploys its own minor and the one before.",
        known: "From the files called kubeadm*.yaml and the package of kubeadm, and from its \
             output.",
        cure: "Install the kubeadm of that minor.",
        source: "kubeadm, util/config/common.go",
    },
    Explanation {
        code: "upgrade-skips-minor",
        title: "An upgrade skips a minor",
        meaning: "A file asks for a version more than one minor above the control plane.",
        why: "kubeadm refuses it.",
        known: "From the files called kubeadm*.yaml and the images of the control plane.",
        cure: "Upgrade one minor at a time.",
        source: "kubeadm, phases/upgrade/policy.go",
    },
];
