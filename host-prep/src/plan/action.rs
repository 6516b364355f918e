//! Changes that programs make and programs take back: units, firewalls, holds.

use serde::{Deserialize, Serialize};

use crate::engine::change::Undone;
use crate::plan::observed::chain;
use crate::resource::service::log;
use crate::{Error, Host, Invocation, Watch};

/// Programs that change the running system, and the ones that take it back. Each may be run again without harm.
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
    /// What is run to take it back, in order.
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
        if commands.is_empty() { "nothing has to be taken back".into() } else { commands.join(" && ") }
    }

    pub(crate) fn take(&self, host: &Host, watch: &mut dyn Watch) -> Result<(), Error> {
        for command in &self.run {
            let outcome = host.attend(command, watch)?;
            if outcome.status == Some(0) {
                continue;
            }
            let (command, how) = (command.to_string(), outcome.to_string());
            return Err(match &self.explained_by {
                Some(question) => Error::Unit { command, how, log: log(host, question) },
                None => Error::CommandFailed { command, how },
            });
        }
        Ok(())
    }

    /// Every command of the undo is tried; those that failed are told.
    pub(crate) fn take_back(&self, host: &Host) -> Undone {
        let failed: Vec<_> = self.undo.iter().filter_map(|command| host.run(command).err()).collect();
        let why: Vec<_> = failed.iter().map(|error| chain(error)).collect();
        if why.is_empty() { Undone::Yes } else { Undone::Kept { why: why.join("; "), wanted: None } }
    }
}
