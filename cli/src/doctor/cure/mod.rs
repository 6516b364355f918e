//! Cures: which finding a plan of host-prep's steps can take away, which only somebody may ask for,
//! and which are commands for people.
//!
//! A cure is a wish, never a command: host-prep plans it, journals it, applies it and rolls it back.
//! [`Treatment`] joins the wishes for everything that was found, and leaves out what would stand in
//! its way.

mod host;
mod kernel;
mod runtime;
mod service;
mod table;
#[cfg(test)]
mod tests;
mod upgrade;
mod wish;

use std::collections::{BTreeMap, BTreeSet};

use host_prep::{Desired, Risk};
use serde::Serialize;

pub use table::{Cure, cures};

use super::Diagnosis;
use super::finding::{Finding, Fix, Severity};
use super::inspection::{Inspection, Role};
use wish::{Wish, desired};

/// Says of each finding who can cure it on this host.
///
/// One plan for all findings of a code, since a hostile file has thousands of one.
pub(super) fn say_who_can(seen: &Inspection<'_>, findings: &mut [Finding]) {
    let wishes: Vec<_> = findings.iter().map(|finding| wishes_for(seen, finding)).collect();
    let mut of_code: BTreeMap<&'static str, Vec<Wish>> = BTreeMap::new();
    for (finding, wishes) in findings.iter().zip(&wishes) {
        of_code.entry(finding.code).or_default().extend(wishes.iter().cloned());
    }
    let fixes: BTreeMap<_, _> =
        of_code.into_iter().map(|(code, wishes)| (code, fix_of(seen, code, &wishes))).collect();
    for (finding, wishes) in findings.iter_mut().zip(wishes) {
        finding.fix = if wishes.is_empty() { Fix::Commands } else { fixes[finding.code] };
    }
}

/// What would cure a finding; empty where nothing of host-prep does on this host.
fn wishes_for(seen: &Inspection<'_>, finding: &Finding) -> Vec<Wish> {
    table::find(finding.code).map(|cure| cure.wishes(seen, finding)).unwrap_or_default()
}

fn fix_of(seen: &Inspection<'_>, code: &str, wishes: &[Wish]) -> Fix {
    let Some(cure) = table::find(code).filter(|_| !wishes.is_empty()) else { return Fix::Commands };
    let disturbs = wishes.iter().any(Wish::restarts_the_runtime) && seen.is_member();
    let live = seen.is_running() && (disturbs || may_be_a_control_plane(seen));
    // What a plan refuses, or finds done already, is offered to nobody.
    match judged(seen, wishes, cure.fix == Fix::Unsafe || live) {
        Ok(Verdict::Cured) => Fix::Automatic,
        Ok(Verdict::Unsafe) => Fix::Unsafe,
        Ok(Verdict::Nothing) | Err(_) => Fix::Commands,
    }
}

/// What a control plane that runs stands on is changed only where somebody asks for it.
fn may_be_a_control_plane(seen: &Inspection<'_>) -> bool {
    matches!(seen.role(), Role::ControlPlane | Role::Unknown)
}

/// What would cure a host, and what is left.
#[derive(Debug)]
#[non_exhaustive]
pub struct Treatment {
    /// What host-prep makes true.
    pub desired: Desired,
    /// The codes that it cures.
    pub cures: Vec<&'static str>,
    /// What it does not cure, and why.
    pub left: Vec<Left>,
}

/// A finding that is not cured.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Left {
    /// Its code.
    pub code: &'static str,
    /// Why it is left.
    pub why: String,
}

/// Why a finding is left that a plan would cure.
const ONLY_UNSAFE: &str = "it can disturb what runs: `--fix=unsafe` does it";

impl Left {
    /// Whether a plan would cure it, if somebody asked for that.
    #[must_use]
    pub fn has_to_be_asked_for(&self) -> bool {
        self.why == ONLY_UNSAFE
    }
}

/// How much a treatment may do.
///
/// `Nothing` where the plan is empty: what the finding says is so for another reason.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Verdict {
    Cured,
    Nothing,
    Unsafe,
}

