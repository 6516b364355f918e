//! `k8sprep print-defaults`.

use kubeadm_config::like_kubeadm::{DefaultsKind, print_defaults};

use crate::cmd::Run;
use crate::cmd::shared::kubeadm::{Imitated, print};
use crate::failure::Failure;
use crate::ui::Ui;

/// The flags of `print-defaults`.
#[derive(clap::Args, Debug)]
pub(crate) struct PrintDefaults {
    /// Whose defaults
    #[arg(value_enum)]
    kind: Kind,
    /// Add these component configs: KubeletConfiguration, KubeProxyConfiguration
    #[arg(long, value_name = "KIND,...")]
    component_configs: Vec<String>,
    #[command(flatten)]
    imitated: Imitated,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Kind {
    /// `kubeadm init`
    Init,
    /// `kubeadm join`
    Join,
    /// `kubeadm reset` (1.29 and newer)
    Reset,
    /// `kubeadm upgrade` (1.31 and newer)
    Upgrade,
}

impl Run for PrintDefaults {
    const NAME: &'static str = "print-defaults";
    const ABOUT: &'static str = "Print the default documents of a kubeadm release, byte for byte";
    const EXAMPLES: &'static str = "
  k8sprep print-defaults init --kubernetes-version v1.34.0
  k8sprep print-defaults init --component-configs KubeletConfiguration,KubeProxyConfiguration
  diff <(k8sprep print-defaults init --kubernetes-version v1.33.0) <(k8sprep print-defaults init)";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let kind = match self.kind {
            Kind::Init => DefaultsKind::Init,
            Kind::Join => DefaultsKind::Join,
            Kind::Reset => DefaultsKind::Reset,
            Kind::Upgrade => DefaultsKind::Upgrade,
        };
        print(&print_defaults(kind, &self.component_configs, &self.imitated.options(b"")?), ui)
    }
}
