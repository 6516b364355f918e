//! What is wrong with a host that should be a node: why, how it is known, and what to do.
//!
//! [`examine`] asks every [`Check`] of the catalogue about a host. A check holds, fires, or is
//! *undecided* because its evidence could not be read; that is never the same as holding. Causes
//! come before the symptoms that they explain.
//!
//! ```no_run
//! use host_prep::Host;
//! use host_prep::fs::Root;
//! use k8sprep::doctor::{Severity, examine};
//! use std::time::SystemTime;
//!
//! let host = Host::offline(Root::open("/mnt/disk")?);
//! let diagnosis = examine(&host, SystemTime::now());
//! for finding in diagnosis.findings.iter().filter(|one| one.severity == Severity::Error) {
//!     println!("{}: {}", finding.code, finding.message);
//! }
//! # Ok::<(), host_prep::Error>(())
//! ```

mod agreement;
pub mod archive;
mod before;
mod brief;
#[cfg(test)]
mod cases;
mod cause;
pub mod certs;
mod check;
mod cluster;
mod cure;
mod finding;
pub(crate) mod folded;
mod hide;
pub mod hosts;
mod identity;
mod inspection;
#[cfg(test)]
mod laid;
mod log;
mod outlook;
#[cfg(test)]
pub(crate) mod proof;
pub(crate) mod renamed_away;
pub mod report;
mod rules;
mod subject;
mod suppression;
mod x509;

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use host_prep::Host;
use schemars::JsonSchema;
use serde::Serialize;

pub use agreement::{Agreement, Place, Standing, Who};
pub use before::before_upgrade;
pub use brief::{brief, start_of};
pub use check::{Brief, Check, Need, Rule, Told};
pub use cure::{Cure, Left, Treatment, cures};
#[cfg(feature = "bin")]
pub(crate) use finding::is_denial;
pub use finding::{Evidence, Family, Finding, Fix, Kind, Severity, Unread};
pub(crate) use inspection::files_of_kubeadm;
pub use inspection::{
    CrioValue, File, Files, Flag, Inspection, Kubeconfig, KubeletValue, Manifest, Pem, Role, SysctlSeen,
    UnitLine,
};
pub use log::{Level, Logs, Moment, Said, Timeline, WhichLines};
pub use outlook::{Outlook, outlook};
pub use rules::{CATALOGUE, checks};
pub use subject::Subject;
pub use suppression::{Idle, Suppressed, Suppressions};

use crate::recipe;

/// What came of looking at a host.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Diagnosis {
    /// Which host it is.
    pub host: Subject,
    /// What is wrong: causes first, the worst first, each followed by its symptoms.
    pub findings: Vec<Finding>,
    /// What was found and is left as it is, with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suppressed: Vec<Suppressed>,
    /// What several programs have to agree on, and what each says.
    pub agreements: Vec<Agreement>,
    /// When the host's certificates end.
    pub certificates: Vec<certs::CertificateEnd>,
    /// What logs say that points to a check.
    pub logs: Vec<Said>,
    /// What could not be decided.
    pub undecided: Vec<Undecided>,
    /// How many checks were asked.
    pub checked: usize,
}

/// A check whose evidence could not be read.
#[derive(Clone, Debug, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Undecided {
    /// The check's name.
    pub code: &'static str,
    /// What could not be read, and why.
    #[serde(flatten)]
    pub unread: Unread,
}

/// Asks every check about a host as it is at the time `now`. Nothing is changed; of a running host
/// the kernel is asked, and systemd and rpm as [`host_prep::facts::observe`] says.
#[must_use]
pub fn examine(host: &Host, now: SystemTime) -> Diagnosis {
    diagnose(&Inspection::of(host, now))
}

/// The same with logs that were handed over, beside those that the host keeps.
#[must_use]
pub fn examine_with(host: &Host, now: SystemTime, logs: Logs) -> Diagnosis {
    diagnose(&Inspection::of(host, now).with_logs(logs))
}

/// Asks every check about a host that is looked over already.
#[must_use]
pub fn diagnose(seen: &Inspection<'_>) -> Diagnosis {
    let mut diagnosis = diagnose_those(seen, &|_| true);
    diagnosis.agreements = agreement::all(seen);
    diagnosis.certificates = certs::ends(seen);
    diagnosis
}

