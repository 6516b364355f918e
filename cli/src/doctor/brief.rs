//! What `facts` and `verify` tell: the checks that look at a node that once worked, asked by the one
//! engine there is.

use std::time::SystemTime;

use host_prep::Host;
use host_prep::facts::Facts;

use super::finding::{Family, Finding, Kind, Severity};
use super::inspection::Inspection;
use super::outlook::Outlook;
use super::{checks, diagnose_those};
use crate::recipe;

/// Whether `facts` and `verify` tell it: what the catalogue says of it, and everything that keeps
/// CRI-O or the kubelet from starting and is no check.
fn is_told(code: &str) -> bool {
    checks().find(|(_, check)| check.name == code).is_none_or(|(_, check)| check.is_in_brief())
}

/// What `facts` tells of a host that was seen as `facts`, the worst first. Logs are not read.
///
/// ```
/// use k8sprep::doctor::brief;
/// use k8sprep::host_prep::{Host, facts, fs::Root};
/// use std::time::SystemTime;
///
/// # let dir = tempfile::tempdir()?;
/// let host = Host::offline(Root::open(dir.path())?);
/// let facts = facts::observe(&host, &facts::ObserveOptions::default());
/// for finding in brief(&host, &facts, SystemTime::UNIX_EPOCH) {
///     println!("{}: {} ({})", finding.code, finding.what, finding.hint);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn brief(host: &Host, facts: &Facts, now: SystemTime) -> Vec<recipe::Finding> {
    let seen = Inspection::over(host, facts.clone(), now);
    let diagnosis = diagnose_those(&seen, &is_told);
    in_brief(&diagnosis.findings)
}

/// What keeps systemd from starting a unit, by its files: for whoever asks about that unit alone.
#[must_use]
pub fn start_of(unit: &str, host: &Host, facts: &Facts, now: SystemTime) -> Vec<recipe::Finding> {
    const CODES: [&str; 6] = [
        "unit-masked",
        "exec-start-duplicated",
        "exec-start-not-runnable",
        "environment-file-missing",
        "unit-condition-unmet",
        "unit-hardening-too-strict",
    ];
    let seen = Inspection::over(host, facts.clone(), now);
    let diagnosis = diagnose_those(&seen, &|code| CODES.contains(&code));
    // Facts without a row of the catalogue are in a diagnosis whatever is asked for.
    let is_about = |finding: &&Finding| {
        CODES.contains(&finding.code)
            && (finding.message.contains(unit)
                || finding.evidence.iter().any(|place| place.source.contains(unit)))
    };
    diagnosis.findings.iter().filter(is_about).map(one).collect()
}

impl Outlook {
    /// What `verify` tells of it, the worst first.
    #[must_use]
    pub fn brief(&self) -> Vec<recipe::Finding> {
        let told: Vec<Finding> = self.findings.iter().filter(|one| is_told(one.code)).cloned().collect();
        in_brief(&told)
    }
}

/// The worst first; within a severity in doctor's order.
fn in_brief(findings: &[Finding]) -> Vec<recipe::Finding> {
    let mut told: Vec<recipe::Finding> = findings.iter().map(one).collect();
    told.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    told
}

/// In one line: the first place of a file, and what is the matter.
fn one(finding: &Finding) -> recipe::Finding {
    let place = finding.evidence.first().filter(|place| place.kind == Kind::File);
    let place = place.filter(|place| !finding.message.contains(&place.source));
    let what = match place {
        Some(place) => format!("{place}: {}", finding.message),
        None => finding.message.clone(),
    };
    let severity = match finding.severity {
        Severity::Error => recipe::Severity::Fault,
        _ => recipe::Severity::Notice,
    };
    recipe::Finding {
        code: finding.code,
        resource: resource(finding),
        severity,
        what,
        hint: finding.cure.clone(),
    }
}

/// The kind of host-prep's resources that it is about, or what else it is.
fn resource(finding: &Finding) -> &'static str {
    match (finding.code, finding.family) {
        ("swap-on", _) => "swap",
        ("ip-forward-off", _) => "sysctl",
        ("storage-conf-path-missing" | "storage-conf-unreadable", _) => "crio",
        ("cgroup-hierarchy-legacy" | "coredns-forwarding-loop" | "environment-file-missing", _)
        | (_, Family::Kubelet | Family::Storage) => "kubelet",
        ("cgroup-driver-mismatch" | "cri-socket-mismatch", _) => "kubelet",
        ("crio-not-running" | "runtime-socket-missing" | "crio-unit-missing", _) | (_, Family::Systemd) => {
            "service"
        }
        (_, Family::Runtime | Family::Images) => "crio",
        ("address-not-on-host", _) | (_, Family::ControlPlane) => "static-pod",
        (_, Family::Certificates) => "certificate",
        (_, Family::PodNetwork) => "cni",
        ("no-proxy-incomplete", _) => "proxy",
        _ => "host",
    }
}

#[cfg(test)]
mod tests;
