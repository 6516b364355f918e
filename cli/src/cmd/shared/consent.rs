//! Asking before a host is changed.

use std::io::{BufRead, IsTerminal, stdin};

use crate::failure::{Exit, Failure};
use crate::ui::Ui;

/// Whether to go on without asking.
#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Consent {
    /// Go on without asking
    #[arg(long)]
    pub(crate) yes: bool,
}

impl Consent {
    /// Asks `question` on the terminal unless consent was given; anything but `yes` is a no.
    pub(crate) fn to(self, question: &str, ui: &mut Ui) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        let refused = |why: &str| Failure::new(Exit::Failed, format_args!("nothing was changed: {why}"));
        if !stdin().is_terminal() {
            return Err(refused("there is nobody to ask").hint("give --yes to go on without being asked"));
        }
        ui.note(format_args!("{question} Write `yes` to go on:"));
        let mut answer = String::new();
        stdin().lock().read_line(&mut answer).map_err(|error| Failure::from_error(&error))?;
        if answer.trim() == "yes" { Ok(()) } else { Err(refused("the answer was not `yes`")) }
    }
}
