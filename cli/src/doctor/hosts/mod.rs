//! Several hosts compared with each other: what all of them have to have alike, and what each has to
//! have for itself. The odd ones out are named.
//!
//! ```
//! use k8sprep::doctor::hosts::{HostProfile, Profile, Value, compare};
//! use std::time::SystemTime;
//!
//! let host = |file: &str, machine: &str| {
//!     let mut profile = Profile::default();
//!     profile.name = Some(Value::new("n1", None));
//!     profile.machine_id = Some(Value::new(machine, None));
//!     HostProfile::new(file, profile)
//! };
//! let compared = compare(&[host("a.json", "5f1a"), host("b.json", "c3d2")], SystemTime::now());
//! assert_eq!(compared.findings[0].code, "node-name-taken");
//! ```

mod profile;
mod range;
mod rules;
mod same;
#[cfg(test)]
mod tests;

use std::time::SystemTime;

use serde::Serialize;

pub use profile::{Profile, Value};
pub use rules::COMPARISONS;

use super::finding::{Family, Severity};
use crate::explain;

/// A host, and the file that it was read from.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HostProfile {
    /// The file or directory.
    pub from: String,
    /// What is compared.
    pub profile: Profile,
}

/// What came of a comparison.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Compared {
    /// The hosts, by the names that findings call them by.
    pub hosts: Vec<Named>,
    /// Files of hosts that were collected again later: they are passed over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<String>,
    /// What does not fit, the worst first.
    pub findings: Vec<Difference>,
    /// What could not be compared.
    pub undecided: Vec<NotSaid>,
    /// How many comparisons were made.
    pub checked: usize,
}

/// A host that was compared.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Named {
    /// Its name; of several hosts of one name, with the file.
    pub name: String,
    /// The file or directory.
    pub from: String,
    /// What its clock said.
    pub collected: Option<String>,
    /// Whether kubeadm made it a node.
    pub member: bool,
    /// Whether it runs the API server.
    pub control_plane: bool,
}

/// Hosts that do not fit to the others.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Difference {
    /// The check's name, which `k8sprep explain` knows.
    pub code: &'static str,
    /// What it is about.
    pub family: Family,
    /// How bad it is.
    pub severity: Severity,
    /// What is the matter.
    pub message: String,
    /// The odd ones out, or the ones that are in each other's way.
    pub hosts: Vec<Says>,
    /// What most of the others have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub others: Option<Others>,
    /// What to do.
    pub cure: &'static str,
}

/// What a host has.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Says {
    /// The host.
    pub host: String,
    /// What it has.
    pub value: String,
    /// Where from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// What the others have.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Others {
    /// What they have.
    pub value: String,
    /// How many of them.
    pub hosts: usize,
}

/// A comparison that some hosts say nothing for.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct NotSaid {
    /// The check's name.
    pub code: &'static str,
    /// The hosts.
    pub hosts: Vec<String>,
    /// Why.
    pub why: &'static str,
}

/// A row: a check that only several hosts decide.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Comparison {
    /// The name, which is the code of what it finds.
    pub name: &'static str,
    /// What it is about.
    pub family: Family,
    /// The worst it says.
    pub severity: Severity,
    rule: fn(&Comparison, &Hosts<'_>, &mut Compared),
}

/// The hosts, while they are compared.
struct Hosts<'a> {
    all: &'a [HostProfile],
    names: Vec<String>,
    /// Which trust another CA than most: they are of another cluster.
    strangers: Vec<bool>,
    now: SystemTime,
}

impl HostProfile {
    /// A host, and the file that it was read from.
    pub fn new(from: impl Into<String>, profile: Profile) -> Self {
        Self { from: from.into(), profile }
    }
}

/// Compares hosts with each other. `now` is the time it is done: no host was looked at later.
#[must_use]
pub fn compare(all: &[HostProfile], now: SystemTime) -> Compared {
    let (all, passed_over) = newest(all);
    let hosts = Hosts { names: names(&all), strangers: rules::strangers(&all), all: &all, now };
    let named = hosts.all.iter().zip(&hosts.names).map(|(host, name)| Named {
        name: name.clone(),
        from: host.from.clone(),
        collected: host.profile.collected.clone(),
        member: host.profile.member,
        control_plane: host.profile.control_plane,
    });
    let mut compared = Compared {
        hosts: named.collect(),
        passed_over,
        findings: Vec::new(),
        undecided: Vec::new(),
        checked: COMPARISONS.len(),
    };
    for row in COMPARISONS {
        (row.rule)(row, &hosts, &mut compared);
    }
    compared.findings.sort_by_key(|one| std::cmp::Reverse(one.severity));
    compared
}

