//! `k8sprep images`.

use std::path::PathBuf;

use kubeadm_config::ImageMirror;
use kubeadm_config::like_kubeadm::{ImagesOptions, images_list};
use serde_json::json;

use crate::cmd::Run;
use crate::cmd::kubeadm::{Imitated, print, read, result};
use crate::failure::Failure;
use crate::ui::{Format, Ui};

/// The flags of `images`.
#[derive(clap::Args, Debug)]
pub(crate) struct Images {
    /// A file of kubeadm documents to go by; `-` reads stdin
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    imitated: Imitated,
    /// Where the images come from [default: as kubeadm]
    #[arg(long, value_name = "REPOSITORY", conflicts_with_all = ["mirror", "config"])]
    image_repository: Option<String>,
    /// Take the images from a public copy: aliyun, daocloud, nju
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    mirror: Option<ImageMirror>,
    /// kubeadm's feature gates
    #[arg(long, value_name = "GATE=BOOL,...", value_delimiter = ',', value_parser = gate)]
    feature_gates: Vec<(String, bool)>,
    /// With --mirror-to: print pairs for a copy tool, this prefix ...
    #[arg(long, value_name = "REPOSITORY", requires = "mirror_to")]
    mirror_from: Option<String>,
    /// ... replaced by this one [default of --mirror-from: the repository the list starts with]
    #[arg(long, value_name = "REPOSITORY")]
    mirror_to: Option<String>,
    /// Print and exit exactly as `kubeadm config images list`
    #[arg(long, conflicts_with_all = ["output", "mirror_to"])]
    like_kubeadm: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

impl Run for Images {
    const NAME: &'static str = "images";
    const ABOUT: &'static str = "List the images that a kubeadm release needs";
    const EXAMPLES: &'static str = "
  k8sprep images --kubernetes-version v1.34.0
  k8sprep images --config kubeadm.yaml --output json
  k8sprep images --mirror-to registry.example.com/k8s | while read from to; do skopeo copy docker://$from docker://$to; done";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let file = self.config.as_deref().map(read).transpose()?;
        let options = self.imitated.options(file.as_deref().unwrap_or_default())?;
        let mut asked = ImagesOptions::default();
        asked.image_repository = match self.mirror {
            Some(mirror) => Some(mirror.repository().to_owned()),
            None => self.image_repository.clone(),
        };
        asked.feature_gates.clone_from(&self.feature_gates);
        if self.like_kubeadm {
            return print(&images_list(file.as_deref(), &asked, &options), ui);
        }
        if file.is_none() {
            // Without a version kubeadm would ask the network for one.
            asked.kubernetes_version = Some(options.release.version().to_string());
        }
        let list = result(images_list(file.as_deref(), &asked, &options), ui)?;
        let images: Vec<&str> = list.lines().collect();
        match (self.output, &self.mirror_to) {
            (Format::Text, None) => ui.text(list),
            (Format::Json, None) => ui.json(&json!({ "images": images })),
            (format, Some(to)) => {
                let pairs = pairs(&images, self.mirror_from.as_deref(), to);
                match format {
                    Format::Text => {
                        pairs.iter().try_for_each(|(from, to)| ui.line(format_args!("{from} {to}")))
                    }
                    Format::Json => {
                        let pairs = pairs.iter().map(|(from, to)| json!({ "from": from, "to": to }));
                        ui.json(&pairs.collect::<Vec<_>>())
                    }
                }
            }
        }
    }
}

fn gate(text: &str) -> Result<(String, bool), String> {
    let (name, value) = text.split_once('=').ok_or("give GATE=true or GATE=false")?;
    Ok((name.to_owned(), value.parse().map_err(|_| format!("{value:?} is neither true nor false"))?))
}

/// Each image with where it is to go. A repository given by flag is flat: kubeadm looks there for `coredns`, not `coredns/coredns`.
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
