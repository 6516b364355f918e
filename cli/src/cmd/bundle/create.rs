//! `k8sprep bundle create`.
//!
//! Has the host's package manager fetch the packages of a spec, and puts them, the keys, images
//! and the manifest of a network plugin into a directory or one .tar with a manifest of digests.
//! Needs the network; whoever installs from it does not. JSON: `k8sprep.bundle-created/v1`.

use std::path::{Path, PathBuf};

use host_prep::bundle::{self, Contents, ImageName, Made};
use host_prep::facts::{ObserveOptions, observe};
use kubeadm_config::HostFacts;
use kubeadm_config::like_kubeadm::{ImagesOptions, Options, images_list};
use serde_json::json;

use crate::cmd::Run;
use crate::cmd::shared::console::Console;
use crate::cmd::shared::kubeadm::result;
use crate::cmd::shared::node::Node;
use crate::cmd::shared::on_host::failed;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::masked::Secrets;
use crate::recipe::{self, Agreed, CarriedImages};
use crate::surroundings;
use crate::ui::{Format, Ui};

/// The flags of `bundle create`.
#[derive(clap::Args, Debug)]
#[command(mut_arg("root", |arg| arg.hide(true)))]
#[command(mut_arg("no_packages", |arg| arg.hide(true)))]
#[command(mut_arg("bundle", |arg| arg.hide(true)))]
#[command(mut_arg("sha256", |arg| arg.hide(true)))]
pub(crate) struct Create {
    #[command(flatten)]
    node: Node,
    /// Where it goes: a directory, or one file where the name ends in .tar
    #[arg(short, long, alias = "out", value_name = "DIR|FILE.tar")]
    output_file: PathBuf,
    /// Carry the images too, fetched by skopeo, which has to be installed; they are loaded into CRI-O's
    /// storage on the other side
    #[arg(long)]
    images: bool,
    /// Carry this manifest of the network plugin, and with --images its images; `up --bundle`
    /// applies it
    #[arg(long, value_name = "FILE")]
    cni: Option<PathBuf>,
    /// How to print what is in it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Create {
    const NAME: &'static str = "create";
    const ABOUT: &'static str = "Fetch everything a node needs into a directory or a tar file";
    const EXAMPLES: &'static str = "
  k8sprep bundle create -f k8sprep.yaml -o node.tar
  k8sprep bundle create -f k8sprep.yaml -o /mnt/stick/node   # a directory
  k8sprep bundle create --kubernetes-version v1.34.2 -o node.tar
  k8sprep bundle create --images --cni kube-flannel.yml -o node.tar   # all that a cluster needs";
    const NOTES: &'static str = "
Run it on a host of the distribution, release and architecture that the bundle is for: its own package manager fetches
the packages with everything they need and checks who signed them. Nothing of this host changes. On rpm hosts
createrepo_c has to be installed. Images are listed; --images carries them, by skopeo, and what no key signs (images, the
manifest of --cni) is used only with --sha256.

Note the SHA-256 that is printed: `k8sprep bundle use --sha256` compares it.";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        if self.node.on.root.is_some()
            || self.node.packages.bundle.is_some()
            || self.node.packages.no_packages
            || self.node.packages.has_sha256()
        {
            let failure = Failure::usage("a bundle is made of the packages of a running host's repositories");
            return Err(failure.hint("leave --root, --bundle, --sha256 and --no-packages away"));
        }
        let (host, spec) = self.node.host_and_spec()?;
        let packages = self.node.packages.asked();
        let agreed = recipe::agree(&spec)
            .map_err(|error| Failure::new(Exit::Failed, crate::Code::SpecContradiction.as_str(), error))?;
        let facts = observe(&host, &ObserveOptions::default());
        let sources = packages.sources((&host, &facts), (&spec, &agreed), &mut Console::new(ui))?;
        let repositories = packages.repositories(&host, &sources, &mut Console::new(ui));
        let carried = if self.images { CarriedImages::Some } else { CarriedImages::None };
        let mut contents = Contents::new(sources.manager, repositories, sources.wanted_with(carried));
        let text = serde_yaml::to_string(&spec).map_err(|error| Failure::from_error(&error))?;
        contents.spec = text.into_bytes();
        contents.images = images(&agreed, ui)?;
        if let Some(file) = &self.cni {
            let manifest = manifest(file)?;
            contents.images.extend(images_of(&manifest));
            contents.network = Some(manifest.into_bytes());
        }
        contents.images.dedup();
        if self.images {
            let parsed: Result<Vec<ImageName>, _> = contents.images.iter().map(|name| name.parse()).collect();
            contents.carried = parsed.map_err(|error| Failure::from_error(&error))?;
        }
        ui.note("fetching packages with everything they need; this takes minutes");
        let Made { manifest, digest, .. } =
            bundle::create(&host, &contents, &self.output_file).map_err(|error| failed(&error))?;
        match self.output {
            Format::Json => {
                let told = json!({ "path": self.output_file, "sha256": digest, "manifest": manifest });
                ui.json("bundle-created", &told)
            }
            Format::Text => {
                ui.line(format_args!(
                    "{}: {} files for {}",
                    self.output_file.display(),
                    manifest.files.len(),
                    manifest.distro
                ))?;
                ui.line(format_args!("sha256 of its manifest: {digest}"))
            }
        }
    }
}

