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

use std::collections::BTreeMap;

use host_prep::{Desired, Risk};
use serde::Serialize;

pub use table::{Cure, cures};

use super::Diagnosis;
use super::finding::{Finding, Fix, Severity};
use super::inspection::{Inspection, Role};
use wish::{Wish, desired};

/// The question that the answer of is kept in an archive.
const WHO_CAN: &str = "k8sprep doctor --fix";

/// Says of each finding who can cure it on this host.
///
/// One plan for all findings of a code, since a hostile file has thousands of one. A plan looks at more than
/// rules ask, so that it can be made on the host alone: an archive has what was said there, and what it does
/// not say (it is older, or a log was handed over) is planned over what it has.
pub(super) fn say_who_can(seen: &Inspection<'_>, findings: &mut [Finding]) {
    let wishes: Vec<_> = findings.iter().map(|finding| wishes_for(seen, finding)).collect();
    let of_code = by_code(findings.iter().zip(&wishes));
    let planned = |code: &str, wishes: &[Wish]| fix_of(seen, code, wishes);
    let answer = seen.host().root().system(WHO_CAN, || {
        let fixes: BTreeMap<&str, Fix> =
            of_code.iter().map(|(code, wishes)| (*code, planned(code, wishes))).collect();
        serde_json::to_vec(&fixes).map_err(Into::into)
    });
    let said: BTreeMap<String, Fix> =
        answer.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default();
    let fixes: BTreeMap<&str, Fix> = of_code
        .iter()
        .map(|(code, wishes)| (*code, said.get(*code).copied().unwrap_or_else(|| planned(code, wishes))))
        .collect();
    for (finding, wishes) in findings.iter_mut().zip(wishes) {
        finding.fix = if wishes.is_empty() { Fix::Commands } else { fixes[finding.code] };
    }
}

/// What would cure a finding; empty where nothing of host-prep does on this host.
fn wishes_for(seen: &Inspection<'_>, finding: &Finding) -> Vec<Wish> {
    table::find(finding.code).map(|cure| cure.wishes(seen, finding)).unwrap_or_default()
}

/// The wishes of all findings of a code.
fn by_code<'f>(all: impl Iterator<Item = (&'f Finding, &'f Vec<Wish>)>) -> BTreeMap<&'static str, Vec<Wish>> {
    let mut of_code: BTreeMap<&'static str, Vec<Wish>> = BTreeMap::new();
    for (finding, wishes) in all {
        of_code.entry(finding.code).or_default().extend(wishes.iter().cloned());
    }
    of_code
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
        let meant = |finding: &&Finding| finding.severity != Severity::Note || named(finding.code);
        let meant = diagnosis.findings.iter().filter(meant);
        let all: Vec<_> = meant.map(|finding| (finding, wishes_for(seen, finding))).collect();
        let of_code = by_code(all.iter().map(|(finding, wishes)| (*finding, wishes)));
        let mut judge = Judge { seen, allowed, wishes: of_code, verdicts: BTreeMap::new() };
        for (finding, own) in all {
            match judge.refuses(finding, own.is_empty(), &cures) {
                None => {
                    wishes.extend(own);
                    if !cures.contains(&finding.code) {
                        cures.push(finding.code);
                    }
                }
                Some(why) => left.push(Left { code: finding.code, why }),
            }
        }
        left.dedup();
        Self { desired: desired(seen, wishes), cures, left }
    }
}

/// What was judged already: one plan for all findings of a code, as where it is said who can cure them. A
/// plan looks at the whole host, and a hostile file has thousands of findings of one code.
struct Judge<'s> {
    seen: &'s Inspection<'s>,
    allowed: Fix,
    wishes: BTreeMap<&'static str, Vec<Wish>>,
    verdicts: BTreeMap<&'static str, Result<Verdict, String>>,
}

impl Judge<'_> {
    /// Why one finding is not cured. A symptom is cured after its cause, and not without: a service that
    /// cannot start would have everything rolled back.
    fn refuses(&mut self, finding: &Finding, no_wish: bool, cured: &[&'static str]) -> Option<String> {
        if finding.fix == Fix::Commands {
            let refused = if no_wish { None } else { self.says(finding).err() };
            return refused.or_else(|| Some("no step of a plan cures it".to_owned()));
        }
        if let Some(cause) = finding.explained_by.filter(|cause| !cured.contains(cause)) {
            return Some(format!("{cause} comes first"));
        }
        match self.says(finding) {
            Err(why) => Some(why),
            Ok(Verdict::Unsafe) if self.allowed != Fix::Unsafe => Some(ONLY_UNSAFE.to_owned()),
            Ok(Verdict::Nothing) => Some("the steps that would cure it are taken already".to_owned()),
            Ok(_) => None,
        }
    }

    fn says(&mut self, finding: &Finding) -> Result<Verdict, String> {
        let Self { seen, wishes, verdicts, .. } = self;
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
