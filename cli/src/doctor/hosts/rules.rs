//! The comparisons: a row each.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use super::profile::{Profile, Value};
use super::same::{alike, apart, not_said};
use super::{Compared, Comparison, HostProfile, Hosts, Others, Says, range};
use crate::doctor::finding::{Family, Severity};

/// A kubelet may be so many minors behind its API server (Version Skew Policy, since 1.28).
const BEHIND: u32 = 3;
/// Hosts that are collected together are so near to each other.
const TOGETHER: Duration = Duration::from_secs(300);
/// A clock may be so far ahead of that of the machine that compares.
const AHEAD: Duration = Duration::from_secs(5);

/// A row of [`COMPARISONS`].
const fn row(
    name: &'static str,
    family: Family,
    severity: Severity,
    rule: fn(&Comparison, &Hosts<'_>, &mut Compared),
) -> Comparison {
    Comparison { name, family, severity, rule }
}

/// Every comparison. A name that a check of one host has too is the same fault, seen from both sides.
pub const COMPARISONS: &[Comparison] = &[
    row("hosts-ca-differs", Family::Certificates, Severity::Error, ca),
    row("node-name-taken", Family::Host, Severity::Error, |row, hosts, told| {
        apart(row, (hosts, hosts.natives()), told, "the name", |of| of.name.iter().collect());
    }),
    row("hosts-address-shared", Family::Network, Severity::Error, |row, hosts, told| {
        apart(row, (hosts, hosts.profiles()), told, "the address", |of| of.addresses.iter().collect());
    }),
    row("machine-id-cloned", Family::Host, Severity::Error, |row, hosts, told| {
        let all = || (hosts, hosts.profiles());
        apart(row, all(), told, "one machine-id, with the digest", |of| of.machine_id.iter().collect());
        apart(row, all(), told, "one product UUID, with the digest", |of| of.product_uuid.iter().collect());
        let silent = hosts.profiles().filter(|(_, of)| of.member && of.machine_id.is_none());
        not_said(row, hosts, told, silent.map(|(at, _)| at).collect());
    }),
    row("package-minors-mixed", Family::Packages, Severity::Error, skew),
    row("control-plane-minors-mixed", Family::ControlPlane, Severity::Warning, control_planes),
    row("pause-image-mismatch", Family::Images, Severity::Warning, |row, hosts, told| {
        alike(row, hosts, told, "the pause image", |of| of.pause_image.as_ref());
    }),
    row("hosts-cgroup-drivers-differ", Family::Runtime, Severity::Warning, |row, hosts, told| {
        alike(row, hosts, told, "the cgroup driver", |of| of.cgroup_driver.as_ref());
    }),
    row("hosts-networks-differ", Family::PodNetwork, Severity::Error, |row, hosts, told| {
        alike(row, hosts, told, "the network of pods", |of| of.network.as_ref());
    }),
    row("hosts-mtu-differs", Family::PodNetwork, Severity::Warning, |row, hosts, told| {
        alike(row, hosts, told, "the MTU of the network of pods", |of| of.mtu.as_ref());
    }),
    row("hosts-mirrors-differ", Family::Images, Severity::Warning, |row, hosts, told| {
        alike(row, hosts, told, "where images come from", |of| of.mirrors.as_ref());
    }),
    row("hosts-clocks-differ", Family::Host, Severity::Warning, clocks),
    row("hosts-pod-ranges-overlap", Family::PodNetwork, Severity::Error, range::overlap),
];

/// The CA that most nodes trust, the first of as many; and how many they are.
fn most_trusted(all: &[HostProfile]) -> Option<(&str, usize)> {
    let members = all.iter().map(|host| &host.profile).filter(|of| of.member).enumerate();
    let mut by_pin = BTreeMap::<&str, (usize, usize)>::new();
    for (at, value) in members.flat_map(|(at, of)| of.ca.iter().map(move |value| (at, value))) {
        by_pin.entry(&value.value).or_insert((0, at)).0 += 1;
    }
    let most = by_pin.into_iter().max_by_key(|(_, (many, first))| (*many, std::cmp::Reverse(*first)));
    most.map(|(pin, (many, _))| (pin, many))
}

/// A host may trust several CAs while they are exchanged: the one that most trust has to be among them.
pub(super) fn strangers(all: &[HostProfile]) -> Vec<bool> {
    let most = most_trusted(all).map(|(pin, _)| pin);
    let without = |of: &Profile| of.ca.iter().all(|value| Some(value.value.as_str()) != most);
    all.iter().map(|host| &host.profile).map(|of| of.member && !of.ca.is_empty() && without(of)).collect()
}

fn ca(row: &Comparison, hosts: &Hosts<'_>, told: &mut Compared) {
    let silent = hosts.profiles().filter(|(_, of)| of.member && of.ca.is_empty());
    not_said(row, hosts, told, silent.map(|(at, _)| at).collect());
    let Some((most, many)) = most_trusted(hosts.all) else { return };
    let odd: Vec<Says> = hosts
        .profiles()
        .filter(|(at, _)| hosts.strangers[*at])
        .filter_map(|(at, of)| Some(hosts.says(at, of.ca.first()?)))
        .collect();
    if !odd.is_empty() {
        let message = format!(
            "{} of {} hosts: the CA is not that of the others; only addresses, ids and clocks are compared further",
            odd.len(),
            odd.len() + many
        );
        told.finds(row, message, odd, Some(Others { value: most.to_owned(), hosts: many }));
    }
}

/// The number behind `1.`.
fn minor(value: Option<&Value>) -> Option<u32> {
    value?.value.strip_prefix("1.")?.parse().ok()
}

/// No kubelet is newer than the oldest API server, or too far behind the newest. Without a control
/// plane among the hosts, the newest kubelet says how old its API server can be at most.
fn skew(row: &Comparison, hosts: &Hosts<'_>, told: &mut Compared) {
    let servers = || hosts.natives().filter_map(|(_, of)| minor(of.kubernetes.as_ref()));
    let kubelets = || {
        hosts.members().filter_map(|(at, of)| Some((at, minor(of.kubelet.as_ref())?, of.kubelet.as_ref()?)))
    };
    let newest = kubelets().map(|(_, minor, _)| minor).max();
    let (Some(most), Some(server)) = (servers().min().or(newest), servers().max().or(newest)) else { return };
    let odd: Vec<Says> = kubelets()
        .filter(|(_, minor, _)| *minor > most || minor + BEHIND < server)
        .map(|(at, _, value)| hosts.says(at, value))
        .collect();
    if odd.is_empty() {
        return;
    }
    let of_whom = if servers().next().is_some() { "the control plane" } else { "the newest kubelet" };
    let are = if odd.len() == 1 { "kubelet is" } else { "kubelets are" };
    let message = format!("{} {are} not of a minor that goes with {of_whom}", odd.len());
    let many = kubelets().count() - odd.len();
    told.finds(row, message, odd, Some(Others { value: format!("1.{server}"), hosts: many }));
}

/// An upgrade of several control planes takes a while, which is why this is a warning.
fn control_planes(row: &Comparison, hosts: &Hosts<'_>, told: &mut Compared) {
    let minors = || hosts.natives().filter_map(|(at, of)| Some((at, of.kubernetes.as_ref()?)));
    let newest = minors().filter_map(|(_, value)| minor(Some(value))).max();
    let older = |value: &Value| minor(Some(value)) < newest;
    let odd: Vec<Says> =
        minors().filter(|(_, value)| older(value)).map(|(at, value)| hosts.says(at, value)).collect();
    let Some(newest) = newest.filter(|_| !odd.is_empty()) else { return };
    let many = minors().count() - odd.len();
    let are = if odd.len() == 1 { "is" } else { "are" };
    let message = format!("{} of {} control planes {are} of an older minor", odd.len(), odd.len() + many);
    told.finds(row, message, odd, Some(Others { value: format!("1.{newest}"), hosts: many }));
}

/// Nobody collects in the future: such a clock is ahead. A host that was collected long before or
/// after most was left over from another day, or its clock is off.
fn clocks(row: &Comparison, hosts: &Hosts<'_>, told: &mut Compared) {
    let read = |of: &Profile| -> Option<SystemTime> {
        Some(of.collected.as_ref()?.parse::<jiff::Timestamp>().ok()?.into())
    };
    let times: Vec<(usize, SystemTime)> =
        hosts.profiles().filter_map(|(at, of)| Some((at, read(of)?))).collect();
    let says = |at: usize| {
        let value = hosts.all[at].profile.collected.clone().unwrap_or_default();
        hosts.says(at, &Value { value, place: None })
    };
    let ahead: Vec<usize> =
        times.iter().filter(|(_, time)| *time > hosts.now + AHEAD).map(|(at, _)| *at).collect();
    if !ahead.is_empty() {
        let clocks = match ahead.len() {
            1 => "the clock of 1 host is".to_owned(),
            many => format!("the clocks of {many} hosts are"),
        };
        let now = crate::doctor::finding::date(hosts.now);
        let message = format!("{clocks} ahead of the one of this machine, {now}");
        told.finds(row, message, ahead.iter().map(|at| says(*at)).collect(), None);
    }
    let mut sorted: Vec<SystemTime> = times.iter().map(|(_, time)| *time).collect();
    sorted.sort();
    let Some(middle) = sorted.get(sorted.len() / 2).copied() else { return };
    let far = |time: SystemTime| {
        let distance = time.duration_since(middle).or_else(|_| middle.duration_since(time));
        distance.is_ok_and(|distance| distance > TOGETHER)
    };
    let odd: Vec<Says> = times
        .iter()
        .filter(|(at, time)| far(*time) && !ahead.contains(at))
        .map(|(at, _)| says(*at))
        .collect();
    let near = times.len() - odd.len() - ahead.len();
    if !odd.is_empty() && near > odd.len() {
        let message = match odd.len() {
            1 => "1 host was looked at at another time than the others, or its clock is off".to_owned(),
            many => format!(
                "{many} hosts were looked at at another time than the others, or their clocks are off"
            ),
        };
        let middle = crate::doctor::finding::date(middle);
        told.finds(row, message, odd, Some(Others { value: middle, hosts: near }));
    }
}
