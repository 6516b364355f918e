//! Feature gates that are gone, are locked, or need what is off.

use std::collections::BTreeMap;

use super::flag::other;
use super::{Effect, Ending};
use crate::code::Code;
use crate::kubelet::{GateEnd, gate_end, gates_unmet, parse_bool};
use crate::version::Minor;

/// The value of `--feature-gates`, `A=true,kube:B=false`; what cannot be read is told by others.
pub(super) fn read(value: &str) -> BTreeMap<String, bool> {
    let pair = |item: &str| {
        let (name, on) = item.split_once('=')?;
        let name = name.trim().trim_start_matches("kube:");
        Some((name.to_owned(), parse_bool(on.trim()).ok()?))
    };
    value.split(',').filter_map(pair).collect()
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
