//! `k8sprep token generate`.

use crate::cmd::Run;
use crate::failure::Failure;
use crate::surroundings::random_token;
use crate::ui::Ui;

/// The flags of `token generate`.
#[derive(clap::Args, Debug)]
pub(crate) struct Generate {}

impl Run for Generate {
    const NAME: &'static str = "generate";
    const ABOUT: &'static str = "Print a new random bootstrap token; no cluster knows it yet";
    const EXAMPLES: &'static str = "
  k8sprep token generate
  k8sprep token secret --token \"$(k8sprep token generate)\" | kubectl apply -f -";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        ui.line(random_token()?)
    }
}
