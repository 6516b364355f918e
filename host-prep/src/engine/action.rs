//! Running the programs of an action, and those of its undo.

use crate::ground::error::chain;
use crate::host::log;
use crate::{Action, Error, Host, Watch, package};

impl Action {
    pub(crate) fn take(&self, host: &Host, watch: &mut dyn Watch) -> Result<(), Error> {
        for command in &self.run {
            package::lock_is_free(host, command, watch)?;
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

    /// Every command of the undo is tried.
    ///
    /// # Errors
    /// The first failure; `watch` hears the others.
    pub(crate) fn take_back(&self, host: &Host, watch: &mut dyn Watch) -> Result<(), Error> {
        let mut first = Ok(());
        for command in &self.undo {
            let done = package::lock_is_free(host, command, watch).and_then(|()| host.run(command));
            match (done, &first) {
                (Ok(_), _) => {}
                (Err(error), Ok(())) => first = Err(error),
                (Err(error), Err(_)) => watch.said(&chain(&error)),
            }
        }
        first
    }
}
