//! `k8sprep certs upload`.
//!
//! `kubeadm init phase upload-certs`, and the key that it prints. It is shown once: who has it can
//! read every key of the control plane for two hours.

use host_prep::Host;

use crate::cmd::Run;
use crate::cmd::shared::console::Console;
use crate::cmd::shared::on_host::failed;
use crate::failure::Failure;
use crate::stage::{self, CERTIFICATES_LIFE};
use crate::ui::{Format, Ui};

/// The flags of `certs upload`.
#[derive(clap::Args, Debug)]
pub(crate) struct Upload {
    /// How to print the key
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Upload {
    const NAME: &'static str = "upload";
    const ABOUT: &'static str =
        "Upload the certificates for a further control plane, and print the key to them";
    const EXAMPLES: &'static str = "
  k8sprep certs upload
  k8sprep token create --control-plane      # the same with the whole line";
    const NOTES: &'static str = "
The cluster keeps them for two hours, encrypted with the key; whoever has both can be a control plane.
It runs kubeadm on this host, which has to be a control plane whose API server answers.";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = Host::live().map_err(|error| failed(&error))?;
        let key = stage::upload_certificates(&host, &mut Console::new(ui))?;
        let until = stage::moment(stage::after(stage::now(), CERTIFICATES_LIFE));
        match self.output {
            Format::Json => {
                let told = serde_json::json!({ "certificateKey": key.to_string(), "until": until });
                ui.json("certs-upload", &told)
            }
            Format::Text => ui.line(key),
        }
    }
}
