//! CRI-O's unit as systemd reads it: what `facts` and `verify` say of it.
//!
//! `recipe::unit_findings` for the unit alone, since a line that systemd ignores changes nothing
//! in any file of CRI-O's; and the checks of doctor's about a unit that systemd cannot start.

use std::time::SystemTime;

use crio_config::Severity;
use host_prep::Host;
use host_prep::facts::{ObserveOptions, observe};
use host_prep::fs::Root;

use crate::doctor::start_of;
use crate::recipe::{self, Daemon, Finding};

/// What is wrong with it.
pub(super) fn look(root: &Root) -> Vec<Finding> {
    const UNIT: &str = "crio.service";
    let Ok(root) = root.again() else { return Vec::new() };
    let host = Host::offline(root);
    let facts = observe(&host, &ObserveOptions::default());
    let unit = facts.crio.unit.as_ref();
    let found = unit.map(|unit| recipe::unit_findings(Daemon::Crio, unit, &facts.kubeadm));
    let mut found = found.unwrap_or_default();
    // These ask for nothing that depends on the time.
    let of_start = start_of(UNIT, &host, &facts, SystemTime::UNIX_EPOCH);
    let known: Vec<&'static str> = found.iter().map(|one| one.code).collect();
    found.extend(of_start.into_iter().filter(|one| !known.contains(&one.code)));
    found
}

/// As `crio check` calls it: a fault keeps CRI-O from starting.
pub(super) fn severity(finding: &Finding) -> Severity {
    match finding.severity {
        recipe::Severity::Fault => Severity::Error,
        recipe::Severity::Notice => Severity::Warning,
    }
}
