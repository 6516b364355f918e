//! Feature gates: which are there in a minor, and what setting them does
//! (`component-base/featuregate`).
//!
//! `gate_table` has the history of each gate as text (`21:a- 24:b+ 27:g+L`: since 1.21 alpha and
//! off, since 1.24 beta and on, since 1.27 stable, on and locked). A minor's state is the last
//! change at or before it. Setting gates works on a copy and is taken over only without a fault,
//! as `SetFromMap` does.

use std::collections::BTreeMap;

use super::gate_table::{GATES, NEEDS};
use crate::version::Minor;

/// What a gate is in one minor.
///
/// `default` is whether it is on where nobody says anything, `locked` whether that can no longer
/// be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GateState {
    pub(super) stage: Stage,
    pub(super) default: bool,
    pub(super) locked: bool,
}

impl GateState {
    /// Whether it can be set so.
    fn takes(self, on: bool) -> bool {
        !self.locked || self.default == on
    }
}

/// How far a feature has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Alpha,
    Beta,
    Stable,
    Deprecated,
}

/// The gate of that name in that minor, if there is one.
pub(super) fn state(name: &str, minor: Minor) -> Option<GateState> {
    let (_, history) = GATES.iter().find(|(known, _)| *known == name)?;
    at(history, minor)
}

/// The first minor after `minor` or the last one before it that has the gate: what a message can
/// say of one that is not there.
pub(super) fn life(name: &str) -> Option<(Minor, Option<Minor>)> {
    let (_, history) = GATES.iter().find(|(known, _)| *known == name)?;
    let changes = || history.split(' ').filter_map(|change| change.split_once(':'));
    let minor = |number: &str| number.parse().ok().map(Minor::new);
    let since = changes().find(|(_, state)| *state != ".").and_then(|(number, _)| minor(number))?;
    let gone = changes().skip(1).find(|(_, state)| *state == ".").and_then(|(number, _)| minor(number));
    Some((since, gone))
}

/// `None` before the first change and after the gate is gone.
fn at(history: &str, minor: Minor) -> Option<GateState> {
    let begun = |change: &&str| {
        let number = change.split_once(':').and_then(|(number, _)| number.parse::<u64>().ok());
        number.is_some_and(|number| number <= minor.number())
    };
    let change = history.split(' ').take_while(begun).last()?;
    let mut letters = change.split_once(':')?.1.chars();
    let stage = match letters.next()? {
        'a' => Stage::Alpha,
        'b' => Stage::Beta,
        'g' => Stage::Stable,
        'd' => Stage::Deprecated,
        _ => return None,
    };
    let default = letters.next() == Some('+');
    Some(GateState { stage, default, locked: letters.next() == Some('L') })
}

/// What a component of a minor says of gates that are asked of it, by name of the gate. Of names that it
/// does not know the real one tells the first that it meets; here each is told, and then nothing else.
pub(crate) fn refused(minor: Minor, wanted: &BTreeMap<String, bool>) -> Vec<(String, String)> {
    let unknown = wanted.keys().filter(|name| state(name, minor).is_none());
    let unknown: Vec<_> = unknown.map(|name| (name.clone(), unrecognized(name))).collect();
    if !unknown.is_empty() {
        return unknown;
    }
    Gates::new(minor).set(wanted).into_iter().map(|fault| (fault.gate, fault.text)).collect()
}

/// As component-base's featuregate has it.
fn unrecognized(name: &str) -> String {
    format!("unrecognized feature gate: {name}")
}

/// Why a gate that one minor takes cannot be set so in a later one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GateEnd {
    /// There is no such gate; `before` was its default at last.
    Gone { before: bool },
    /// It is locked to the other value.
    Locked { to: bool },
    /// Something that is on needs it, in the kubelet's words.
    Unmet(String),
}

/// The first minor up to `last` that refuses the gate so, once one took it. One that came locked to the other
/// value, and that no minor ever took so, is refused from the first minor on that has it.
pub(crate) fn gate_end(name: &str, on: bool, last: Minor) -> Option<(Minor, GateEnd)> {
    // Of a name that is none, one look is enough.
    life(name)?;
    let minors = |from: u64| (from..=last.number()).map(Minor::new);
    let Some(first) = minors(OLDEST).find(|minor| state(name, *minor).is_some_and(|state| state.takes(on)))
    else {
        let came = |minor: Minor| Some((minor, GateEnd::Locked { to: state(name, minor)?.default }));
        return minors(OLDEST).find_map(came);
    };
    let mut before = state(name, first)?.default;
    for minor in minors(first.number() + 1) {
        match state(name, minor) {
            None => return Some((minor, GateEnd::Gone { before })),
            Some(now) if !now.takes(on) => return Some((minor, GateEnd::Locked { to: now.default })),
            Some(now) => before = now.default,
        }
    }
    None
}

