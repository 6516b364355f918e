//! What `up` did, what it left, and how to go back.

use std::fmt::Write;
use std::path::PathBuf;

use host_prep::package::{Moved, moved};
use host_prep::{Applied, Change, Host, Need, Plan, TransactionId, TransactionStatus, history};
use serde::Serialize;

use crate::code::Code;
use crate::recipe::Note;
use crate::stage::Joining;
use crate::stage::{Error, chain, count};

/// What [`Up`](super::Up) did, what it left, and how to go back.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Summary {
    schema: &'static str,
    /// What the host is now.
    pub outcome: Outcome,
    changed: Changed,
    /// What was done to the cluster; no rollback undoes it.
    cluster: Vec<ClusterStep>,
    left: Vec<Left>,
    /// CRI-O's, as it says itself.
    pub cgroup_driver: Option<String>,
    pub(super) join: Option<Joining>,
    back: Vec<Back>,
    /// Why it failed.
    failure: Option<String>,
    /// The name of that fault.
    failure_code: Option<&'static str>,
}

/// What a host is after `up`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// It failed on the way.
    Failed,
    /// Ready for kubeadm.
    Prepared,
    /// The control plane of a cluster.
    ControlPlane,
    /// A node that joined one.
    Node,
}

/// What became different on the host in this run, by kind.
#[derive(Debug, Default, Serialize)]
struct Changed {
    transactions: Vec<TransactionId>,
    files: Vec<Done>,
    values: Vec<Value>,
    modules: Vec<String>,
    swap: Vec<PathBuf>,
    packages: Vec<Moved>,
    services: Vec<Done>,
    firewall: Vec<Done>,
    other: Vec<Done>,
}

/// Something that was done to something.
#[derive(Debug, Serialize)]
struct Done {
    verb: String,
    what: String,
}

/// A value of the running kernel.
#[derive(Debug, Serialize)]
struct Value {
    name: String,
    before: Option<String>,
    after: String,
}

#[derive(Debug, Serialize)]
struct ClusterStep {
    step: &'static str,
    /// `false`: it was so before this run.
    now: bool,
    /// Whether anything is other than before: waiting and testing change nothing.
    changed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<String>,
}

/// What this run did not make so, or left alone.
#[derive(Debug, Eq, PartialEq, Serialize)]
struct Left {
    code: &'static str,
    what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// A way back.
#[derive(Debug, Serialize)]
struct Back {
    command: String,
    what: String,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            schema: "k8sprep.up/v1",
            outcome: Outcome::Failed,
            changed: Changed::default(),
            cluster: Vec::new(),
            left: Vec::new(),
            cgroup_driver: None,
            join: None,
            back: Vec::new(),
            failure: None,
            failure_code: None,
        }
    }
}

impl Summary {
    /// Adds the steps of a plan that were taken: all of them, or the first ones.
    pub(super) fn took(&mut self, host: &Host, plan: &Plan, applied: &Applied) {
        let changed = &mut self.changed;
        for step in plan.steps().iter().take(applied.taken) {
            let done = || Done { verb: step.change.verb().to_owned(), what: step.change.subject() };
            match &step.change {
                Change::File(_) => changed.files.push(done()),
                Change::LoadModule { name } => changed.modules.push(name.clone()),
                Change::SwapOff { area, .. } => changed.swap.push(area.clone()),
                Change::Value { before, after, .. } => changed.values.push(Value {
                    name: step.change.subject(),
                    before: before.clone(),
                    after: after.clone(),
                }),
                // What came along is only known afterwards.
                Change::Packages(_) => {}
                _ if step.resource == "service" => changed.services.push(done()),
                _ if step.resource == "firewall" => changed.firewall.push(done()),
                _ => changed.other.push(done()),
            }
        }
        let Some(id) = applied.id else { return };
        changed.transactions.push(id);
        changed.packages.extend(moved(host, id).unwrap_or_default());
    }

    /// Adds what a plan only tells.
    pub(super) fn left(&mut self, plan: &Plan) {
        plan.notes().iter().for_each(|note| self.remains(note.code, &note.what, &note.hint));
    }

    /// Adds what the recipe only tells.
    pub(super) fn notes(&mut self, notes: &[Note]) {
        self.left.extend(notes.iter().map(|note| Left {
            code: note.code,
            what: note.text.clone(),
            hint: None,
        }));
    }

    /// Adds what has to follow and was not done.
    pub(super) fn needs(&mut self, needs: &[Need]) {
        let code = Code::NeedLeft.as_str();
        for need in needs {
            self.remains(code, &format!("still needed: {need}"), "it is not done unasked");
        }
    }

    pub(super) fn remains(&mut self, code: &'static str, what: &str, hint: &str) {
        let left = Left { code, what: what.to_owned(), hint: Some(hint.to_owned()) };
        if !self.left.contains(&left) {
            self.left.push(left);
        }
    }

