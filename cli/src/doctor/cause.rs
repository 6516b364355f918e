//! Causes before symptoms: what explains what, and the order in which findings are told.
//!
//! A table and no inference: each row was read off a real failure. A symptom whose cause fires is
//! shown below it and does not need a cure of its own; a symptom alone stays a finding, since
//! something has to be wrong.

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
    ("start-limit-hit", START_FAILS),
    ("runtime-too-slow", RUNTIME_HANGS),
    ("sandbox-creation-fails", SANDBOX_FAILS),
    ("sandbox-name-reserved", RUNTIME_HANGS),
    ("container-creation-timeout", RUNTIME_HANGS),
    ("container-start-fails", CONTAINER_FAILS),
    ("container-kill-fails", CONTAINER_FAILS),
    ("container-storage-not-opened", STORAGE_FAILS),
    ("image-pull-fails", PULL_FAILS),
    ("apiserver-unreachable", APISERVER_GONE),
    ("etcd-unreachable", ETCD_ENDS),
    // The address of the cluster's DNS is of the range that was there before.
    ("cluster-dns-mismatch", &["service-subnet-mismatch"]),
    ("etcd-disk-slow", &["disk-errors", "tasks-blocked-on-io", "etcd-disk-shared"]),
];

/// What ends a service each time it is started.
const START_FAILS: &[&str] = &[
    "exec-start-not-runnable",
    "exec-start-duplicated",
    "environment-file-missing",
    "unit-condition-unmet",
    "crio-toml-broken",
    "crio-value-refused",
    "crio-argument-refused",
    "oci-runtime-missing",
    "conmon-not-usable",
    "kubelet-config-missing",
    "kubelet-config-unreadable",
    "kubelet-config-refused",
    "kubelet-dropin-refused",
    "kubelet-flag-unknown",
    "kubelet-argument-unparsable",
    "feature-gate-refused",
    "cgroup-hierarchy-legacy",
    "swap-on",
    "reserved-exceeds-capacity",
    "configured-cgroup-missing",
    "program-not-runnable",
    "storage-conf-path-missing",
    "registries-conf-unreadable",
    "storage-conf-unreadable",
];

/// What keeps the runtime from answering in time.
const RUNTIME_HANGS: &[&str] = &[
    "crio-toml-broken",
    "crio-value-refused",
    "crio-not-running",
    "runtime-socket-missing",
    "disk-errors",
    "filesystem-went-read-only",
    "tasks-blocked-on-io",
    "pause-image-mismatch",
    "crun-too-old",
];

/// What keeps the runtime from making a sandbox: its runtime, its image, its network.
const SANDBOX_FAILS: &[&str] = &[
    "crun-too-old",
    "oci-runtime-missing",
    "cgroup-driver-mismatch",
    "pause-image-mismatch",
    "policy-json-missing",
    "cni-config-missing",
    "cni-config-broken",
    "cni-plugin-missing",
    "flannel-subnet-file-missing",
    "bridge-address-mismatch",
    "pod-addresses-exhausted",
    "calico-kubeconfig-stale",
    "container-start-fails",
    "cni-version-too-new",
];

/// What keeps containers from being started or killed.
const CONTAINER_FAILS: &[&str] = &[
    "crun-too-old",
    "oci-runtime-missing",
    "cgroup-driver-mismatch",
    "cgroup-controller-not-delegated",
    "device-cgroup-without-bpf",
    "systemd-bus-unreachable",
    "idmapped-mounts-unsupported",
    "volume-mount-not-shared",
    "seccomp-profile-unreadable",
    "apparmor-blocks-signals",
    "selinux-denies-services",
    "tasks-max-low",
];

/// What keeps the container store from being opened.
const STORAGE_FAILS: &[&str] = &[
    "overlay-storage-unsupported",
    "graph-root-filesystem-unsuitable",
    "xfs-without-ftype",
    "storage-driver-changed",
    "container-storage-damaged",
    "storage-conf-conflicting",
    "storage-conf-unreadable",
];

