//! `k8sprep token secret`.
//!
//! The Secret that a bootstrap token is, as YAML for `kubectl apply`: for clusters whose API
//! server is reached from elsewhere.

use kubeadm_config::{BootstrapToken, Duration, TokenSecret};
use std::time::SystemTime;

use crate::cmd::Run;
use crate::failure::Failure;
use crate::surroundings::random_token;
use crate::ui::{Format, Ui};

/// The flags of `token secret`.
#[derive(clap::Args, Debug)]
pub(crate) struct Secret {
    /// The token [default: a new random one]
    #[arg(long, value_name = "TOKEN")]
    token: Option<BootstrapToken>,
    /// How long the token lives from now, such as 2h30m; 0 for ever
    #[arg(long, value_name = "TIME", default_value = "24h0m0s")]
    ttl: Duration,
    /// What the token is for, in words
    #[arg(long, value_name = "TEXT", default_value = "")]
    description: String,
    /// What the token may be used for: signing, authentication; may be given several times
    /// [default: both]
    #[arg(long = "usage", value_name = "USAGE", value_parser = ["signing", "authentication"])]
    usages: Vec<String>,
    /// A group the bearer is in, system:bootstrappers:...; may be given several times [default:
    /// kubeadm's]
    #[arg(long = "group", value_name = "GROUP")]
    groups: Vec<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Secret {
    const NAME: &'static str = "secret";
    const ABOUT: &'static str =
        "Print the Secret that makes a cluster know a token, as `kubeadm token create` would create it";
    const EXAMPLES: &'static str = "
  k8sprep token secret | kubectl apply -f -
  k8sprep token secret --token abcdef.0123456789abcdef --ttl 2h --description 'rack 7' > s.yaml";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        if self.ttl < Duration::ZERO {
            return Err(Failure::usage("--ttl must not be negative"));
        }
        let token = self.token.map_or_else(random_token, Ok)?;
        let mut secret = TokenSecret::new(token.clone());
        secret.description = self.description;
        if !self.usages.is_empty() {
            secret.usages = self.usages;
        }
        if !self.groups.is_empty() {
            secret.groups = self.groups;
        }
        let secret = secret.ending(SystemTime::now(), self.ttl);
        let manifest = secret.to_yaml().map_err(|error| Failure::from_error(&error))?;
        match self.output {
            Format::Text => ui.text(manifest),
            Format::Json => {
                let told = serde_json::json!({ "token": token.to_string(), "manifest": manifest });
                ui.json("token-secret", &told)
            }
        }
    }
}
