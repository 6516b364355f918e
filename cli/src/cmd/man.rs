//! `k8sprep man`.

use crate::cmd::{Run, tree};
use crate::failure::{Exit, Failure};
use crate::ui::Ui;

/// The flags of `man`.
#[derive(clap::Args, Debug)]
pub(crate) struct Man {
    /// The words of a command, such as `ca-hash`; none for the program's own page
    command: Vec<String>,
}

impl Run for Man {
    const NAME: &'static str = "man";
    const ABOUT: &'static str = "Print the manual page of a command in roff";
    const EXAMPLES: &'static str = "
  k8sprep man | man -l -
  k8sprep man ca-hash > /usr/local/share/man/man1/k8sprep-ca-hash.1";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let mut command = tree();
        for word in &self.command {
            let below = command.find_subcommand(word).cloned();
            command = below.ok_or_else(|| Failure::usage(format_args!("there is no command {word:?}")))?;
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(command)
            .render(&mut page)
            .map_err(|error| Failure::new(Exit::Failed, format_args!("cannot make the page: {error}")))?;
        ui.bytes(&page)
    }
}