impl Treatment {
    /// What would cure the findings of `diagnosis`, those that are `unsafe` among them only where
    /// `allowed` is. Notes need no cure; one that is `named` gets it.
    #[must_use]
    pub fn of(
        seen: &Inspection<'_>,
        diagnosis: &Diagnosis,
        allowed: Fix,
        named: &dyn Fn(&str) -> bool,
    ) -> Self {
        let mut wishes: Vec<Wish> = Vec::new();
        let (mut cures, mut left): (Vec<&'static str>, Vec<Left>) = (Vec::new(), Vec::new());
        let mut known = BTreeSet::new();
        let meant = |finding: &&Finding| finding.severity != Severity::Note || named(finding.code);
        let mut judge = Judge::of(seen, diagnosis.findings.iter().filter(meant));
        for finding in diagnosis.findings.iter().filter(meant) {
            match Self::one(seen, finding, (allowed, &known), &mut judge) {
                Ok(more) => {
                    wishes.extend(more);
                    if known.insert(finding.code) {
                        cures.push(finding.code);
                    }
                }
                Err(why) => left.push(Left { code: finding.code, why }),
            }
        }
        left.dedup();
        Self { desired: desired(seen, wishes), cures, left }
    }

    /// What cures one finding, or why nothing does. A symptom is cured after its cause, and not
    /// without: a service that cannot start would have everything rolled back.
    fn one(
        seen: &Inspection<'_>,
        finding: &Finding,
        (allowed, cured): (Fix, &BTreeSet<&'static str>),
        judge: &mut Judge<'_>,
    ) -> Result<Vec<Wish>, String> {
        let wishes = wishes_for(seen, finding);
        if finding.fix == Fix::Commands {
            let refused = if wishes.is_empty() { None } else { judge.says(finding).err() };
            return Err(refused.unwrap_or_else(|| "no step of a plan cures it".to_owned()));
        }
        if let Some(cause) = finding.explained_by.filter(|cause| !cured.contains(cause)) {
            return Err(format!("{cause} comes first"));
        }
        match judge.says(finding)? {
            Verdict::Unsafe if allowed != Fix::Unsafe => Err(ONLY_UNSAFE.to_owned()),
            Verdict::Nothing => Err("the steps that would cure it are taken already".to_owned()),
            _ => Ok(wishes),
        }
    }
}

/// What was judged already: one plan for all findings of a code, as where it is said who can cure them. A
/// plan looks at the whole host, and a hostile file has thousands of findings of one code.
struct Judge<'s> {
    seen: &'s Inspection<'s>,
    wishes: BTreeMap<&'static str, Vec<Wish>>,
    verdicts: BTreeMap<&'static str, Result<Verdict, String>>,
}

impl<'s> Judge<'s> {
    fn of<'f>(seen: &'s Inspection<'s>, findings: impl Iterator<Item = &'f Finding>) -> Self {
        let mut wishes: BTreeMap<&'static str, Vec<Wish>> = BTreeMap::new();
        for finding in findings {
            wishes.entry(finding.code).or_default().extend(wishes_for(seen, finding));
        }
        Self { seen, wishes, verdicts: BTreeMap::new() }
    }

    fn says(&mut self, finding: &Finding) -> Result<Verdict, String> {
        let Self { seen, wishes, verdicts } = self;
        let all = wishes.get(finding.code).map(Vec::as_slice).unwrap_or_default();
        let verdict = || judged(seen, all, finding.fix == Fix::Unsafe);
        verdicts.entry(finding.code).or_insert_with(verdict).clone()
    }
}

/// What host-prep makes of wishes alone: a problem of one is not to keep the others from coming true.
fn judged(seen: &Inspection<'_>, wishes: &[Wish], is_unsafe: bool) -> Result<Verdict, String> {
    let plan = host_prep::verify(seen.host(), &desired(seen, wishes.to_vec()));
    if let Some(problem) = plan.problems().first() {
        return Err(format!("{} ({})", problem.what, problem.hint));
    }
    let risky = plan.steps().iter().any(|step| step.risk >= Risk::High);
    Ok(match plan.steps() {
        [] => Verdict::Nothing,
        _ if risky || is_unsafe => Verdict::Unsafe,
        _ => Verdict::Cured,
    })
}
