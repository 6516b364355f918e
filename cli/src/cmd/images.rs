//! `k8sprep images`.
//!
//! The images of a control plane by release, from `kubeadm_config`'s table: what `kubeadm config
//! images list` prints, for any release and without kubeadm. JSON: `k8sprep.images/v1`; with
//! `--like-kubeadm` its own formats, JSONPath among them.

use std::path::PathBuf;

use clap::ValueEnum as _;
use kubeadm_config::like_kubeadm::{
    Answer, ImagesOptions, NoFile, Options, images_list, images_list_no_file,
};
use kubeadm_config::{ImageMirror, KubeadmRelease, KubernetesVersion};
use serde_json::json;

use crate::cmd::Run;
use crate::cmd::shared::kubeadm::{Node, Said, Source, asked_of_file, file_name, print, read, result};
use crate::failure::Failure;
use crate::masked::Secrets;
use crate::ui::{Format, Ui};

/// The flags of `images`.
#[derive(clap::Args, Debug)]
pub(crate) struct Images {
    /// A file of kubeadm documents to go by; `-` reads stdin
    #[arg(short = 'f', long, value_name = "FILE", value_parser = file_name())]
    config: Option<PathBuf>,
    /// The Kubernetes version to list the images of, and the kubeadm release to go by where
    /// --kubeadm-version names no other [default: the kubernetesVersion in the file, else the
    /// newest minor known]
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<String>,
    /// The kubeadm release that lists them: its etcd, CoreDNS and pause. With it
    /// --kubernetes-version may be a label too
    #[arg(long, value_name = "VERSION")]
    kubeadm_version: Option<KubernetesVersion>,
    #[command(flatten)]
    node: Node,
    /// Where the images come from [default: as kubeadm]
    #[arg(long, value_name = "REPOSITORY", conflicts_with = "mirror")]
    image_repository: Option<String>,
    /// Take the images from a public copy: aliyun, daocloud, nju
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    mirror: Option<ImageMirror>,
    /// kubeadm's feature gates
    #[arg(long, value_name = "GATE=BOOL,...", default_value_t)]
    feature_gates: String,
    /// With --mirror-to: print pairs for a copy tool, this prefix ...
    #[arg(long, value_name = "REPOSITORY", requires = "mirror_to")]
    mirror_from: Option<String>,
    /// ... replaced by this one [default of --mirror-from: the repository the list starts with]
    #[arg(long, value_name = "REPOSITORY")]
    mirror_to: Option<String>,
    /// Print and exit as `kubeadm config images list`, offline; warnings without time and process
    #[arg(long, conflicts_with = "mirror_to")]
    like_kubeadm: bool,
    /// How to print: text or json; with --like-kubeadm as the release's own -o, but for go-template
    /// and files of templates
    #[arg(long, short_alias = 'o', value_name = "FORMAT")]
    output: Option<String>,
}

impl Run for Images {
    const NAME: &'static str = "images";
    const ABOUT: &'static str = "List the images that a kubeadm release needs";
    const EXAMPLES: &'static str = "
  k8sprep images --kubernetes-version v1.34.0
  k8sprep images --config kubeadm.yaml --output json
  k8sprep images --kubeadm-version v1.34.0 --kubernetes-version v1.33.5
  k8sprep images --mirror-to registry.example.com/k8s |
      while read -r from to; do skopeo copy --all docker://$from docker://$to; done";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        if self.like_kubeadm {
            return print(&self.answer_like_kubeadm()?, ui);
        }
        if self.config.is_some() && self.image_repository.is_some() {
            return Err(Failure::usage(
                "--image-repository cannot be used with --config: the file says where",
            ));
        }
        let format = self.format()?;
        let file = self.config.as_deref().map(read).transpose()?;
        let said = Said::in_file(file.as_deref().unwrap_or_default());
        let (release, source) = self.judged(&said)?;
        let options = Options::new(release, self.node.facts(&said)?);
        if let (Format::Text, Some(why)) = (format, source.assumed()) {
            ui.note(format_args!("the images of {} ({why})", options.release.version()));
        }
        let mut asked = self.asked();
        // Without a version kubeadm would ask the network for one.
        let own = || options.release.version().to_string();
        asked.kubernetes_version.get_or_insert_with(own);
        let secrets = Secrets::of(file.as_deref().unwrap_or_default());
        let secrets = secrets.and_in(asked.image_repository.as_deref());
        let list = result(images_list(file.as_deref(), &asked, &options), &secrets, ui)?;
        match &self.mirror_to {
            Some(to) => self.print_pairs(&list, to, &told(&options, source), format, ui),
            None if format == Format::Text => ui.text(list),
            None => {
                let mut told = told(&options, source);
                told["images"] = list.lines().collect();
                ui.json("images", &told)
            }
        }
    }
}