/// Asks those checks, by their names, and tells what is no check and is wanted.
fn diagnose_those(seen: &Inspection<'_>, wanted: &dyn Fn(&str) -> bool) -> Diagnosis {
    let mut diagnosis = Diagnosis {
        host: Subject::of(seen),
        findings: Vec::new(),
        suppressed: Vec::new(),
        agreements: Vec::new(),
        certificates: Vec::new(),
        logs: seen.logs().said().to_vec(),
        undecided: Vec::new(),
        checked: 0,
    };
    let mut names = BTreeSet::new();
    for (family, check) in checks() {
        names.insert(check.name);
        if !wanted(check.name) {
            continue;
        }
        if seen.is_planned() && check.needs.iter().all(is_of_what_was) {
            continue;
        }
        diagnosis.checked += 1;
        let (found, unread) = answer_of(seen, family, check);
        diagnosis.findings.extend(found);
        let undecided = unread.into_iter().map(|unread| Undecided { code: check.name, unread });
        diagnosis.undecided.extend(undecided);
    }
    // What the facts show and no row has: nothing that is found is lost.
    let of_crio = seen.crio_refusals();
    let told = |code: &str| names.contains(code) || of_crio.contains(code);
    for said in seen.all_said().iter().filter(|said| !told(said.code)) {
        diagnosis.findings.push(rules::without_a_row(said));
    }
    for remark in seen.crio_remarks().iter().filter(|remark| !names.contains(remark.code.as_str())) {
        diagnosis.findings.extend(rules::remark_of_crio(remark, seen.is_member()));
    }
    diagnosis.undecided.sort();
    diagnosis.undecided.dedup();
    diagnosis.findings = cause::in_order(diagnosis.findings);
    cure::say_who_can(seen, &mut diagnosis.findings);
    #[cfg(test)]
    proof::note(seen, &diagnosis, wanted);
    diagnosis
}

/// What a host that is only planned has none of: logs and an API server tell what was.
fn is_of_what_was(need: &Need) -> bool {
    matches!(need, Need::Log | Need::Api)
}

/// What one check finds, and what it could not read.
fn answer_of(seen: &Inspection<'_>, family: Family, check: &'static Check) -> (Vec<Finding>, Vec<Unread>) {
    let mut told = Told::of(check, family);
    let of_tree = check.needs.contains(&Need::Files) || check.needs.iter().all(is_of_what_was);
    seen.begin();
    let ended = if seen.is_running() || of_tree {
        (check.rule)(seen, &mut told)
    } else {
        Err(Unread::not_running("the running kernel"))
    };
    if check.needs.contains(&Need::Api) {
        rules::api::tell(seen, check, &mut told);
    }
    // After the rule: they add to what it found, and say what it did not.
    check::beside_crio(seen, &mut told);
    rules::logs::tell(seen, &mut told);
    let (found, mut unread) = told.into_parts();
    unread.extend(ended.err());
    unread.extend(seen.missed());
    (found, unread)
}

impl Diagnosis {
    /// How many findings are of that severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|one| one.severity == severity).count()
    }

    /// How many checks found nothing and could not read all of their evidence.
    #[must_use]
    pub fn undecided_checks(&self) -> usize {
        self.open().len()
    }

    /// Each check that found nothing and could not read all, with what it could not.
    pub(in crate::doctor) fn open(&self) -> BTreeMap<&'static str, Vec<&Undecided>> {
        let found: BTreeSet<&str> = self.findings.iter().map(|one| one.code).collect();
        let mut open = BTreeMap::<_, Vec<_>>::new();
        for one in self.undecided.iter().filter(|one| !found.contains(one.code)) {
            open.entry(one.code).or_default().push(one);
        }
        open
    }

    /// The worst severity there is.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|one| one.severity).max()
    }

    /// Keeps what `wanted` says of a check's family and name. What explains a symptom stays named.
    pub fn retain(&mut self, wanted: impl Fn(Family, &str) -> bool) {
        self.findings.retain(|one| wanted(one.family, one.code));
        self.logs.retain(|one| family_of(one.code).is_none_or(|family| wanted(family, one.code)));
        self.undecided.retain(|one| family_of(one.code).is_none_or(|family| wanted(family, one.code)));
        self.checked = checks().filter(|(family, check)| wanted(*family, check.name)).count();
    }
}

/// The family of a check.
pub(crate) fn family_of(code: &str) -> Option<Family> {
    checks().find(|(_, check)| check.name == code).map(|(family, _)| family)
}

/// The family that what host-prep calls a resource belongs to.
fn family_of_resource(said: &recipe::Finding) -> Family {
    match said.resource {
        "sysctl" | "swap" | "kernel-module" | "cgroup" => Family::Kernel,
        "crio" => Family::Runtime,
        "kubelet" => Family::Kubelet,
        "service" => Family::Systemd,
        "static-pod" => Family::ControlPlane,
        "certificate" => Family::Certificates,
        "cni" | "pod-network" => Family::PodNetwork,
        "disk" | "memory" => Family::Storage,
        _ => Family::Host,
    }
}