/// What keeps images from being pulled.
const PULL_FAILS: &[&str] = &[
    "mirror-not-answering",
    "nameserver-missing",
    "registries-conf-unreadable",
    "registry-speaks-http",
    "policy-json-missing",
    "policy-json-rejects",
    "short-names-ambiguous",
    "registry-blocked",
    "proxy-not-in-services",
    "proxy-url-invalid",
];

/// What keeps the kubelet from reaching the API server.
const APISERVER_GONE: &[&str] = &[
    "control-plane-endpoint-unreachable",
    "apiserver-not-listening",
    "control-plane-unhealthy",
    "manifest-missing",
    "manifest-not-a-pod",
    "component-flag-unknown",
    "component-argument-refused",
    "component-argument-unparsable",
    "argument-file-not-mounted",
    "etcd-data-torn",
    "etcd-member-mismatch",
    "etcd-space-exceeded",
    "etcd-unreachable",
    "crun-too-old",
    "certificate-expired",
    "certificate-not-yet-valid",
    "certificate-unknown-authority",
    "address-not-on-host",
];

/// What keeps etcd from answering.
const ETCD_ENDS: &[&str] = &[
    "etcd-data-torn",
    "etcd-member-mismatch",
    "etcd-space-exceeded",
    "certificate-expired",
    "certificate-not-yet-valid",
    "address-not-on-host",
];

/// What keeps CRI-O from running.
const CRIO_ENDS: &[&str] = &[
    "unit-masked",
    "exec-start-not-runnable",
    "exec-start-duplicated",
    "environment-file-missing",
    "unit-condition-unmet",
    "start-limit-hit",
    "crio-toml-broken",
    "crio-value-refused",
    "oci-runtime-missing",
    "conmon-not-usable",
    "seccomp-profile-unreadable",
    "registries-conf-unreadable",
    "storage-conf-conflicting",
    "storage-conf-unreadable",
    "apparmor-profile-not-loaded",
    "storage-conf-path-missing",
    "program-not-runnable",
    "required-unit-failed",
];

/// What keeps a kubelet from running.
const KUBELET_ENDS: &[&str] = &[
    "unit-masked",
    "exec-start-not-runnable",
    "exec-start-duplicated",
    "environment-file-missing",
    "unit-condition-unmet",
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
    "reserved-exceeds-capacity",
    "configured-cgroup-missing",
    "cri-version-mismatch",
    "program-not-runnable",
    "platform-not-supported",
    "required-unit-failed",
];

/// What keeps the components of a control plane from running.
const CONTROL_PLANE_ENDS: &[&str] = &[
    "kubelet-not-running",
    "crio-not-running",
    "runtime-socket-missing",
    "manifest-not-a-pod",
    "manifest-missing",
    "component-flag-unknown",
    "component-argument-refused",
    "component-argument-unparsable",
    "argument-file-not-mounted",
    "certificate-expired",
    "certificate-not-yet-valid",
    "certificate-unknown-authority",
    "certificate-key-mismatch",
    "address-not-on-host",
    "volume-plugin-dir-readonly",
    "manifest-hostpath-missing",
    "ca-file-unreadable",
    "certificate-unreadable",
    "etcd-unreachable",
];

/// Checks that see one fault from two sides: what says why, and what says no more than that.
const SAME: &[(&str, &str)] =
    &[("manifest-set-aside", "manifest-missing"), ("feature-gate-refused", "feature-gate-ends")];

/// One fault, one finding: what only repeats another of the same thing is left out.
fn once_each(findings: &mut Vec<Finding>) {
    let says_why = |one: &&Finding| SAME.iter().any(|(more, _)| *more == one.code);
    let causes: Vec<Finding> = findings.iter().filter(says_why).cloned().collect();
    findings.retain(|one| {
        let of_it = |cause: &Finding| {
            SAME.contains(&(cause.code, one.code))
                && (thing(cause).is_some() && thing(cause) == thing(one)
                    || places(cause).iter().any(|place| places(one).contains(place)))
        };
        !causes.iter().any(of_it)
    });
}

