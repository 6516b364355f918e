//! `k8sprep print-defaults`.
//!
//! `kubeadm config print ...-defaults` of any release, without kubeadm. `upgrade-defaults` came
//! with 1.31; `--component-configs` on `join-defaults` was taken out by 1.29.

use kubeadm_config::like_kubeadm::{DefaultsKind, print_defaults};

use crate::cmd::Run;
use crate::cmd::shared::kubeadm::{Imitated, print, result};
use crate::cmd::shared::output_file::generated;
use crate::failure::Failure;
use crate::masked::Secrets;
use crate::ui::{Format, Ui};

/// The flags of `print-defaults`.
#[derive(clap::Args, Debug)]
#[command(mut_arg("kubernetes_version", |version| version
    .help("The kubeadm release to go by [default: the newest minor known]")))]
#[command(mut_arg("node_name", |name| name.help("The node's name [default: the host's name]")))]
pub(crate) struct PrintDefaults {
    /// Whose defaults
    #[arg(value_enum)]
    kind: Kind,
    /// Add these component configs: KubeletConfiguration, KubeProxyConfiguration
    #[arg(long, value_name = "KIND,...")]
    component_configs: Vec<String>,
    #[command(flatten)]
    imitated: Imitated,
    /// How to print them
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// The minors with `kubeadm config print reset-defaults` and `upgrade-defaults`.
const RESET_SINCE: u64 = 29;
/// The first minor of kubeadm with `upgrade-defaults`.
const UPGRADE_SINCE: u64 = 31;

/// Which release to name instead.
fn since(kind: &str, minor: u64) -> String {
    format!("{kind} came with kubeadm 1.{minor}; give --kubernetes-version v1.{minor}.0 or newer")
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
        let options = self.imitated.options(b"")?;
        let (release, source) = self.imitated.newest_or_named()?;
        if let Some(why) = source.assumed() {
            ui.note(format_args!("the defaults of kubeadm {} ({why})", release.version()));
        }
        let answer = print_defaults(kind, &self.component_configs, &options);
        let printed = match self.output {
            Format::Text => print(&answer, ui),
            Format::Json => result(answer, &Secrets::of(b""), ui)
                .and_then(|text| generated(&text, None, Some((&release, source)), Format::Json, ui)),
        };
        printed.map_err(|failure| match (self.kind, options.release.minor().number()) {
            // kubeadm's own words name a subcommand of its own.
            (Kind::Reset, ..RESET_SINCE) => failure.hint(since("ResetConfiguration", RESET_SINCE)),
            (Kind::Upgrade, ..UPGRADE_SINCE) => failure.hint(since("UpgradeConfiguration", UPGRADE_SINCE)),
            _ => failure,
        })
    }
}