impl Compared {
    /// The worst severity there is.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|one| one.severity).max()
    }

    /// Keeps what `wanted` says of a comparison's family and name.
    pub fn retain(&mut self, wanted: impl Fn(Family, &str) -> bool) {
        self.findings.retain(|one| wanted(one.family, one.code));
        let family = |code: &str| COMPARISONS.iter().find(|row| row.name == code).map(|row| row.family);
        self.undecided.retain(|one| family(one.code).is_none_or(|family| wanted(family, one.code)));
        self.checked = COMPARISONS.iter().filter(|row| wanted(row.family, row.name)).count();
    }

    /// With the cure of the check's text.
    fn finds(
        &mut self,
        row: &Comparison,
        message: String,
        hosts: Vec<Says>,
        others: Option<Others>,
    ) -> &mut Difference {
        let cure = explain::find(row.name).map(|text| text.cure).unwrap_or_default();
        let Comparison { name: code, family, severity, .. } = *row;
        self.findings.push(Difference { code, family, severity, message, hosts, others, cure });
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }
}

/// Of a host that was collected several times the newest look, and the files of the others. A host
/// is the same where its name, its ids and its addresses are: a clone has other addresses. One without an
/// id is the same only where all of it is, down to the moment: it is the same look.
fn newest(all: &[HostProfile]) -> (Vec<HostProfile>, Vec<String>) {
    let text = |value: &Option<Value>| value.as_ref().map(|value| value.value.clone());
    let mut last = std::collections::BTreeMap::new();
    for (at, host) in all.iter().enumerate() {
        let of = &host.profile;
        let id = text(&of.machine_id).or_else(|| serde_json::to_string(of).ok());
        let addresses: Vec<String> = of.addresses.iter().map(|one| one.value.clone()).collect();
        let key = (text(&of.name), id, text(&of.product_uuid), addresses);
        let known = last.entry(key).or_insert(at);
        if all[*known].profile.collected <= of.collected {
            *known = at;
        }
    }
    let kept: std::collections::BTreeSet<usize> = last.into_values().collect();
    let (mut hosts, mut others) = (Vec::new(), Vec::new());
    for (at, host) in all.iter().enumerate() {
        if kept.contains(&at) { hosts.push(host.clone()) } else { others.push(host.from.clone()) }
    }
    (hosts, others)
}

/// A host's name, with the file where several have it or none is known.
fn names(all: &[HostProfile]) -> Vec<String> {
    let name = |host: &HostProfile| host.profile.name.as_ref().map(|name| name.value.clone());
    let mut many = std::collections::BTreeMap::<String, usize>::new();
    for host in all.iter().filter_map(name) {
        *many.entry(host).or_default() += 1;
    }
    let shown = |host: &HostProfile| match name(host) {
        Some(name) if many[&name] == 1 => name,
        Some(name) => format!("{name} ({})", host.from),
        None => host.from.clone(),
    };
    all.iter().map(shown).collect()
}

impl Hosts<'_> {
    /// A host's value under the name that findings call it by.
    fn says(&self, at: usize, value: &Value) -> Says {
        Says { host: self.names[at].clone(), value: value.value.clone(), place: value.place.clone() }
    }

    /// Nodes of the cluster that most of them are of.
    fn members(&self) -> impl Iterator<Item = (usize, &Profile)> {
        self.natives().filter(|(_, of)| of.member)
    }

    /// All but those of another cluster: what a cluster has for itself is not compared with theirs.
    fn natives(&self) -> impl Iterator<Item = (usize, &Profile)> {
        self.profiles().filter(|(at, _)| !self.strangers[*at])
    }

    /// With their place in the list, by which names go.
    fn profiles(&self) -> impl Iterator<Item = (usize, &Profile)> {
        self.all.iter().map(|host| &host.profile).enumerate()
    }
}
