//! Changes that programs make and programs roll back: units, firewalls, holds.

use serde::{Deserialize, Serialize};

use crate::Invocation;

/// Programs that change the running system, and the ones that roll it back. Each may be run again
/// without harm.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Action {
    /// What is done, as a verb.
    pub verb: String,
    /// To what.
    pub subject: String,
    /// What is run, in order.
    pub run: Vec<Invocation>,
    /// What is run to roll it back, in order.
    pub undo: Vec<Invocation>,
    /// What tells why it failed, if it does: the log of a unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explained_by: Option<Invocation>,
}

impl Action {
    /// An action with its undo.
    pub fn new(
        verb: impl Into<String>,
        subject: impl Into<String>,
        run: impl IntoIterator<Item = Invocation>,
        undo: impl IntoIterator<Item = Invocation>,
    ) -> Self {
        let (run, undo) = (run.into_iter().collect(), undo.into_iter().collect());
        Self { verb: verb.into(), subject: subject.into(), run, undo, explained_by: None }
    }

    /// The same; where it fails, what this prints is told with it.
    #[must_use]
    pub fn explained_by(self, question: Invocation) -> Self {
        Self { explained_by: Some(question), ..self }
    }

    pub(crate) fn diff(&self) -> String {
        self.run.iter().map(|command| format!("$ {command}\n")).collect()
    }

    pub(crate) fn undo_text(&self) -> String {
        let commands: Vec<_> = self.undo.iter().map(Invocation::to_string).collect();
        if commands.is_empty() { "nothing to roll back".into() } else { commands.join(" && ") }
    }
}