/// Gates that a minor took and a later one up to `last` does not start with, because something needs them
/// otherwise: the name, the first such minor, what the kubelet says.
pub(crate) fn gates_unmet(gates: &BTreeMap<String, bool>, last: Minor) -> Vec<(String, Minor, String)> {
    let mut found = Vec::new();
    let mut blamed: Vec<String> = Vec::new();
    let mut gates = gates.clone();
    gates.retain(|name, _| life(name).is_some());
    for minor in (OLDEST..=last.number()).map(Minor::new) {
        let is_in = |name: &str, minor: u64| state(name, Minor::new(minor)).is_some();
        let takes = |name: &str, on| state(name, minor).is_some_and(|state| state.takes(on));
        let mut known = gates.clone();
        known.retain(|name, on| takes(name, *on));
        for fault in Gates::new(minor).set(&known) {
            let makes_it = |name: &String| {
                let mut rest = known.clone();
                rest.remove(name);
                !Gates::new(minor).set(&rest).iter().any(|other| other.text == fault.text)
            };
            // Whoever makes it is named in it, or sets all gates of a stage.
            let named = |name: &String| fault.text.contains(name.as_str()) || name.starts_with("All");
            let guilty = known.keys().filter(|name| !blamed.contains(name) && named(name) && makes_it(name));
            let guilty: Vec<&String> = guilty.collect();
            for name in guilty {
                blamed.push(name.clone());
                // One that came with this minor was taken by none.
                if is_in(name, minor.number() - 1) {
                    found.push((name.clone(), minor, fault.text.clone()));
                }
            }
        }
    }
    found
}

/// Every gate that any minor has.
#[cfg(test)]
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    GATES.iter().map(|(name, _)| *name)
}

/// The oldest minor whose gates are known.
const OLDEST: u64 = 19;

/// The gates of one kubelet while it starts.
#[derive(Clone, Debug)]
pub(super) struct Gates {
    minor: Minor,
    /// All that was ever asked for.
    asked: BTreeMap<String, bool>,
    /// What is in force beside the defaults.
    enabled: BTreeMap<String, bool>,
}

impl Gates {
    pub(super) fn new(minor: Minor) -> Self {
        Self { minor, asked: BTreeMap::new(), enabled: BTreeMap::new() }
    }

    /// Whether the feature is on.
    ///
    /// `false` for a gate that the minor does not know.
    pub(super) fn enabled(&self, name: &str) -> bool {
        let default = || state(name, self.minor).is_some_and(|state| state.default);
        self.enabled.get(name).copied().unwrap_or_else(default)
    }

    /// Whether there is such a gate.
    pub(super) fn knows(&self, name: &str) -> bool {
        state(name, self.minor).is_some()
    }

    /// `SetFromMap`: every problem of what is asked for now and was before; without one it is in
    /// force.
    pub(super) fn set(&mut self, wanted: &BTreeMap<String, bool>) -> Vec<GateFault> {
        self.asked.extend(wanted.iter().map(|(name, on)| (name.clone(), *on)));
        let mut after = self.clone();
        let mut faults: Vec<GateFault> = Vec::new();
        for (name, on) in &self.asked {
            faults.extend(after.take(name, *on));
        }
        // The real one walks a map and ends at the first name it does not know.
        if let Some(unknown) = faults.iter().find(|fault| fault.text.starts_with("unrecognized")) {
            return vec![unknown.clone()];
        }
        if faults.is_empty() {
            faults = after.unmet();
        }
        if faults.is_empty() {
            *self = after;
        }
        faults
    }

