//! Joining a cluster.
//!
//! Only traces of an earlier cluster can be seen before a join; all else is read off the log of a
//! `kubeadm join` that failed.

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, Told, error};
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::Inspection;

/// The rows.
///
/// Rows `by_logs` have their messages in `doctor/log/patterns.tsv`.
pub(super) const CHECKS: &[Check] = &[
    error("former-membership-traces", &[Need::Files], traces),
    error("bootstrap-token-expired", &[Need::Log], by_logs),
    error("join-apiserver-unreachable", &[Need::Log], by_logs),
    error("cluster-info-missing", &[Need::Api, Need::Log], by_logs),
    error("cluster-info-unsigned", &[Need::Log], by_logs),
    error("control-plane-endpoint-unset", &[Need::Api, Need::Log], by_logs),
    error("uploaded-certs-unusable", &[Need::Log], by_logs),
    error("ca-hash-mismatch", &[Need::Api, Need::Log], by_logs),
];

/// What `kubeadm init` and `join` refuse (FileAvailable, DirAvailable). A CA with its key may be there
/// on purpose, before init.
///
/// A host that is a member has these files for good reason. Without a kubelet nobody is about to
/// join, and the rule says nothing.
fn traces(seen: &Inspection<'_>, told: &mut Told<'_>) -> Result<(), Unread> {
    if seen.is_member() || seen.facts().kubelet.unit.is_none() {
        return Ok(());
    }
    let files = seen.files();
    let mut left = Vec::new();
    for path in ["/etc/kubernetes/bootstrap-kubelet.conf", "/var/lib/etcd/member"] {
        if files.kind(path)?.is_some() {
            left.push(path);
        }
    }
    let (ca, key) = ("/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/ca.key");
    if files.kind(ca)?.is_some() && files.kind(key)?.is_none() {
        left.push(ca);
    }
    if !left.is_empty() {
        told.fires("the host was part of a cluster before, and kubeadm refuses what is left of it")
            .seen_in(left.into_iter().map(Evidence::file));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::doctor::{Family, laid};

    const KUBELET: (&str, &str) =
        ("usr/lib/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet\n");

    fn codes(files: &[(&str, &str)]) -> Vec<&'static str> {
        laid::codes_of(Family::Join, &[&[KUBELET], files].concat())
    }

    #[test]
    fn what_a_former_cluster_left_is_told_and_a_ca_for_init_is_not() {
        let ca = ("etc/kubernetes/pki/ca.crt", "x");
        assert_eq!(codes(&[ca]), ["former-membership-traces"]);
        assert_eq!(codes(&[ca, ("etc/kubernetes/pki/ca.key", "x")]), [""; 0]);
        assert_eq!(codes(&[("var/lib/etcd/member/snap/db", "x")]), ["former-membership-traces"]);
        assert_eq!(codes(&[("etc/kubernetes/kubelet.conf", "x"), ca]), [""; 0], "a member is no leftover");
    }
}
