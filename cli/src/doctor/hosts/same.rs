//! Values that hosts have to have alike, and values that no two may have.
//!
//! Linear in the number of hosts: each rule is one pass that sorts hosts by value. What a host
//! does not say makes the comparison undecided for it, and for it alone.

use std::collections::BTreeMap;

use super::profile::{Profile, Value};
use super::{Compared, Comparison, Hosts, NotSaid, Others, Says};

/// An archive of an older release, or a file that could not be read.
const SAYS_NOTHING: &str = "what was collected of them does not say it";

/// Every node has to have what most have.
pub(super) fn alike(
    row: &Comparison,
    hosts: &Hosts<'_>,
    compared: &mut Compared,
    what: &str,
    of: fn(&Profile) -> Option<&Value>,
) {
    let members = || hosts.members();
    let mut by_value = BTreeMap::<&str, Vec<usize>>::new();
    for (at, value) in members().filter_map(|(at, profile)| Some((at, of(profile)?))) {
        by_value.entry(&value.value).or_default().push(at);
    }
    let silent = members().filter(|(_, profile)| of(profile).is_none()).map(|(at, _)| at);
    not_said(row, hosts, compared, silent.collect());
    // Of as many hosts each, the value of the host that was named first is that of the others.
    let most = by_value.iter().max_by_key(|(_, who)| (who.len(), std::cmp::Reverse(who[0])));
    let Some((most, who)) = most.map(|(value, who)| ((*value).to_owned(), who.len())) else { return };
    if by_value.len() < 2 {
        return;
    }
    let odd = members().filter_map(|(at, profile)| {
        let value = of(profile).filter(|value| value.value != most)?;
        Some(hosts.says(at, value))
    });
    let odd: Vec<Says> = odd.collect();
    let message = format!("{} of {} hosts: {what} is not that of the others", odd.len(), odd.len() + who);
    compared.finds(row, message, odd, Some(Others { value: most, hosts: who }));
}

/// No two of these hosts may have one value.
pub(super) fn apart<'h>(
    row: &Comparison,
    (hosts, among): (&'h Hosts<'_>, impl Iterator<Item = (usize, &'h Profile)>),
    compared: &mut Compared,
    what: &str,
    of: impl Fn(&'h Profile) -> Vec<&'h Value>,
) {
    let mut by_value = BTreeMap::<&str, Vec<(usize, &Value)>>::new();
    for (at, profile) in among {
        for value in of(profile) {
            let who = by_value.entry(&value.value).or_default();
            if who.last().is_none_or(|(last, _)| *last != at) {
                who.push((at, value));
            }
        }
    }
    for (value, who) in by_value.iter().filter(|(_, who)| who.len() > 1) {
        let says = who.iter().map(|(at, value)| hosts.says(*at, value)).collect();
        compared.finds(row, format!("{} hosts have {what} {value}", who.len()), says, None);
    }
}

/// What some hosts say nothing of is undecided.
pub(super) fn not_said(row: &Comparison, hosts: &Hosts<'_>, compared: &mut Compared, silent: Vec<usize>) {
    if !silent.is_empty() {
        let hosts = silent.into_iter().map(|at| hosts.names[at].clone()).collect();
        compared.undecided.push(NotSaid { code: row.name, hosts, why: SAYS_NOTHING });
    }
}
