//! Units as they are on disk: every line of a key, in the order systemd reads the files.
//!
//! That is what systemd would read at its next `daemon-reload`, not what it has in memory; whether
//! the two differ is the check `daemon-reload-pending`.

use host_prep::facts::Unit;
use host_prep::text::{Dialect, Document};

use super::{Inspection, Part};
use crate::doctor::finding::Evidence;

/// A line `Key=value` of a unit or of one of its drop-ins.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UnitLine {
    /// What is behind the `=`.
    pub value: String,
    /// Where it stands, with the line.
    pub place: Evidence,
}

/// The services of a node: the runtime and the kubelet.
pub(in crate::doctor) const NODE_UNITS: [&str; 2] = ["crio.service", "kubelet.service"];

impl Inspection<'_> {
    /// `crio.service` or `kubelet.service`; `None` where it is not installed or is masked.
    pub fn unit(&self, name: &str) -> Option<&Unit> {
        self.consults(Part::Units);
        match name {
            "crio.service" => self.facts.crio.unit.as_ref(),
            "kubelet.service" => self.facts.kubelet.unit.as_ref(),
            _ => None,
        }
    }

    /// The services of a node that are installed and not masked.
    pub fn node_units(&self) -> impl Iterator<Item = (&'static str, &Unit)> {
        NODE_UNITS.into_iter().filter_map(|name| Some((name, self.unit(name)?)))
    }
}

/// All lines of a key since the last empty one.
pub(in crate::doctor) fn lines(unit: &Unit, section: &str, key: &str) -> Vec<UnitLine> {
    let mut found: Vec<UnitLine> = Vec::new();
    for file in &unit.texts {
        let document = Document::parse(&file.bytes, Dialect::Systemd);
        for entry in document.entries() {
            if entry.section.as_deref() != Some(section) || entry.key != key {
                continue;
            }
            // An empty value takes back what was said before it (systemd.service(5)).
            if entry.value.is_empty() {
                found.clear();
                continue;
            }
            let place = Evidence::file(&file.path).line(document.line_number(entry.id));
            let place = place.value(format!("{key}={}", entry.value));
            found.push(UnitLine { value: entry.value, place });
        }
    }
    found
}

/// The conditions and assertions of a unit that are in force, each with its key: an empty one of any kind
/// takes back all before it (systemd.unit(5)).
pub(in crate::doctor) fn conditions(unit: &Unit) -> Vec<(String, UnitLine)> {
    let mut found = Vec::new();
    for file in &unit.texts {
        let document = Document::parse(&file.bytes, Dialect::Systemd);
        let of_unit = document.entries().filter(|entry| entry.section.as_deref() == Some("Unit"));
        for entry in of_unit {
            let Some(kind) = ["Condition", "Assert"].into_iter().find(|kind| entry.key.starts_with(kind))
            else {
                continue;
            };
            if entry.value.is_empty() {
                found.retain(|(key, _): &(String, UnitLine)| !key.starts_with(kind));
                continue;
            }
            let place = Evidence::file(&file.path).line(document.line_number(entry.id));
            let place = place.value(format!("{}={}", entry.key, entry.value));
            found.push((entry.key, UnitLine { value: entry.value, place }));
        }
    }
    found
}

/// The line of a key that is in force: the last one.
pub(in crate::doctor) fn last(unit: &Unit, section: &str, key: &str) -> Option<UnitLine> {
    lines(unit, section, key).pop()
}
