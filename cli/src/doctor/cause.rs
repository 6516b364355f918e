//! Causes before symptoms: what explains what, and the order in which findings are told.

use super::finding::{Finding, Severity};

/// A symptom and the checks that explain it where they fire. Order of start-up: what comes later
/// is explained by what comes before.
const EXPLAINED_BY: &[(&str, &[&str])] = &[
    ("kubelet-not-running", KUBELET_ENDS),
    ("unit-restart-loop", KUBELET_ENDS),
    ("kubelet-unhealthy", KUBELET_ENDS),
    ("crio-not-running", CRIO_ENDS),
    ("runtime-socket-missing", CRIO_ENDS),
    ("apiserver-not-listening", CONTROL_PLANE_ENDS),
    ("control-plane-unhealthy", CONTROL_PLANE_ENDS),
];

/// What keeps CRI-O from running.
const CRIO_ENDS: &[&str] = &[
    "unit-masked",
    "exec-start-not-runnable",
    "exec-start-duplicated",
    "environment-file-missing",
    "start-limit-hit",
    "crio-toml-broken",
    "crio-value-refused",
    "oci-runtime-missing",
    "conmon-not-usable",
    "seccomp-profile-unreadable",
    "registries-conf-unreadable",
    "storage-conf-conflicting",
    "apparmor-profile-not-loaded",
];

/// What keeps a kubelet from running.
const KUBELET_ENDS: &[&str] = &[
    "unit-masked",
    "exec-start-not-runnable",
    "exec-start-duplicated",
    "environment-file-missing",
    "kubelet-config-missing",
    "kubelet-config-unreadable",
    "kubelet-config-refused",
    "kubelet-dropin-refused",
    "kubelet-flag-unknown",
    "kubelet-argument-unparsable",
    "feature-gate-refused",
    "cgroup-hierarchy-legacy",
    "swap-on",
    "kubelet-client-certificate-unusable",
    "ca-file-unreadable",
    "runtime-endpoint-invalid",
    "cri-socket-mismatch",
    "runtime-socket-missing",
    "crio-not-running",
    "cgroup-driver-mismatch",
];

/// What keeps the components of a control plane from running.
const CONTROL_PLANE_ENDS: &[&str] = &[
    "kubelet-not-running",
    "crio-not-running",
    "runtime-socket-missing",
    "manifest-not-a-pod",
    "manifest-missing",
    "component-flag-unknown",
    "certificate-expired",
    "certificate-unknown-authority",
    "certificate-key-mismatch",
    "address-not-on-host",
];

/// Symptoms under the cause that explains them, causes by severity, the worst first.
pub(super) fn in_order(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|one| std::cmp::Reverse(one.severity));
    let there: Vec<&'static str> = findings.iter().map(|one| one.code).collect();
    for finding in &mut findings {
        finding.explained_by = cause_of(finding, &there);
    }
    let mut ordered = Vec::with_capacity(findings.len());
    let (symptoms, causes): (Vec<_>, Vec<_>) =
        findings.into_iter().partition(|one| one.explained_by.is_some());
    let mut symptoms: Vec<Option<Finding>> = symptoms.into_iter().map(Some).collect();
    for cause in causes {
        let code = cause.code;
        ordered.push(cause);
        place_under(code, &mut symptoms, &mut ordered);
    }
    // A symptom of a symptom that stands nowhere yet.
    ordered.extend(symptoms.into_iter().flatten());
    ordered
}

fn place_under(code: &str, symptoms: &mut [Option<Finding>], ordered: &mut Vec<Finding>) {
    for at in 0..symptoms.len() {
        if symptoms[at].as_ref().is_some_and(|one| one.explained_by == Some(code))
            && let Some(symptom) = symptoms[at].take()
        {
            let code = symptom.code;
            ordered.push(symptom);
            place_under(code, symptoms, ordered);
        }
    }
}

fn cause_of(finding: &Finding, there: &[&'static str]) -> Option<&'static str> {
    // A note explains nothing.
    if finding.severity < Severity::Warning {
        return None;
    }
    let (_, causes) = EXPLAINED_BY.iter().find(|(symptom, _)| *symptom == finding.code)?;
    causes.iter().copied().find(|cause| there.contains(cause))
}
