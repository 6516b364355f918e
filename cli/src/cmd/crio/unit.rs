//! CRI-O's unit as systemd reads it: what `facts` and `verify` say of it.
//!
//! `recipe::unit_findings` for the unit alone, since a line that systemd ignores changes nothing
//! in any file of CRI-O's.

use crio_config::Severity;
use host_prep::Host;
use host_prep::facts::{Kubeadm, Unit};
use host_prep::fs::Root;

use crate::recipe::{self, Daemon, Finding};

/// What is wrong with it.
pub(super) fn look(root: &Root) -> Vec<Finding> {
    let Ok(root) = Root::open(root.path()) else { return Vec::new() };
    let host = Host::offline(root);
    let unit = Unit::of(&host, "crio.service");
    unit.map(|unit| recipe::unit_findings(Daemon::Crio, &unit, &Kubeadm::of(&host))).unwrap_or_default()
}

/// As `crio check` calls it: a fault keeps CRI-O from starting.
pub(super) fn severity(finding: &Finding) -> Severity {
    match finding.severity {
        recipe::Severity::Fault => Severity::Error,
        recipe::Severity::Notice => Severity::Warning,
    }
}
