//! `k8sprep ca-hash`.

use std::path::PathBuf;

use crate::cmd::Run;
use crate::failure::Failure;
use crate::ui::{Format, Ui};

/// The flags of `ca-hash`.
#[derive(clap::Args, Debug)]
pub(crate) struct CaHash {
    /// The CA file, PEM; `-` reads stdin
    #[arg(default_value = "/etc/kubernetes/pki/ca.crt")]
    file: PathBuf,
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

impl Run for CaHash {
    const NAME: &'static str = "ca-hash";
    const ABOUT: &'static str =
        "Print the pins of a CA file for `kubeadm join --discovery-token-ca-cert-hash`";
    const EXAMPLES: &'static str = "  k8sprep ca-hash\n";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let _ = self.output;
        ui.line(self.file.display())
    }
}
