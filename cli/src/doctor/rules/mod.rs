//! The catalogue: a file per family, a row per check, in the order in which a node starts.
//!
//! A row is name, severity, needs and rule. The name is the code that `explain`, `--only`,
//! `--skip` and every report use, and it never changes its meaning. To add a check: a rule in its
//! family's file, a row here below, a text in `explain/check`, and a test that fires it;
//! `cli/tests` fails without any of the last two.

pub(super) mod api;
mod asked;
pub(super) mod certificates;
mod control_plane;
mod host;
mod images;
mod join;
pub(super) mod kernel;
mod kubelet;
#[cfg(test)]
mod live;
pub(super) mod logs;
mod lsm;
mod network;
mod packages;
mod pod_network;
mod runtime;
mod storage;
mod systemd;
mod upgrade;

use super::check::{Check, place_of};
use super::finding::{Family, Finding, Fix, Severity};
use super::inspection::crio_report;
use crate::recipe;

/// Every check, by family. No name is in two of them.
///
/// Findings come out in this order, so that what explains stands before what is explained.
pub const CATALOGUE: &[(Family, &[Check])] = &[
    (Family::Host, host::CHECKS),
    (Family::Kernel, kernel::CHECKS),
    (Family::Network, network::CHECKS),
    (Family::Packages, packages::CHECKS),
    (Family::Systemd, systemd::CHECKS),
    (Family::Lsm, lsm::CHECKS),
    (Family::Storage, storage::CHECKS),
    (Family::Images, images::CHECKS),
    (Family::Runtime, runtime::CHECKS),
    (Family::Kubelet, kubelet::CHECKS),
    (Family::Certificates, certificates::CHECKS),
    (Family::ControlPlane, control_plane::CHECKS),
    (Family::PodNetwork, pod_network::CHECKS),
    (Family::Join, join::CHECKS),
    (Family::Upgrade, upgrade::CHECKS),
];

/// Every check with its family.
///
/// In the order of the catalogue.
/// ```
/// let names: Vec<&str> = k8sprep::doctor::checks().map(|(_, check)| check.name).collect();
/// assert!(names.contains(&"swap-on"));
/// ```
pub fn checks() -> impl Iterator<Item = (Family, &'static Check)> {
    CATALOGUE.iter().flat_map(|(family, checks)| checks.iter().map(|check| (*family, check)))
}

/// What the facts show under a code that is no row: a fault of another crate that keeps the host
/// from being a node.
///
/// A fault is an error here; anything less is a warning.
pub(super) fn without_a_row(said: &recipe::Finding) -> Finding {
    let severity = match said.severity {
        recipe::Severity::Fault => Severity::Error,
        _ => Severity::Warning,
    };
    let (place, what) = place_of(&said.what);
    Finding {
        code: said.code,
        family: super::family_of_resource(said),
        severity,
        message: what.to_owned(),
        evidence: place.into_iter().collect(),
        cure: said.hint.clone(),
        explained_by: None,
        fix: Fix::Commands,
    }
}

/// What keeps CRI-O from starting, or from all of its work, and is no row. CRI-O's own warnings keep
/// it from nothing, and what it lacks before kubeadm is nobody's loss yet.
pub(super) fn remark_of_crio(remark: &crio_config::Remark, is_member: bool) -> Option<Finding> {
    let (severity, message) = match remark.severity {
        crio_config::Severity::Error => {
            let text = remark.text.trim_start_matches("CRI-O does not start: ");
            (Severity::Error, format!("CRI-O does not start: {text}"))
        }
        crio_config::Severity::Warning if is_member && remark.code != crio_config::Code::CrioWarning => {
            (Severity::Error, remark.text.clone())
        }
        crio_config::Severity::Warning => (Severity::Warning, remark.text.clone()),
        _ => return None,
    };
    Some(Finding {
        code: remark.code.as_str(),
        family: Family::Runtime,
        severity,
        message,
        evidence: crio_report::place(remark).into_iter().collect(),
        cure: remark.help.clone().unwrap_or_else(|| "mend or remove that line".to_owned()),
        explained_by: None,
        fix: Fix::Commands,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::explain;

    #[test]
    fn a_name_stands_once_and_is_explained() {
        let mut seen = BTreeSet::new();
        for (family, check) in checks() {
            assert!(seen.insert(check.name), "{family:?}: {} stands twice", check.name);
            assert!(explain::find(check.name).is_some(), "{family:?}: {} has no text", check.name);
            assert!(!check.needs.is_empty(), "{}", check.name);
        }
    }
}
