//! The difference between what a host is and what it shall be: steps, each with its reason and its
//! undo.

pub(crate) mod action;
pub(crate) mod node;
pub(crate) mod observed;
pub(crate) mod packages;
pub(crate) mod step;
pub(crate) mod undone;

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::Observed;
use crate::fs::Mode;
use crate::ground::code::Code;
use crate::plan::action::Action;
use crate::plan::node::Node;
use crate::plan::step::{Change, FileChange, Need, Risk, Step};

/// The schema of a plan's JSON.
pub const PLAN_SCHEMA: &str = "k8sprep.plan/v1";

/// Every change between what is and what shall be, in the order it is made.
///
/// The plan is complete: before- and after-image of every change are in it, nothing is decided
/// while it is applied.
///
/// Its JSON (`k8sprep.plan/v1`) is for people and for other programs to judge by, and is one way on
/// purpose: passwords, tokens and the content of secret files are masked or given as digests there
/// ([`Content`]), so that a plan read back could not be applied. Keep the
/// [`Desired`](crate::Desired) instead and plan again; [`apply`](crate::apply) refuses a plan that
/// the host has overtaken.
///
/// [`Content`]: crate::Content
///
/// ```
/// use host_prep::resource::Managed;
/// use host_prep::{Desired, Host, fs::Root, verify};
///
/// # let dir = tempfile::tempdir()?;
/// let host = Host::offline(Root::open(dir.path())?);
/// let secret = Managed::secret_file("acme", "/etc/acme/token", "abcdef.0123456789abcdef");
/// let json = serde_json::to_string(&verify(&host, &Desired::new().with(secret)))?;
/// assert!(json.starts_with("{\"schema\":\"k8sprep.plan/v1\"") && !json.contains("abcdef"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Plan {
    schema: &'static str,
    steps: Vec<Step>,
    problems: Vec<Problem>,
    notes: Vec<Problem>,
}

/// Something a plan cannot make true, or that somebody should know of.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Problem {
    /// The stable name of the fault.
    pub code: &'static str,
    /// The kind of resource that found it.
    pub resource: &'static str,
    /// What is the matter, and where.
    pub what: String,
    /// What can be done about it.
    pub hint: String,
}

/// What is the matter, and what can be done, as `sysctl: … (…)`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.resource, self.what)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, " ({})", self.hint) }
    }
}

/// A plan while the resources write it.
#[derive(Debug)]
pub struct Draft<'a> {
    seen: &'a Observed,
    resource: &'static str,
    plan: Plan,
    /// Who changes which file already.
    taken: BTreeMap<PathBuf, &'static str>,
}

/// Why a step is made, and what it costs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reason {
    reason: String,
    risk: Risk,
    needs: Vec<Need>,
}

impl Plan {
    /// The steps in order.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What stands in the way and no step removes.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// What somebody should know, though nothing has to change for it.
    #[must_use]
    pub fn notes(&self) -> &[Problem] {
        &self.notes
    }

    /// Whether the host is as desired: nothing to change and nothing in the way.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.steps.is_empty() && self.problems.is_empty()
    }

    /// The same as the continuation of `taken` steps: numbers go on where those end.
    #[must_use]
    pub(crate) fn after(mut self, taken: usize) -> Self {
        self.steps.iter_mut().for_each(|step| step.number += taken);
        self
    }

    /// What has to happen after all steps, each once.
    #[must_use]
    pub fn needs(&self) -> Vec<Need> {
        let mut needs: Vec<_> = self.steps.iter().flat_map(|step| step.needs.iter().cloned()).collect();
        needs.sort();
        needs.dedup();
        needs
    }
}

impl<'a> Draft<'a> {
    /// Nothing yet, of a host that was seen so.
    pub(crate) fn new(seen: &'a Observed) -> Self {
        let plan = Plan { schema: PLAN_SCHEMA, steps: Vec::new(), problems: Vec::new(), notes: Vec::new() };
        Self { seen, resource: "", plan, taken: BTreeMap::new() }
    }

    /// What comes now is of this kind.
    pub(crate) fn of(&mut self, resource: &'static str) {
        self.resource = resource;
    }

    /// All of it.
    pub(crate) fn finished(self) -> Plan {
        self.plan
    }
}

