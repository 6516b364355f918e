//! Running the programs of an action, and those of its undo.

use crate::ground::error::chain;
use crate::host::log;
use crate::plan::undone::Undone;
use crate::{Action, Error, Host, Watch};

impl Action {
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
