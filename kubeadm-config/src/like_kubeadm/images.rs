//! `kubeadm config images list`.

use std::collections::BTreeMap;

use super::no_file::NoFile;
use super::output::Printer;
use super::{Answer, Options, loader};
use crate::defaults::dynamic::SocketSearch;
use crate::failure::Failure;
use crate::images::{self, ImagePlan};
use crate::load::{Initial, Loader, Strictness};
use crate::message::Warning;
use crate::model::{ClusterConfiguration, InitConfiguration};
use crate::recognise::recognise;
use crate::release::KubeadmRelease;

/// What the command is asked on its command line. All but `output` counts where there is no file.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ImagesOptions {
    /// `--kubernetes-version`.
    pub kubernetes_version: Option<String>,
    /// `--image-repository`.
    pub image_repository: Option<String>,
    /// `--feature-gates`: `NAME=BOOL` with commas between them.
    pub feature_gates: String,
    /// `--output`; `text` where it is not given.
    pub output: Option<String>,
}

/// `kubeadm config images list`, with `--config FILE` where there is a file: one image a line, or
/// as the output asks.
///
/// ```
/// use kubeadm_config::{HostFacts, like_kubeadm};
/// use like_kubeadm::{ImagesOptions, Options, images_list};
///
/// let mut asked = ImagesOptions::default();
/// asked.kubernetes_version = Some("v1.34.0".into());
/// let mut facts = HostFacts::default();
/// facts.host_name = "cp1".into();
/// facts.ipv4_route_address = Some([192, 0, 2, 10].into());
/// let answer = images_list(None, &asked, &Options::new("v1.34.0".parse()?, facts));
/// let first = answer.stdout.lines().next();
/// assert_eq!(first, Some("registry.k8s.io/kube-apiserver:v1.34.0"), "{}", answer.stderr());
/// # Ok::<(), kubeadm_config::Error>(())
/// ```
#[must_use]
pub fn images_list(file: Option<&[u8]>, asked: &ImagesOptions, options: &Options) -> Answer {
    answered(asked, options, |gates, loader| match file {
        Some(file) => recognise(file, loader.release).and_then(|documents| loader.init(&documents)),
        None => without_config(asked, gates, loader),
    })
}

/// The same with `--config` naming a file that cannot be read. Without a name the command does
/// without a file.
#[must_use]
pub fn images_list_no_file(why: &NoFile<'_>, asked: &ImagesOptions, options: &Options) -> Answer {
    answered(asked, options, |gates, loader| match why {
        NoFile::NotNamed => without_config(asked, gates, loader),
        why => Err(Failure::new(format!(
            "unable to read config from \"{}\" : {}",
            why.path(),
            why.text("config")
        ))),
    })
}

type Gates = BTreeMap<String, bool>;

fn answered(
    asked: &ImagesOptions,
    options: &Options,
    load: impl FnOnce(Gates, &mut Loader<'_>) -> Result<Initial, Failure>,
) -> Answer {
    let mut loader = loader(options, SocketSearch::Skipped);
    loader.strict = Strictness::Warning;
    loader.deprecated_is_fine = false;
    loader.experimental_is_fine = false;
    let outcome = listed(asked, &mut loader, load);
    Answer::of(outcome, loader.warnings, loader.printed, &options.release)
}

fn listed(
    asked: &ImagesOptions,
    loader: &mut Loader<'_>,
    load: impl FnOnce(Gates, &mut Loader<'_>) -> Result<Initial, Failure>,
) -> Result<String, Failure> {
    let release = loader.release;
    let gates = feature_gates(&asked.feature_gates, release, &mut loader.warnings)?;
    let printer = Printer::of(asked.output.as_deref().unwrap_or("text"), release)?;
    let initial = load(gates, loader)
        .map_err(|failure| failure.while_doing("could not convert cfg to an internal cfg"))?;
    let plan = ImagePlan { cluster: &initial.cluster, ci_version: initial.ci_version, release };
    let (images, warnings) = images::list(&plan);
    loader.warnings.extend(warnings);
    printer.printed(&images, release)
}

fn without_config(
    asked: &ImagesOptions,
    feature_gates: Gates,
    loader: &mut Loader<'_>,
) -> Result<Initial, Failure> {
    let cluster = ClusterConfiguration {
        kubernetes_version: asked.kubernetes_version.clone().unwrap_or_default(),
        image_repository: asked.image_repository.clone().unwrap_or_default(),
        feature_gates,
        ..ClusterConfiguration::default()
    };
    let mut init = InitConfiguration::default();
    // An address that needs no look at the host; images do not depend on it.
    init.local_api_endpoint.advertise_address = "1.2.3.4".into();
    // Of the host nothing is asked, so that Docker has no say either.
    init.node_registration.cri_socket = loader.release.crio_socket().into();
    loader.complete(init, cluster)
}

/// kubeadm's `NewFeatureGate`.
fn feature_gates(
    text: &str,
    release: &KubeadmRelease,
    warnings: &mut Vec<Warning>,
) -> Result<Gates, Failure> {
    let mut gates = BTreeMap::new();
    for part in text.split(',').filter(|part| !part.is_empty()) {
        // `NewFeatureGate` of kubeadm's features.go, whose words differ from component-base's.
        let Some((name, value)) = part.split_once('=') else {
            return Err(Failure::new(format!("missing bool value for feature-gate key:{part}")));
        };
        let (name, value) = (name.trim(), value.trim());
        let Some(gate) = release.feature_gates().find(|gate| gate.name == name) else {
            return Err(Failure::new(format!("unrecognized feature-gate key: {name}")));
        };
        if gate.is_deprecated_in(release.minor()) {
            warnings.push(Warning::new(format!(
                "Setting deprecated feature gate {name}={value}. It will be removed in a future release."
            )));
        }
        let value = match value {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => true,
            "0" | "f" | "F" | "false" | "FALSE" | "False" => false,
            _ => {
                let why =
                    format!("invalid value {value} for feature-gate key: {name}, use true|false instead");
                return Err(Failure::new(why));
            }
        };
        gates.insert(name.to_owned(), value);
    }
    Ok(gates)
}
