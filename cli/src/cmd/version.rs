//! `k8sprep version`.
//!
//! Which releases of kubeadm and CRI-O this program knows, and the commit that it was built from.
//! JSON: `k8sprep.version/v1`.

use crio_config::Release;
use kubeadm_config::KubeadmRelease;
use serde::Serialize;

use crate::cmd::Run;
use crate::failure::Failure;
use crate::ui::{Format, Ui};

/// What `--version` says.
pub(super) const SHORT: &str = env!("CARGO_PKG_VERSION");

/// The flags of `version`.
#[derive(clap::Args, Debug)]
pub(crate) struct Version {
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// `k8sprep.version/v1`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Printed {
    version: &'static str,
    /// `null`: not built of a checkout.
    commit: Option<&'static str>,
    kubeadm: Known,
    crio: Known,
}

/// From which minor to which.
#[derive(Serialize)]
struct Known {
    oldest: String,
    newest: String,
}

impl Run for Version {
    const NAME: &'static str = "version";
    const ABOUT: &'static str = "Print the version, its commit, and the releases that are known";
    const EXAMPLES: &'static str = "
  k8sprep version
  k8sprep version --output json | jq -r .commit";
    const NOTES: &'static str = "
A commit that ends with -dirty was built with changes that are in no commit.";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let printed = printed();
        if self.output == Format::Json {
            return ui.json("version", &printed);
        }
        let Printed { version, commit, kubeadm, crio } = printed;
        ui.line(format_args!("k8sprep {version}, commit {}", commit.unwrap_or("not known")))?;
        ui.line(format_args!("kubeadm {} to {}", kubeadm.oldest, kubeadm.newest))?;
        ui.line(format_args!("CRI-O {} to {}", crio.oldest, crio.newest))
    }
}

/// An empty commit is one that was built outside of git.
fn printed() -> Printed {
    let commit = env!("K8SPREP_COMMIT");
    let (oldest, newest) = KubeadmRelease::MINORS.into_inner();
    Printed {
        version: SHORT,
        commit: (!commit.is_empty()).then_some(commit),
        kubeadm: Known { oldest: format!("v1.{oldest}"), newest: format!("v1.{newest}") },
        crio: Known { oldest: Release::OLDEST.to_string(), newest: Release::NEWEST.to_string() },
    }
}
