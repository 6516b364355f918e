//! `k8sprep token create`.
//!
//! A new token that the cluster knows, by `kubeadm token create`. JSON: `k8sprep.join/v1`.

use host_prep::Host;
use kubeadm_config::Duration;

use crate::cmd::Run;
use crate::cmd::shared::console::Console;
use crate::cmd::shared::on_host::failed;
use crate::failure::Failure;
use crate::stage::{self, JoinToken, Joining};
use crate::ui::{Format, Ui};

/// The flags of `token create`.
#[derive(clap::Args, Debug)]
pub(crate) struct Create {
    /// How long the token lives, such as 2h30m; 0 for ever
    #[arg(long, value_name = "TIME", default_value = "24h0m0s")]
    ttl: Duration,
    /// Upload the certificates, too, and print the line for a further control plane
    #[arg(long)]
    control_plane: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Create {
    const NAME: &'static str = "create";
    const ABOUT: &'static str = "Make a token on a control plane, and print the line with which nodes join";
    const EXAMPLES: &'static str = "
  k8sprep token create                                # the line for a worker
  k8sprep token create --control-plane                # for a further control plane; two hours
  k8sprep token create --ttl 30m --output json        # with the `join:` block of a spec
  ssh node2 \"sudo $(sudo k8sprep token create)\"";
    const NOTES: &'static str = "
It runs kubeadm on this host, which has to be a control plane whose API server answers.";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        if self.ttl < Duration::ZERO {
            return Err(Failure::usage("--ttl must not be negative"));
        }
        let life = u64::try_from(self.ttl.as_secs()).unwrap_or_default();
        if life == 0 && self.ttl != Duration::ZERO {
            return Err(Failure::usage("--ttl must be a second at least, or 0"));
        }
        let host = Host::live().map_err(|error| failed(&error))?;
        let console = &mut Console::new(ui);
        let token = JoinToken::create(&host, std::time::Duration::from_secs(life), console)?;
        let key = self.control_plane.then(|| stage::upload_certificates(&host, console)).transpose()?;
        let joining = Joining::with(token, key)?;
        match self.output {
            Format::Json => ui.json("join", &joining),
            Format::Text => ui.line(joining.control_plane_command.unwrap_or(joining.command)),
        }
    }
}