/// The most bytes of a manifest.
const LARGEST_MANIFEST: u64 = 1 << 20;

/// As text: a network plugin's manifest is YAML and goes into the bundle as it is.
fn manifest(file: &Path) -> Result<String, Failure> {
    let name = input::shown(file);
    let bytes = input::read(file, LARGEST_MANIFEST).map_err(|error| Failure::cannot_read(&name, error))?;
    String::from_utf8(bytes).map_err(|error| Failure::cannot_read(&name, error.utf8_error()))
}

/// The images that a manifest names, each once.
fn images_of(manifest: &str) -> Vec<String> {
    let of = |line: &str| {
        let value = line.trim_start().trim_start_matches("- ").strip_prefix("image:")?.trim();
        let value = value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']);
        (!value.is_empty()).then(|| value.to_owned())
    };
    let images: std::collections::BTreeSet<String> = manifest.lines().filter_map(of).collect();
    images.into_iter().collect()
}

/// What kubeadm pulls, and CRI-O's pause image where that is another one.
fn images(agreed: &Agreed, ui: &mut Ui) -> Result<Vec<String>, Failure> {
    let mut asked = ImagesOptions::default();
    asked.kubernetes_version = Some(agreed.kubeadm.version().to_string());
    asked.image_repository = Some(agreed.image_repository.clone());
    let mut facts = HostFacts::default();
    facts.host_name = surroundings::host_name();
    let options = Options::new(agreed.kubeadm.clone(), facts);
    let secrets = Secrets::default().and_in(asked.image_repository.as_deref());
    let list = result(images_list(None, &asked, &options), &secrets, ui)?;
    let mut images: Vec<String> = list.lines().map(str::to_owned).collect();
    let pause = agreed.pause_image.to_string();
    if !images.contains(&pause) {
        images.push(pause);
    }
    Ok(images)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_a_manifest_are_found_once_however_they_are_written() {
        let manifest = "spec:\n  containers:\n  - image: docker.io/flannel/flannel:v0.27.0\n    name: a\n  - name: b\n    \
                        image: \"ghcr.io/x/y:1\" # pinned\n  initContainers:\n  - image: docker.io/flannel/flannel:v0.27.0\n    \
                        imagePullPolicy: Always\n";
        assert_eq!(images_of(manifest), ["docker.io/flannel/flannel:v0.27.0", "ghcr.io/x/y:1"]);
        assert!(images_of("kind: List\nimage:\n").is_empty());
    }
}
