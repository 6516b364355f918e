//! Checks before a join.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[Explanation {
    code: "former-membership-traces",
    title: "Traces of a former membership",
    meaning: "The host is not a node, and files of a former cluster are left.",
    why: "`kubeadm init` and `join` refuse it (FileAvailable, DirAvailable).",
    known: "From kubelet.conf, which is not there, and what kubeadm leaves beside it.",
    cure: "`kubeadm reset`, or `k8sprep down`; then remove the files of the network plugin.",
    source: "kubeadm, cmd/phases/reset",
}];
