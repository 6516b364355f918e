//! `k8sprep bundle check`.
//!
//! Opens a bundle (every file is compared with its manifest) and asks whether its keys are trusted
//! on this host. Changes nothing. Exit 1 where it is not whole, 3 where it is and nobody stands
//! for its packages. JSON: `k8sprep.bundle-checked/v1`.

use std::path::PathBuf;

use host_prep::bundle::{Bundle, Sha256Sum};
use host_prep::mirrors::{Format as PackageFormat, Mirror};
use host_prep::repo::Fingerprint;
use serde_json::json;

use crate::cmd::shared::on_host::{OnHost, failed, now};
use crate::cmd::{Exits, Run};
use crate::failure::{Exit, Failure, chain};
use crate::stage::COMPARE_KEYS;
use crate::ui::{Format, Ui};

/// The flags of `bundle check`.
#[derive(clap::Args, Debug)]
pub(crate) struct Check {
    #[command(flatten)]
    on: OnHost,
    /// The bundle
    #[arg(value_name = "DIR|FILE.tar")]
    path: PathBuf,
    /// Fingerprint of a key that may sign packages, besides those that are known
    #[arg(long, value_name = "FINGERPRINT")]
    pin: Vec<Fingerprint>,
    /// SHA-256 of the bundle's manifest, as `k8sprep bundle create` printed it
    #[arg(long, value_name = "DIGEST")]
    sha256: Option<Sha256Sum>,
    /// How to print what is in it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Check {
    const NAME: &'static str = "check";
    const ABOUT: &'static str =
        "Compare every file of a bundle with its manifest, and look who signed its packages";
    const EXAMPLES: &'static str = "
  k8sprep bundle check node.tar
  k8sprep bundle check /mnt/stick/node --output json";
    const NOTES: &'static str = "
Nothing is unpacked and nothing of this host changes. Debs have to be in indexes that came along and that known keys or this
host's distribution signed, or --sha256 has to be that of the bundle; rpm checks each package when it is installed.";
    const EXITS: Exits = &[
        (0, "the bundle can be used"),
        (1, "the bundle is not whole"),
        (3, "nobody stands for its packages"),
    ];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let bundle = Bundle::open(&self.path, self.sha256.as_ref()).map_err(|error| failed(&error))?;
        let known = Mirror::all().flat_map(|mirror| mirror.signer().pins());
        let pins: Vec<Fingerprint> = known.chain(self.pin.iter().copied()).collect();
        let refused = bundle.repository(&self.on.host()?, &pins, now()).err();
        // What is unproved names the way out itself.
        let keys = matches!(refused, Some(host_prep::Error::Bundle { .. }));
        let problem = refused.map(|error| chain(&error));
        match self.output {
            Format::Json => {
                let (sha256, manifest) = (bundle.digest(), bundle.manifest());
                let told = json!({ "sha256": sha256, "problem": problem, "manifest": manifest });
                ui.json("bundle-checked", &told)?;
            }
            Format::Text => self.tell(&bundle, problem.is_none(), ui)?,
        }
        problem.map_or(Ok(()), |problem| {
            let failure = Failure::new(Exit::Differences, host_prep::Code::BundleUnproved.as_str(), problem);
            Err(failure.hint_if(keys.then_some(COMPARE_KEYS)))
        })
    }
}

impl Check {
    /// What is in it, by kind.
    fn tell(&self, bundle: &Bundle, proved: bool, ui: &mut Ui) -> Result<(), Failure> {
        let manifest = bundle.manifest();
        let size: u64 = manifest.files.iter().map(|file| file.size).sum();
        let count = manifest.files.len();
        ui.line(format_args!(
            "{count} files, {size} bytes, {} packages for {} on {}",
            manifest.format, manifest.distro, manifest.architecture
        ))?;
        for keys in &manifest.keys {
            let names: Vec<String> = keys.fingerprints.iter().map(Fingerprint::to_string).collect();
            ui.line(format_args!("{} is said to be signed by {}", keys.artefact, names.join(" and ")))?;
        }
        if proved {
            ui.line(match (manifest.format, &self.sha256) {
                (PackageFormat::Rpm, _) => "rpm checks the signature of each package when it is installed",
                (_, Some(_)) => "it is the bundle of that SHA-256; signatures were not needed",
                (_, None) => "each package is in an index signed by a key that is trusted here",
            })?;
        }
        ui.line(format_args!("sha256 of its manifest: {}", bundle.digest()))
    }
}
