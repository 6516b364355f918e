//! `k8sprep completions`.

use clap_complete::Shell;

use crate::cmd::{Run, tree};
use crate::failure::Failure;
use crate::ui::Ui;

/// The flags of `completions`.
#[derive(clap::Args, Debug)]
pub(crate) struct Completions {
    /// For which shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Run for Completions {
    const NAME: &'static str = "completions";
    const ABOUT: &'static str = "Print the completion script of a shell";
    const EXAMPLES: &'static str = "
  k8sprep completions bash > /etc/bash_completion.d/k8sprep";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut tree(), "k8sprep", &mut script);
        ui.bytes(&script)
    }
}
