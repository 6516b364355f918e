//! Feature gates that are gone, are locked, or need what is off.

use std::collections::BTreeMap;

use super::flag::other;
use super::{Effect, Ending};
use crate::code::Code;
use crate::kubelet::{GateEnd, gate_end, gates_unmet, parse_bool};
use crate::version::Minor;
use crate::yaml::{Node, Position};

/// Gates that are asked for, and what of the value asks for nothing that can be told.
pub(super) type Asked = (BTreeMap<String, bool>, Vec<String>);

/// The value of `--feature-gates`, `A=true,kube:B=false`. As with the programs an empty item is none, and a
/// variable is left to whoever sets it.
pub(super) fn read(value: &str) -> Asked {
    let (mut gates, mut unread) = Asked::default();
    let items = value.split(',').map(str::trim).filter(|item| !item.is_empty() && !item.contains('$'));
    for item in items {
        let (name, on) = item.split_once('=').unwrap_or((item, ""));
        let name = name.trim().trim_start_matches("kube:");
        match parse_bool(on.trim()) {
            Ok(on) => drop(gates.insert(name.to_owned(), on)),
            Err(_) => unread.push(no_truth(&format!("--feature-gates: {name}"), on.trim())),
        }
    }
    (gates, unread)
}

/// `featureGates` of a document: a map of truth values, as Kubernetes reads it.
pub(super) fn in_document(node: &Node) -> (BTreeMap<String, bool>, Vec<(Position, String)>) {
    let (mut gates, mut unread) = (BTreeMap::new(), Vec::new());
    if node.is_null() {
        return (gates, unread);
    }
    let Some(entries) = node.as_mapping() else {
        let is = if node.as_sequence().is_some() { "a list" } else { "a single value" };
        let text = format!("featureGates is {is}, and not a map of names to true or false");
        return (gates, vec![(node.span.position, text)]);
    };
    for entry in entries {
        match entry.value.as_bool() {
            Some(on) => drop(gates.insert(entry.key.clone(), on)),
            // As Go reads it, `null` is a gate that is set to false.
            None if entry.value.is_null() => drop(gates.insert(entry.key.clone(), false)),
            None => {
                let text =
                    no_truth(&format!("featureGates.{}", entry.key), &entry.value.to_json().to_string());
                unread.push((entry.key_span.position, text));
            }
        }
    }
    (gates, unread)
}

fn no_truth(what: &str, value: &str) -> String {
    match value {
        "" => format!("{what} is set to nothing, and not to true or false: what it asks for cannot be told"),
        value => {
            format!("{what} is set to {value}, and not to true or false: what it asks for cannot be told")
        }
    }
}

/// What ends of these gates at `to` or before, by the name of the gate.
pub(super) fn of(program: &'static str, gates: &BTreeMap<String, bool>, to: Minor) -> Vec<(String, Ending)> {
    let unmet = gates_unmet(gates, to);
    let first = |name: &str, on: bool| {
        let unmet = unmet.iter().filter(|(other, ..)| other == name);
        let unmet = unmet.map(|(_, ends, text)| (*ends, GateEnd::Unmet(text.clone())));
        gate_end(name, on, to).into_iter().chain(unmet).min_by_key(|(ends, _)| *ends)
    };
    let ended = |(name, on): (&String, &bool)| {
        let (ends, why) = first(name, *on)?;
        Some((name.clone(), ended(program, name, *on, ends, &why)))
    };
    gates.iter().filter_map(ended).collect()
}

fn ended(program: &'static str, name: &str, on: bool, ends: Minor, why: &GateEnd) -> Ending {
    let (effect, says, help) = match why {
        GateEnd::Gone { before } if *before == on => (
            Effect::Same,
            format!("unrecognized feature gate: {name}"),
            "leave it out: nothing changes by that".to_owned(),
        ),
        GateEnd::Gone { before } => (
            Effect::Changes,
            format!("unrecognized feature gate: {name}"),
            format!("leave it out: from {ends} on it is as {name}={before}"),
        ),
        GateEnd::Locked { to } => (
            Effect::Changes,
            format!("cannot set feature gate {name} to {on}, feature is locked to {to}"),
            format!("leave it out: from {ends} on it is as {name}={to}"),
        ),
        GateEnd::Unmet(text) => (
            Effect::Changes,
            text.clone(),
            "set the gate that needs it the same way, or leave it out".to_owned(),
        ),
    };
    let text = format!("{program} of {ends} exits with \"{says}\"");
    other((Code::FeatureGateEnds, program), format!("{name}={on}"), ends, (effect, text, &help))
}