/// Which kubeadm is meant, and who says so.
fn told(options: &Options, source: Source) -> serde_json::Value {
    json!({ "kubeadm": options.release.version().to_string(), "kubeadmFrom": source.as_str() })
}

impl Images {
    /// Each image with where it goes to, as a loop of a shell reads it.
    fn print_pairs(
        &self,
        list: &str,
        to: &str,
        told: &serde_json::Value,
        format: Format,
        ui: &mut Ui,
    ) -> Result<(), Failure> {
        let images: Vec<&str> = list.lines().collect();
        let pairs = pairs(&images, self.mirror_from.as_deref(), to);
        if format == Format::Text {
            return pairs.iter().try_for_each(|(from, to)| ui.line(format_args!("{from} {to}")));
        }
        let mut told = told.clone();
        told["pairs"] = pairs.iter().map(|(from, to)| json!({ "from": from, "to": to })).collect();
        ui.json("image-pairs", &told)
    }

    /// stdout, stderr and exit status of the real one.
    fn answer_like_kubeadm(&self) -> Result<Answer, Failure> {
        let mut asked = self.asked();
        asked.output.clone_from(&self.output);
        let without = |why: &NoFile<'_>| Ok(images_list_no_file(why, &asked, &self.options(b"")?));
        let list = |bytes: &[u8]| Ok(images_list(Some(bytes), &asked, &self.options(bytes)?));
        asked_of_file(self.config.as_deref(), without, list)
    }

    /// As the library takes it.
    fn asked(&self) -> ImagesOptions {
        let mut asked = ImagesOptions::default();
        asked.kubernetes_version.clone_from(&self.kubernetes_version);
        asked.image_repository = match self.mirror {
            Some(mirror) => Some(mirror.repository().to_owned()),
            None => self.image_repository.clone(),
        };
        asked.feature_gates.clone_from(&self.feature_gates);
        asked
    }

    /// By what the file says, where there is one.
    fn options(&self, file: &[u8]) -> Result<Options, Failure> {
        let said = Said::in_file(file);
        Ok(Options::new(self.release(&said)?, self.node.facts(&said)?))
    }

    /// The release to go by, with where that was read.
    fn judged(&self, said: &Said) -> Result<(KubeadmRelease, Source), Failure> {
        match (&self.kubeadm_version, &self.kubernetes_version) {
            (None, None) => said.judged_by(None),
            _ => Ok((self.release(said)?, Source::Flag)),
        }
    }

    /// A label such as `stable-1` names no release by itself.
    fn release(&self, said: &Said) -> Result<KubeadmRelease, Failure> {
        let version = match (&self.kubeadm_version, &self.kubernetes_version) {
            (Some(version), _) => version.clone(),
            (None, Some(text)) => text.parse().map_err(|error| {
                Failure::usage(format_args!("--kubernetes-version: {error}"))
                    .hint("a label such as stable-1.36 needs --kubeadm-version too")
            })?,
            (None, None) => return said.release(),
        };
        KubeadmRelease::of(&version).map_err(|error| Failure::from_error(&error))
    }

    /// Ours are two; any other is kubeadm's.
    fn format(&self) -> Result<Format, Failure> {
        let text = self.output.as_deref().unwrap_or("text");
        Format::from_str(text, false).map_err(|_| {
            Failure::usage(format_args!(
                "--output {text}: give text or json, or --like-kubeadm for other formats"
            ))
        })
    }
}

/// Each image with where it is to go. A repository given by flag is flat: kubeadm looks there for
/// `coredns`, not `coredns/coredns`.
fn pairs(images: &[&str], from: Option<&str>, to: &str) -> Vec<(String, String)> {
    let to = to.trim_end_matches('/');
    let first =
        images.first().and_then(|image| image.rsplit_once('/')).map_or("", |(repository, _)| repository);
    let from = from.unwrap_or(first).trim_end_matches('/');
    let moved = |image: &&&str| image.strip_prefix(from).is_some_and(|rest| rest.starts_with('/'));
    let target = |image: &str| format!("{to}/{}", image.rsplit_once('/').map_or(image, |(_, name)| name));
    images.iter().filter(moved).map(|image| ((*image).to_owned(), target(image))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_flat_and_only_of_the_repository() {
        let images =
            ["registry.k8s.io/pause:3.10", "registry.k8s.io/coredns/coredns:v1.12.1", "quay.io/other:1"];
        let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
        assert_eq!(
            pairs(&images, None, "example.com/k8s/"),
            [
                pair("registry.k8s.io/pause:3.10", "example.com/k8s/pause:3.10"),
                pair("registry.k8s.io/coredns/coredns:v1.12.1", "example.com/k8s/coredns:v1.12.1"),
            ]
        );
    }
}
