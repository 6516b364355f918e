//! What can be said when a node is upgraded.

use super::Explanation;

pub(super) const ROWS: &[Explanation] = &[
    Explanation {
        code: "upgrade-blocked",
        title: "Something stands in the way of the upgrade",
        meaning: "Verdicts of `k8sprep upgrade plan` say that the node would not come up again, or that the upgrade cannot end.",
        why: "Half an upgrade is worse than none; so nothing was changed.",
        known: "The files of the node, its packages and its kernel were looked at; the message has each verdict with its code.",
        cure: "Mend what each verdict names, by its own cure, and begin again.",
        source: "kubeadm: upgrade; Kubernetes' version skew policy",
    },
    Explanation {
        code: "upgrade-undecided",
        title: "It cannot be told whether the upgrade can begin",
        meaning: "Something that a verdict stands on could not be read.",
        why: "What is not known is not taken for well; so nothing was changed.",
        known: "The message says what could not be read, and why.",
        cure: "Run it as root on the node, or mend the file that cannot be read.",
        source: "k8sprep",
    },
    Explanation {
        code: "upgrade-under-way",
        title: "An upgrade was begun here and has not ended",
        meaning: "Another release was asked for before, or the way back was begun.",
        why: "Two upgrades at once would lose what the first one kept for its way back.",
        known: "The record of the upgrade is in k8sprep's own directory; `k8sprep upgrade status` prints it.",
        cure: "Go on with `k8sprep upgrade resume`, or back with `k8sprep upgrade abort`.",
        source: "k8sprep",
    },
    Explanation {
        code: "no-upgrade",
        title: "No upgrade was begun on this host",
        meaning: "There is nothing to go on with, and nothing to give back.",
        why: "An upgrade that somebody did by hand has no record, and what was there before it was not kept.",
        known: "k8sprep's own directory has no record of one.",
        cure: "Begin with `k8sprep upgrade apply --to RELEASE`.",
        source: "k8sprep",
    },
    Explanation {
        code: "control-plane-first",
        title: "The control plane has to be upgraded before this node",
        meaning: "The API server, or the configuration of the cluster, is not at that minor yet.",
        why: "A kubelet is never newer than its API server, and `kubeadm upgrade node` goes to what the cluster's configuration \
              says: it would end well and change nothing.",
        known: "The API server was asked for its version, and for the ConfigMap kubeadm-config.",
        cure: "Run `k8sprep upgrade apply` on the first control plane, then on the others, then here.",
        source: "Kubernetes' version skew policy; kubeadm, cmd/upgrade/node.go",
    },
    Explanation {
        code: "no-room-for-etcd-copy",
        title: "The copies of etcd's data have no room",
        meaning: "kubeadm copies etcd's data below /etc/kubernetes/tmp before it upgrades it, a snapshot is kept beside it, and the \
                  file system has less than that left.",
        why: "A disk that fills up meanwhile stops etcd, and the cluster with it.",
        known: "`du` was asked for the size of the data, statvfs(3) for what is left.",
        cure: "Make room: `k8sprep upgrade clean` removes the copies of older upgrades.",
        source: "kubeadm: phases/upgrade/staticpods.go",
    },
    Explanation {
        code: "not-in-time",
        title: "Something did not come to be in time",
        meaning: "The node, its API server or etcd is not as it should be after a step of an upgrade.",
        why: "The next step would be taken on a node that does not work.",
        known: "It was asked again and again; the message has the last answer.",
        cure: "Look at `journalctl -u kubelet -u crio` and at `k8sprep doctor`, then go on with `k8sprep upgrade resume`.",
        source: "k8sprep",
    },
    Explanation {
        code: "upgrade-followed",
        title: "Something else was changed after the upgrade",
        meaning: "A later transaction is not the upgrade's, and what is older cannot go back below it.",
        why: "Files that both changed would come back in a state that never was.",
        known: "The journals have it; `k8sprep history` lists them.",
        cure: "Roll the later transaction back first, or leave the upgrade as it is.",
        source: "k8sprep",
    },
    Explanation {
        code: "upgrade-changes-node",
        title: "Something is taken out that changes the node",
        meaning: "A flag or feature gate ends with the new minor, and the node behaves otherwise without it.",
        why: "With it the new kubelet would exit.",
        known: "The tables of Kubernetes' releases say what it did and what took its place.",
        cure: "Set what takes its place, where the message names something.",
        source: "kubelet: its flags and feature gates by release",
    },
];
