//! `kubeadm config images list`.

use super::{Answer, Options, loader};
use crate::defaults::dynamic::SocketSearch;
use crate::failure::Failure;
use crate::images::{self, ImagePlan};
use crate::internal::{ClusterConfiguration, InitConfiguration};
use crate::load::Severity;
use crate::message::Warning;
use crate::recognise::recognise;

/// What the command is asked on its command line, where there is no file.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ImagesOptions {
    /// `--kubernetes-version`.
    pub kubernetes_version: Option<String>,
    /// `--image-repository`.
    pub image_repository: Option<String>,
    /// `--feature-gates`, in the order given.
    pub feature_gates: Vec<(String, bool)>,
}

/// `kubeadm config images list`, with `--config FILE` where there is a file: one image a line.
#[must_use]
pub fn images_list(file: Option<&[u8]>, asked: &ImagesOptions, options: &Options) -> Answer {
    let release = &options.release;
    let mut loader = loader(options, SocketSearch::Skipped);
    loader.strict = Severity::Warning;
    loader.deprecated_is_fine = false;
    loader.experimental_is_fine = false;
    for (name, value) in &asked.feature_gates {
        let Some(gate) = release.feature_gates().find(|gate| gate.name == name) else {
            let unknown = Failure::new(format!("unrecognized feature-gate key: {name}"));
            return Answer::of(Err(unknown), Vec::new(), String::new(), release);
        };
        if gate.is_deprecated_in(release.minor()) {
            loader.warnings.push(Warning::new(format!(
                "Setting deprecated feature gate {name}={value}. It will be removed in a future release."
            )));
        }
    }
    let loaded = match file {
        Some(file) => recognise(file, release).and_then(|documents| loader.init(&documents)),
        None => {
            let mut cluster = ClusterConfiguration {
                kubernetes_version: asked.kubernetes_version.clone().unwrap_or_default(),
                image_repository: asked.image_repository.clone().unwrap_or_default(),
                ..ClusterConfiguration::default()
            };
            cluster.feature_gates.extend(asked.feature_gates.iter().cloned());
            let mut init = InitConfiguration::default();
            init.local_api_endpoint.advertise_address = "1.2.3.4".into();
            // Of the host nothing is asked, so that Docker has no say either.
            init.node_registration.cri_socket = release.crio_socket().into();
            loader.complete(init, cluster)
        }
    };
    let outcome = loaded
        .map_err(|failure| failure.while_doing("could not convert cfg to an internal cfg"))
        .map(|initial| {
            let plan = ImagePlan { cluster: &initial.cluster, ci_version: initial.ci_version, release };
            let (images, warnings) = images::list(&plan);
            loader.warnings.extend(warnings);
            images.into_iter().map(|image| image + "\n").collect::<String>()
        });
    let outcome: Result<String, Failure> = outcome;
    Answer::of(outcome, loader.warnings, loader.printed, release)
}
