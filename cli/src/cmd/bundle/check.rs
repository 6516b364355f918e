//! `k8sprep bundle check`.

use std::path::PathBuf;

use host_prep::bundle::Bundle;
use serde_json::json;

use crate::cmd::Run;
use crate::cmd::on_host::{OnHost, failed};
use crate::failure::Failure;
use crate::ui::{Format, Ui};

/// The flags of `bundle check`.
#[derive(clap::Args, Debug)]
pub(crate) struct Check {
    #[command(flatten)]
    on: OnHost,
    /// The bundle
    #[arg(value_name = "DIR|FILE.tar")]
    path: PathBuf,
    /// How to print what is in it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Check {
    const NAME: &'static str = "check";
    const ABOUT: &'static str = "Compare every file of a bundle with its manifest";
    const EXAMPLES: &'static str = "  k8sprep bundle check node.tar
  k8sprep bundle check /mnt/stick/node --output json";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let bundle = Bundle::open(&self.on.host()?, &self.path).map_err(|error| failed(&error))?;
        let manifest = bundle.manifest();
        if self.output == Format::Json {
            return ui.json(&json!({
                "schema": "k8sprep.bundle-checked/v1",
                "sha256": bundle.digest(),
                "manifest": manifest,
            }));
        }
        let size: u64 = manifest.files.iter().map(|file| file.size).sum();
        let count = manifest.files.len();
        ui.line(format_args!(
            "{count} files, {size} bytes, {} packages for {} on {}",
            manifest.format, manifest.distro, manifest.architecture
        ))?;
        for keys in &manifest.keys {
            ui.line(format_args!("{} is signed by {}", keys.artefact, keys.fingerprints.join(" and ")))?;
        }
        ui.line(format_args!("sha256 of its manifest: {}", bundle.digest()))
    }
}