impl Draft<'_> {
    /// Wants the file at `path`, links followed, to be `wanted`. No step where it is already, a
    /// problem where it cannot be.
    pub fn file(&mut self, path: &Path, wanted: Node, because: Reason) {
        let look = match self.seen.file(path) {
            Ok(look) => look,
            Err(why) => {
                let hint = "take away what is named, or run as root where it cannot be read";
                return self.coded_problem(Code::FileUnreadable, why, hint);
            }
        };
        if look.node == wanted {
            return;
        }
        if let Some(why) = &look.unfit {
            let hint = "change it by hand, or take away what is named";
            return self.coded_problem(
                Code::FileNotReplaceable,
                format!("{} must change, but {why}", path.display()),
                hint,
            );
        }
        if let Some(other) = self.taken.insert(look.target.clone(), self.resource) {
            let what = format!("{} is wanted twice, by {other} and by {}", path.display(), self.resource);
            return self.coded_problem(Code::FileWantedTwice, what, "let only one of them have it");
        }
        let before = look.node.clone().with_secrecy(wanted.secrecy());
        let change = FileChange { path: path.to_owned(), target: look.target.clone(), before, after: wanted };
        self.step(Change::File(change), because);
    }

    /// The same for a file that is ours as a whole: where somebody made the one that is there less
    /// readable, it stays so.
    pub fn own_file(&mut self, path: &Path, wanted: Node, because: Reason) {
        let wanted = match (self.seen.file(path).map(|look| &look.node), wanted) {
            (Ok(Node::File { mode: old, .. }), Node::File { content, mode }) => {
                Node::File { content, mode: mode.narrowed_by(*old) }
            }
            (_, wanted) => wanted,
        };
        self.file(path, wanted, because);
    }

    /// Wants the regular file at `path` to have this content; its mode stays, or is `mode` where it
    /// is new.
    pub fn content(&mut self, path: &Path, bytes: Vec<u8>, mode: Mode, because: Reason) {
        let kept = match self.seen.file(path).map(|look| &look.node) {
            Ok(Node::File { mode, .. }) => *mode,
            _ => mode,
        };
        self.file(path, Node::file(bytes, kept), because);
    }

    /// Wants the kernel value at `path` to be `after`, white space aside. `module` is the one that
    /// brings it.
    pub fn value(&mut self, path: &Path, after: &str, module: Option<&str>, because: Reason) {
        let after = after.to_owned();
        match self.seen.value(path) {
            Ok(Some(before)) if same_value(before, &after) => {}
            Ok(Some(before)) => {
                let before = Some(before.to_owned());
                self.step(Change::Value { path: path.to_owned(), before, after }, because);
            }
            Ok(None) if module.is_some_and(|module| self.loads(module)) => {
                self.step(Change::Value { path: path.to_owned(), before: None, after }, because);
            }
            Ok(None) => self.coded_problem(
                Code::KernelValueMissing,
                format!("this kernel has no {}", path.display()),
                "load the module it belongs to, or want another value",
            ),
            Err(why) => self.coded_problem(Code::FileUnreadable, why, "run as root"),
        }
    }

    fn loads(&self, module: &str) -> bool {
        self.plan
            .steps
            .iter()
            .any(|step| matches!(&step.change, Change::LoadModule { name } if name == module))
    }

    /// Whether packages are installed by an earlier step, and units with them that nobody has seen
    /// yet.
    pub(crate) fn installs_packages(&self) -> bool {
        self.plan.steps.iter().any(|step| matches!(step.change, Change::Packages(_)))
    }

    /// Whether an earlier step changed files of units and none has told systemd so.
    pub(crate) fn units_are_stale(&self) -> bool {
        let mut stale = false;
        for step in &self.plan.steps {
            let reloads = |action: &Action| action.run.iter().any(|call| call.args == ["daemon-reload"]);
            stale &= !matches!(&step.change, Change::Action(action) if reloads(action));
            stale |= step.needs.contains(&Need::DaemonReload);
        }
        stale
    }

    /// Adds the step that starts `unit`, which does not run: it reads then what earlier steps
    /// changed, so that nothing has to follow for it.
    pub(crate) fn start(&mut self, unit: &str, change: Change, because: Reason) {
        let follows = |need: &Need| matches!(need, Need::Reload { unit: of } | Need::Restart { unit: of } if of == unit);
        self.plan.steps.iter_mut().for_each(|step| step.needs.retain(|need| !follows(need)));
        self.step(change, because);
    }

    /// Adds a step.
    pub fn step(&mut self, change: Change, because: Reason) {
        let number = self.plan.steps.len() + 1;
        let Reason { reason, risk, mut needs } = because;
        // Where nothing runs, nothing has to follow but what is made of the files.
        needs.retain(|need| self.seen.is_running() || need.is_of_files());
        self.plan.steps.push(Step { number, resource: self.resource, reason, change, risk, needs });
    }

    /// Says what no step can make true, by the stable name of the fault.
    pub fn coded_problem(
        &mut self,
        code: impl Into<&'static str>,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let problem = self.told(code.into(), what.into(), hint.into());
        self.plan.problems.push(problem);
    }

    /// Says what somebody should know, by the stable name of it.
    pub fn coded_note(
        &mut self,
        code: impl Into<&'static str>,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let note = self.told(code.into(), what.into(), hint.into());
        self.plan.notes.push(note);
    }

    fn told(&self, code: &'static str, what: String, hint: String) -> Problem {
        Problem { code, resource: self.resource, what, hint }
    }
}

impl Reason {
    /// A reason; the risk is low and nothing is needed afterwards.
    #[must_use]
    pub fn of(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), risk: Risk::Low, needs: Vec::new() }
    }

    /// The same for another reason.
    #[must_use]
    pub fn reason(self, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), ..self }
    }

    /// The same with this risk.
    #[must_use]
    pub fn risking(self, risk: Risk) -> Self {
        Self { risk, ..self }
    }

    /// The same, needing this afterwards.
    #[must_use]
    pub fn needing(mut self, needs: impl IntoIterator<Item = Need>) -> Self {
        self.needs.extend(needs);
        self
    }
}

/// The kernel answers `4096\t87380` to `4096 87380`.
pub(crate) fn same_value(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}