    /// `AllAlpha` and `AllBeta` set every gate of that stage that nobody has set on its own.
    fn take(&mut self, name: &str, on: bool) -> Option<GateFault> {
        let fault = |text: String| Some(GateFault { gate: name.to_owned(), text });
        let Some(state) = state(name, self.minor) else {
            return fault(unrecognized(name));
        };
        if state.locked && state.default != on {
            return fault(format!(
                "cannot set feature gate {name} to {on}, feature is locked to {}",
                state.default
            ));
        }
        let all = match name {
            "AllAlpha" => Some(Stage::Alpha),
            "AllBeta" => Some(Stage::Beta),
            _ => None,
        };
        if let Some(stage) = all {
            let of_stage = |history: &str| at(history, self.minor).is_some_and(|state| state.stage == stage);
            let special = ["AllAlpha", "AllBeta"];
            for (gate, _) in
                GATES.iter().filter(|(gate, history)| !special.contains(gate) && of_stage(history))
            {
                self.enabled.entry((*gate).to_owned()).or_insert(on);
            }
        }
        self.enabled.insert(name.to_owned(), on);
        None
    }

    /// What is enabled and needs something that is not.
    fn unmet(&self) -> Vec<GateFault> {
        let now = u8::try_from(self.minor.number()).unwrap_or(u8::MAX);
        let here = NEEDS.iter().filter(|(_, _, since, until)| (*since..=*until).contains(&now));
        let mut faults = Vec::new();
        for (gate, needs, ..) in here.filter(|(gate, ..)| self.enabled(gate)) {
            let off: Vec<&str> = needs.iter().copied().filter(|need| !self.enabled(need)).collect();
            if !off.is_empty() {
                let off = off.join(" ");
                let text = format!("{gate} is enabled, but depends on features that are disabled: [{off}]");
                faults.push(GateFault { gate: (*gate).to_owned(), text });
            }
        }
        faults
    }
}

/// A gate that cannot be set so, in the kubelet's words.
#[derive(Clone, Debug)]
pub(super) struct GateFault {
    pub(super) gate: String,
    pub(super) text: String,
}

/// Go's text for several errors at once, each said once.
///
/// `utilerrors.NewAggregate`: one error prints bare, several in brackets.
pub(super) fn aggregate<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut once: Vec<&str> = Vec::new();
    for text in texts {
        if !once.contains(&text) {
            once.push(text);
        }
    }
    match once.as_slice() {
        [one] => (*one).to_owned(),
        several => format!("[{}]", several.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(minor: u64, gates: &[(&str, bool)]) -> Vec<String> {
        let wanted = gates.iter().map(|(name, on)| ((*name).to_owned(), *on)).collect();
        Gates::new(Minor::new(minor)).set(&wanted).into_iter().map(|fault| fault.text).collect()
    }

    #[test]
    fn a_gate_that_is_gone_is_refused_from_then_on() {
        assert!(asked(34, &[("SidecarContainers", true)]).is_empty());
        assert_eq!(
            asked(37, &[("SidecarContainers", true)]),
            ["unrecognized feature gate: SidecarContainers"]
        );
        assert_eq!(life("SidecarContainers").map(|(_, gone)| gone.is_some()), Some(true));
    }

    /// Of real kubelets 1.34.0 and `tests/oracle/tables-of features`: gates that come from libraries.
    #[test]
    fn gates_of_every_library_are_known() {
        for (name, since) in [
            ("CRDObservedGenerationTracking", 35),
            ("CRDValidationRatcheting", 28),
            ("CloudControllerManagerWatchBasedRoutesReconciliation", 35),
            ("CloudControllerManagerWebhook", 27),
            ("CustomResourceFieldSelectors", 30),
            ("SystemdWatchdog", 32),
        ] {
            assert!(state(name, Minor::new(since - 1)).is_none(), "{name}");
            for minor in since..=37 {
                assert!(asked(minor, &[(name, true)]).is_empty(), "{name} 1.{minor}");
            }
        }
        assert_eq!(
            asked(34, &[("CustomResourceFieldSelectors", false)]),
            ["cannot set feature gate CustomResourceFieldSelectors to false, feature is locked to true"]
        );
    }

    #[test]
    fn what_a_gate_needs_counts_from_1_35_on() {
        assert!(asked(34, &[("GracefulNodeShutdown", false)]).is_empty());
        let said = asked(35, &[("GracefulNodeShutdown", false)]);
        assert!(
            said.iter()
                .any(|text| text.contains("GracefulNodeShutdownBasedOnPodPriority is enabled, but depends"))
        );
    }

    #[test]
    fn a_locked_gate_takes_its_default_only() {
        assert!(asked(34, &[("NodeSwap", true)]).is_empty());
        assert_eq!(
            asked(34, &[("NodeSwap", false)]),
            ["cannot set feature gate NodeSwap to false, feature is locked to true"]
        );
    }
}
