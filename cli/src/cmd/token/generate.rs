//! `k8sprep token generate`.
//!
//! A new token that no cluster knows yet, from the kernel's random numbers; for a spec or `kubeadm
//! init --token`.

use crate::cmd::Run;
use crate::failure::Failure;
use crate::surroundings::random_token;
use crate::ui::{Format, Ui};

/// The flags of `token generate`.
#[derive(clap::Args, Debug)]
pub(crate) struct Generate {
    /// How to print it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Generate {
    const NAME: &'static str = "generate";
    const ABOUT: &'static str = "Print a new random bootstrap token; no cluster knows it yet";
    const EXAMPLES: &'static str = "
  k8sprep token generate
  k8sprep token secret --token \"$(k8sprep token generate)\" | kubectl apply -f -";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let token = random_token()?;
        match self.output {
            Format::Text => ui.line(token),
            Format::Json => ui.json("token", &serde_json::json!({ "token": token.to_string() })),
        }
    }
}
