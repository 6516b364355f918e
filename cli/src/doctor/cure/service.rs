//! What cures units: enabled, started, and what they lack.

use host_prep::facts::Purpose;
use host_prep::service::UnitWish;

use super::wish::Wish;
use crate::doctor::finding::Finding;
use crate::doctor::inspection::Inspection;

/// As packages call it.
const CRIO: &str = "crio.service";
/// As packages call it.
const KUBELET: &str = "kubelet.service";
/// What Debian installs by itself comes last: whoever installed another wants that.
const LAST: &str = "systemd-timesyncd.service";

/// A kubelet that has no configuration yet is kubeadm's to start.
fn up(seen: &Inspection<'_>, name: &str) -> UnitWish {
    match name {
        KUBELET if !seen.is_member() => {
            UnitWish::enabled(name, "kubeadm starts it, and every boot after that")
        }
        KUBELET => UnitWish::running(name, "a node has its pods run by it"),
        _ => UnitWish::running(name, "the kubelet has containers made by it"),
    }
}

/// The unit that a finding's message begins with.
fn named_in<'n>(finding: &Finding, names: &[&'n str]) -> Option<&'n str> {
    names.iter().copied().find(|name| finding.message.split(' ').next() == Some(*name))
}

/// Unmasked and started: host-prep's wish for a unit has both.
pub(super) fn masked(seen: &Inspection<'_>, finding: &Finding) -> Vec<Wish> {
    let name = named_in(finding, &[CRIO, KUBELET]);
    name.map(|name| Wish::Unit(up(seen, name))).into_iter().collect()
}

/// Not started: that is another finding.
pub(super) fn not_enabled(_: &Inspection<'_>, finding: &Finding) -> Vec<Wish> {
    let name = named_in(finding, &[CRIO, KUBELET]);
    let wish = name.map(|name| UnitWish::enabled(name, "a node needs it after every boot"));
    wish.map(Wish::Unit).into_iter().collect()
}

/// systemd reads its files; what runs goes on as it is.
pub(super) fn reload(seen: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    let Some(daemons) = seen.facts().daemons.known() else { return Vec::new() };
    let stale = [(KUBELET, &daemons.kubelet), (CRIO, &daemons.crio)];
    let stale = stale.into_iter().filter(|(_, daemon)| daemon.needs_reload);
    stale.map(|(name, _)| Wish::Unit(UnitWish::enabled(name, "its files changed"))).collect()
}

/// Where it is installed at all.
pub(super) fn crio(seen: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    seen.unit(CRIO).map(|_| Wish::Unit(up(seen, CRIO))).into_iter().collect()
}

/// Where it is installed at all.
pub(super) fn kubelet(seen: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    seen.unit(KUBELET).map(|_| Wish::Unit(up(seen, KUBELET))).into_iter().collect()
}

/// One that is installed; which to install is not ours to choose.
pub(super) fn time(seen: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    let mut all: Vec<&str> = seen
        .facts()
        .services
        .iter()
        .filter(|service| service.purpose == Purpose::Time && service.file.is_some())
        .map(|service| service.name)
        .collect();
    all.sort_by_key(|name| *name == LAST);
    let first = all.first().map(|name| UnitWish::running(*name, "certificates and leases go by the clock"));
    first.map(Wish::Unit).into_iter().collect()
}

/// A line of a drop-in of the unit that the finding is about.
fn line(finding: &Finding, section: &'static str, key: &'static str, value: &'static str) -> Vec<Wish> {
    let unit = named_in(finding, &[CRIO, KUBELET]);
    unit.map(|unit| Wish::UnitLine { unit, section, key, value }).into_iter().collect()
}

/// As in CRI-O's own unit.
pub(super) fn open_files(_: &Inspection<'_>, finding: &Finding) -> Vec<Wish> {
    line(finding, "Service", "LimitNOFILE", "1048576")
}

/// As in CRI-O's own unit.
pub(super) fn tasks(_: &Inspection<'_>, finding: &Finding) -> Vec<Wish> {
    line(finding, "Service", "TasksMax", "infinity")
}

/// Which slice was meant is not known; that CRI-O has its own cgroup delegated always is.
pub(super) fn delegate(_: &Inspection<'_>, finding: &Finding) -> Vec<Wish> {
    let delegates = finding.message.starts_with("crio.service has Delegate=");
    if delegates { line(finding, "Service", "Delegate", "yes") } else { Vec::new() }
}

/// `After=` only orders; it starts nothing.
pub(super) fn order(_: &Inspection<'_>, finding: &Finding) -> Vec<Wish> {
    line(finding, "Unit", "After", CRIO)
}
