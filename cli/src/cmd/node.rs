//! What the commands about a node share: which host, and what it shall be.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use host_prep::facts::{ObserveOptions, observe};
use host_prep::{Desired, Host};
use kubeadm_config::KubernetesVersion;

use crate::cmd::on_host::{OnHost, failed};
use crate::failure::{Exit, Failure};
use crate::recipe::{self, KUBEADM_FILE, NodeSpec, Recipe};
use crate::surroundings;
use crate::ui::Ui;

/// The spec that is read where none is named.
const SPEC: &str = "k8sprep.yaml";

/// Which host, and what it shall be.
#[derive(clap::Args, Debug)]
pub(crate) struct Node {
    #[command(flatten)]
    pub(crate) on: OnHost,
    /// What the node shall be; `k8sprep init-spec` writes one [default: k8sprep.yaml]
    #[arg(short = 'f', long, value_name = "FILE")]
    spec: Option<PathBuf>,
    /// The Kubernetes version, instead of the spec's; alone it is spec enough
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<KubernetesVersion>,
}

impl Node {
    /// What the host shall be, by the spec and by what is so on it. Says on stderr what no step makes true.
    pub(crate) fn desired(&self, host: &Host, ui: &mut Ui) -> Result<Desired, Failure> {
        Ok(self.recipe(host, &self.spec()?, ui)?.desired)
    }

    /// What the host shall be by `spec`, and what was derived on the way.
    pub(crate) fn recipe(&self, host: &Host, spec: &NodeSpec, ui: &mut Ui) -> Result<Recipe, Failure> {
        let facts = observe(host, &ObserveOptions::default());
        let written = host.root().read(Path::new(KUBEADM_FILE)).map_err(|error| failed(&error))?;
        let token = match written.as_deref().and_then(recipe::token_in) {
            Some(token) => token,
            None => surroundings::random_token()?,
        };
        let recipe = recipe::desired(spec, &facts, token)
            .map_err(|error| Failure::new(Exit::Failed, error).hint("change the spec"))?;
        recipe.notes.iter().for_each(|note| ui.warn(note));
        Ok(recipe)
    }

    /// What was asked, by file and flags.
    pub(crate) fn spec(&self) -> Result<NodeSpec, Failure> {
        let path = self.spec.as_deref().unwrap_or(Path::new(SPEC));
        let mut spec = match (std::fs::read_to_string(path), &self.kubernetes_version) {
            (Ok(text), _) => NodeSpec::from_yaml(&text)
                .map_err(|error| Failure::new(Exit::Failed, format_args!("{}: {error}", path.display())))?,
            (Err(error), Some(version)) if self.spec.is_none() && error.kind() == ErrorKind::NotFound => {
                NodeSpec::new(version.clone())
            }
            (Err(error), _) => {
                let failure =
                    Failure::new(Exit::Failed, format_args!("cannot read {}: {error}", path.display()));
                return Err(failure.hint("`k8sprep init-spec` writes one, or give --kubernetes-version"));
            }
        };
        if let Some(version) = &self.kubernetes_version {
            spec.kubernetes_version = version.clone();
        }
        Ok(spec)
    }
}