/// The file that a finding begins with, if it does.
fn thing(finding: &Finding) -> Option<&str> {
    finding.message.split_whitespace().next().filter(|word| word.starts_with('/'))
}

fn places(finding: &Finding) -> Vec<(String, Option<u32>)> {
    let lines = finding.evidence.iter().filter(|place| place.line.is_some());
    lines.map(|place| (place.source.clone(), place.line)).collect()
}

/// Symptoms under the cause that explains them, causes by severity, the worst first.
pub(super) fn in_order(mut findings: Vec<Finding>) -> Vec<Finding> {
    once_each(&mut findings);
    findings.sort_by_key(|one| std::cmp::Reverse(one.severity));
    // A note explains nothing, and nothing explains it.
    let weighs = |one: &&Finding| one.severity >= Severity::Warning;
    let there: Vec<&'static str> = findings.iter().filter(weighs).map(|one| one.code).collect();
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

/// Symptoms of symptoms follow at once.
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

/// The first of the row that fired; a note has no cause.
fn cause_of(finding: &Finding, there: &[&'static str]) -> Option<&'static str> {
    if finding.severity < Severity::Warning {
        return None;
    }
    let (_, causes) = EXPLAINED_BY.iter().find(|(symptom, _)| *symptom == finding.code)?;
    causes.iter().copied().find(|cause| there.contains(cause))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::{Evidence, Family, Fix, checks};

    #[test]
    fn symptoms_and_causes_are_checks() {
        for name in SAME.iter().flat_map(|(more, less)| [more, less]) {
            assert!(checks().any(|(_, check)| check.name == *name), "{name} is not a check");
        }
        for (symptom, causes) in EXPLAINED_BY {
            for name in causes.iter().chain([symptom]) {
                assert!(checks().any(|(_, check)| check.name == *name), "{symptom}: {name} is not a check");
            }
        }
    }

    fn one(code: &'static str, severity: Severity) -> Finding {
        Finding {
            code,
            family: Family::Kubelet,
            severity,
            message: String::new(),
            evidence: vec![Evidence::file("/x")],
            cure: String::new(),
            explained_by: None,
            fix: Fix::Commands,
        }
    }

    #[test]
    fn one_fault_is_one_finding() {
        let at = |code, line: u32, text: &str| Finding {
            evidence: vec![Evidence::file("/x").line(line)],
            message: text.to_owned(),
            ..one(code, Severity::Error)
        };
        let codes = |all: Vec<Finding>| in_order(all).into_iter().map(|one| one.code).collect::<Vec<_>>();
        let refused = at("feature-gate-refused", 4, "kubelet 1.34 exits: unrecognized feature gate: X");
        let ends = |line| at("feature-gate-ends", line, "kubelet of 1.35 exits with the feature gate X");
        let both = vec![ends(4), refused.clone(), ends(5)];
        assert_eq!(codes(both), ["feature-gate-refused", "feature-gate-ends"]);
        let missing = |of: &str| Finding { evidence: Vec::new(), ..at("manifest-missing", 1, of) };
        let all = vec![
            missing("/m/etcd.yaml is"),
            at("manifest-set-aside", 1, "/m/etcd.yaml was"),
            missing("/m/x is"),
        ];
        assert_eq!(codes(all), ["manifest-set-aside", "manifest-missing"]);
        assert_eq!(codes(vec![missing("/m/etcd.yaml is")]), ["manifest-missing"]);
    }

    #[test]
    fn a_note_explains_nothing() {
        let of = |severity| {
            let all =
                vec![one("kubelet-not-running", Severity::Error), one("feature-gate-refused", severity)];
            in_order(all).into_iter().find(|one| one.code == "kubelet-not-running").unwrap().explained_by
        };
        assert_eq!(of(Severity::Error), Some("feature-gate-refused"));
        assert_eq!(of(Severity::Note), None);
    }
}