    /// What a step of the cluster makes so, is: by this run, or it was before.
    pub(super) fn cluster(&mut self, step: &'static str, what: &str, now: bool) {
        self.cluster.push(ClusterStep { step, now, changed: now, what: Some(what.to_owned()) });
    }

    /// The same of one that only looks.
    pub(super) fn seen(&mut self, step: &'static str, what: &str, now: bool) {
        self.cluster.push(ClusterStep { step, now, changed: false, what: Some(what.to_owned()) });
    }

    /// A step of the cluster had been taken before.
    pub(super) fn stands(&mut self, step: &'static str) {
        self.cluster.push(ClusterStep { step, now: false, changed: false, what: None });
    }

    /// Whether anything is different than before.
    #[must_use]
    pub fn changed_something(&self) -> bool {
        !self.changed.transactions.is_empty() || self.cluster.iter().any(|step| step.changed)
    }

    /// How it ended, and every way back there is now.
    pub(super) fn end(&mut self, host: &Host, ended: &Result<(), Error>) {
        if let Err(failure) = ended {
            self.outcome = Outcome::Failed;
            self.failure = Some(chain(failure));
            self.failure_code = Some(failure.code());
        }
        let in_cluster = host_prep::cluster::standing(host).is_ok_and(|standing| !standing.is_bare());
        if in_cluster {
            let what = "takes the node out of its cluster, and all transactions back".to_owned();
            self.back.push(Back { command: "k8sprep down".into(), what });
            // A rollback would take CRI-O and forwarding from under it.
            return;
        }
        // A history that cannot be read is told by `k8sprep history`.
        let stands = |status: TransactionStatus| {
            matches!(
                status,
                TransactionStatus::Applied | TransactionStatus::Stopped | TransactionStatus::Failed
            )
        };
        let all = history(host).unwrap_or_default();
        // The newest first, as they have to be rolled back.
        for one in all.iter().rev().filter(|one| stands(one.status)) {
            let to = format!("k8sprep rollback --to {}", one.id.saturating_sub(1));
            let steps = count(one.steps.len(), "step");
            let of =
                if self.changed.transactions.contains(&one.id) { "of this run" } else { "of an earlier run" };
            let what = format!("rolls back transaction {} {of}, {steps}, and what came after it", one.id);
            self.back.push(Back { command: to, what });
        }
    }

    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "{}", self.headline());
        self.changed.text(&mut text);
        for step in &self.cluster {
            let when = if step.now { "" } else { " (before this run)" };
            let what = step.what.as_ref().map(|what| format!(": {what}")).unwrap_or_default();
            let _ = writeln!(text, "  cluster   {}{when}{what}", step.step);
        }
        for left in &self.left {
            let hint = left.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
            let _ = writeln!(text, "  left      {}{hint} [{}]", left.what, left.code);
        }
        for Back { command, what } in &self.back {
            let _ = writeln!(text, "  back      `{command}` {what}");
        }
        if let Some(join) = &self.join {
            text.push_str(&join.text());
        }
        text
    }

    /// One line, by the outcome.
    fn headline(&self) -> &'static str {
        match self.outcome {
            Outcome::Failed => "it did not come to its end; so far:",
            Outcome::Prepared => "the host is ready for kubeadm",
            Outcome::ControlPlane => "the host is a control plane",
            Outcome::Node => "the host is a node of its cluster",
        }
    }
}

impl Changed {
    /// What changed on the host, a line each.
    fn text(&self, text: &mut String) {
        let ids: Vec<_> = self.transactions.iter().map(ToString::to_string).collect();
        let _ = match ids.as_slice() {
            [] => writeln!(text, "  changed   nothing on the host"),
            ids => writeln!(text, "  changed   in transaction {}:", ids.join(" and ")),
        };
        for Moved { name, before, after, .. } in &self.packages {
            let _ = match (before, after) {
                (Some(before), Some(after)) => writeln!(text, "  package   {name} {before} -> {after}"),
                (None, Some(after)) => writeln!(text, "  package   {name} {after} (new)"),
                (before, _) => {
                    writeln!(text, "  package   {name} {} (gone)", before.as_deref().unwrap_or_default())
                }
            };
        }
        let mut told = |kind: &str, all: &[Done]| {
            for Done { verb, what } in all {
                let _ = writeln!(text, "  {kind:9} {verb} {what}");
            }
        };
        told("file", &self.files);
        told("service", &self.services);
        told("firewall", &self.firewall);
        told("other", &self.other);
        for name in &self.modules {
            let _ = writeln!(text, "  module    {name} loaded");
        }
        for Value { name, before, after } in &self.values {
            let before = before.as_deref().unwrap_or("none");
            let _ = writeln!(text, "  value     {name} {before} -> {after}");
        }
        for area in &self.swap {
            let _ = writeln!(text, "  swap      {} off", area.display());
        }
    }
}
