//! Any spec on any host, there and back: planned and applied nothing is left to do, rolled back
//! nothing is left of it.
//!
//! A [`Case`] is a random spec and a random tree. [`check`] is the property; the suite tries some
//! cases, and the program `there_and_back [CASES]` as many as one likes:
//!
//! ```text
//! cargo run --release -p k8sprep-tests --bin there_and_back -- 5000
//! ```

mod spec;
mod tree;

use std::fmt;
use std::time::Duration;

use host_prep::facts::ObserveOptions;
use host_prep::{
    ApplyError, ApplyOptions, Back, Desired, Error, Host, NoProgress, Plan, apply, plan, rollback,
};
use k8sprep::recipe::{NodeSpec, desired};
use proptest::prelude::*;

use crate::fake_host::{FakeHost, Tree, differences};

pub use tree::{Laid, Readers};

/// A spec and the host it is for.
#[derive(Clone)]
#[non_exhaustive]
pub struct Case {
    /// `k8sprep.yaml`.
    pub spec: String,
    /// The host's files.
    pub files: Vec<Laid>,
    /// Whether a kernel runs over them.
    pub running: bool,
}

/// Short enough to be read: a line a file, but for what every kernel has.
impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kernel = if self.running { "running" } else { "a tree" };
        writeln!(f, "{kernel}, {}", self.spec)?;
        for Laid { path, text, mode, attribute, behind_link } in
            self.files.iter().filter(|file| !file.is_kernels())
        {
            writeln!(
                f,
                "  {path} {mode:o} {attribute:?} {} {text:?}",
                if *behind_link { "behind a link" } else { "" }
            )?;
        }
        Ok(())
    }
}

/// How a case went.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Went {
    /// There and back.
    ThereAndBack,
    /// The spec contradicts itself, and nothing was changed.
    Contradicts,
    /// The plan named what stands in the way, and nothing was changed.
    Refused,
}

/// Words of the spec that no output may have.
const SECRETS: [&str; 2] = ["proxysecret", "0123456789abcdef"];

/// Cases of every kind.
pub fn cases(readers: Readers) -> impl Strategy<Value = Case> {
    (spec::specs(), tree::trees(readers), proptest::bool::weighted(0.4))
        .prop_map(|(spec, files, running)| Case { spec, files, running })
}

/// Whether the property holds for a case.
///
/// # Errors
///
/// What does not hold.
pub fn check(case: &Case) -> Result<Went, String> {
    let spec =
        NodeSpec::from_yaml(&case.spec).map_err(|error| format!("the spec cannot be read: {error}"))?;
    let fake = FakeHost::new(&[]);
    tree::lay(&fake, &case.files);
    let host = if case.running { fake.running() } else { fake.offline() };
    let before = fake.files();
    let Some(wanted) = wanted(&spec, &host) else { return Ok(Went::Contradicts) };
    let todo = planned(&host, &wanted);
    unchanged("planned", &before, &fake)?;
    secrets(&todo)?;
    if !todo.problems().is_empty() {
        return match apply(&host, &wanted, &todo, &ApplyOptions::default(), &mut NoProgress) {
            Err(ApplyError::NotBegun(Error::Problem { .. })) => {
                unchanged("refused", &before, &fake).map(|()| Went::Refused)
            }
            other => Err(format!("problems are in the way, and apply says {other:?}")),
        };
    }
    let done = apply(&host, &wanted, &todo, &ApplyOptions::default(), &mut NoProgress);
    done.map(drop).map_err(|error| format!("not applied: {error:?}, {todo:?}"))?;
    settled(&spec, &host)?;
    let back = rollback(&host, Back::All, Duration::ZERO, &mut NoProgress);
    let back = back.map_err(|error| format!("not rolled back: {error:?}"))?;
    if !back.is_complete() {
        return Err(format!("not all is rolled back: {back:?}"));
    }
    unchanged("rolled back", &before, &fake).map(|()| Went::ThereAndBack)
}

/// With the facts seen anew, as the next run of the program sees them.
fn settled(spec: &NodeSpec, host: &Host) -> Result<(), String> {
    let again = wanted(spec, host).ok_or("what was no contradiction is one once applied")?;
    let left = planned(host, &again);
    if left.is_done() { Ok(()) } else { Err(format!("applied, and left to do is {left:?}")) }
}

fn wanted(spec: &NodeSpec, host: &Host) -> Option<Desired> {
    let facts = host_prep::facts::observe(host, &ObserveOptions::default());
    let written = host.root().read(std::path::Path::new(k8sprep::recipe::KUBEADM_FILE)).ok().flatten();
    let token = written.as_deref().and_then(k8sprep::recipe::token_in);
    let token = token.or_else(|| "abcdef.0123456789abcdef".parse().ok())?;
    desired(spec, &facts, token).ok().map(|recipe| recipe.desired)
}

fn planned(host: &Host, wanted: &Desired) -> Plan {
    plan(wanted, &host_prep::observe(host, wanted))
}

fn secrets(plan: &Plan) -> Result<(), String> {
    let diffs: String = plan.steps().iter().map(|step| step.change.diff()).collect();
    let shown = serde_json::to_string(plan).map_err(|error| error.to_string())? + &diffs;
    match SECRETS.iter().find(|secret| shown.contains(*secret)) {
        Some(secret) => Err(format!("the plan shows {secret}")),
        None => Ok(()),
    }
}

fn unchanged(when: &str, before: &Tree, fake: &FakeHost) -> Result<(), String> {
    match differences(before, &fake.files()).as_slice() {
        [] => Ok(()),
        differ => Err(format!("{when}, and the tree differs: {}", differ.join("; "))),
    }
}
