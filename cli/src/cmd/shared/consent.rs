//! Asking before a host is changed.
//!
//! Only a `yes` in full goes on. Where nobody can be asked the run ends before it changes
//! anything.

use std::io::{BufRead, IsTerminal, stdin};

use crate::stage::Answer;
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
    pub(crate) fn answer(self, question: &str, ui: &mut Ui) -> Answer {
        if self.yes {
            return Answer::Yes;
        }
        if !stdin().is_terminal() {
            return Answer::NobodyToAsk;
        }
        ui.note(format_args!("{question} Write `yes` to go on:"));
        let mut answer = String::new();
        match stdin().lock().read_line(&mut answer) {
            Ok(_) if answer.trim() == "yes" => Answer::Yes,
            Ok(_) => Answer::No,
            // A terminal that went away while it was asked.
            Err(_) => Answer::NobodyToAsk,
        }
    }
}
