//! Checks before a join.
//!
//! A family of few checks with a reason: most of what stops a join is in the cluster and not on
//! the host. What kubeadm's own log tells of it is in `check::log_so_far`.

use crate::explain::Explanation;

/// One is read from the disk of a host that is no member yet, one from a log.
pub(in crate::explain) const ROWS: &[Explanation] = &[
    Explanation {
        code: "former-membership-traces",
        title: "Traces of a former membership",
        meaning: "The host is not a node, and files of a former cluster are left.",
        why: "`kubeadm init` and `join` refuse it (FileAvailable, DirAvailable).",
        known: "From kubelet.conf, which is not there, and what kubeadm leaves beside it.",
        cure: "`kubeadm reset`, or `k8sprep down`; then remove the files of the network plugin.",
        source: "kubeadm, cmd/phases/reset",
    },
    Explanation {
        code: "join-apiserver-unreachable",
        title: "The API server is not reached from the host that joins",
        meaning: "`kubeadm join` gave up asking for cluster-info.",
        why: "The host does not join.",
        known: "From the output of kubeadm in the journal.",
        cure: "Ask from this host: `curl -k https://ADDRESS:6443/version`; look at routes, \
             firewall and proxies.",
        source: "kubeadm, discovery/token",
    },
];
