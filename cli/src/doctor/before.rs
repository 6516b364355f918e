//! What keeps a node from an upgrade: the checks of that family, and those of others that tell of a node
//! which is not well enough for it.

use kubeadm_config::Minor;

use super::finding::{Family, Severity};
use super::inspection::Inspection;
use super::{Diagnosis, Need, checks, diagnose_those};

/// A node runs with it; apt changes no package before it is done.
const HALF_INSTALLED: &str = "package-half-installed";

/// Checks of other families whose findings an upgrade should not start with.
const OTHERS: &[&str] = &[
    "apiserver-not-listening",
    "argument-file-not-mounted",
    "ca-expires-soon",
    "ca-file-unreadable",
    "certificate-expired",
    "certificate-expires-soon",
    "certificate-key-mismatch",
    "certificate-not-yet-valid",
    "certificate-unknown-authority",
    "certificate-unreadable",
    "component-argument-refused",
    "component-argument-unparsable",
    "component-flag-unknown",
    "control-plane-minors-mixed",
    "control-plane-unhealthy",
    "cri-socket-mismatch",
    "crio-not-running",
    "crio-toml-broken",
    "crio-value-refused",
    "etcd-data-torn",
    "etcd-space-exceeded",
    "etcd-unreachable",
    "eviction-threshold-crossed",
    "feature-gate-refused",
    "hostname-certificate-mismatch",
    "hostname-invalid",
    "kubeconfig-unusable",
    "kubelet-client-certificate-unusable",
    "kubelet-config-refused",
    "kubelet-config-unreadable",
    "kubelet-flag-unknown",
    "kubelet-not-running",
    "manifest-directory-missing",
    "manifest-duplicated",
    "manifest-missing",
    "manifest-not-a-pod",
    "package-half-installed",
    "package-minors-mixed",
    "packages-not-held",
    "service-account-keys-differ",
    "unit-restart-loop",
];

/// Asks what stands in the way of that minor. What is undecided is so for checks of the upgrade alone: of
/// others a disk that does not run cannot tell.
#[must_use]
pub fn before_upgrade(seen: Inspection<'_>, to: Minor) -> Diagnosis {
    let seen = seen.towards(to.number());
    // The API server is not asked: what it alone knows is `doctor`'s.
    let own = |name: &str| {
        checks().any(|(family, check)| {
            family == Family::Upgrade && check.name == name && check.needs != [Need::Api]
        })
    };
    let mut diagnosis = diagnose_those(&seen, &|name| own(name) || OTHERS.contains(&name));
    diagnosis.findings.retain(|one| own(one.code) || OTHERS.contains(&one.code));
    for finding in diagnosis.findings.iter_mut().filter(|one| one.code == HALF_INSTALLED) {
        finding.severity = Severity::Error;
    }
    // A kubelet that asks containerd is not to be sent to CRI-O's socket with containerd's pods on the node.
    if diagnosis.findings.iter().any(|one| one.code == "runtime-is-another") {
        diagnosis.findings.retain(|one| one.code != "cri-socket-mismatch");
    }
    diagnosis.undecided.retain(|one| own(one.code));
    diagnosis
}
