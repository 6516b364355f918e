//! `k8sprep init-spec`.

use std::path::PathBuf;

use host_prep::fs::{self, Mode};
use kubeadm_config::{KubeadmRelease, KubernetesVersion};

use crate::cmd::Run;
use crate::failure::Failure;
use crate::recipe::{NodeSpec, Role, commented};
use crate::ui::Ui;

/// The flags of `init-spec`.
#[derive(clap::Args, Debug)]
pub(crate) struct InitSpec {
    /// The Kubernetes version [default: newest known minor]
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<KubernetesVersion>,
    /// What the node is to be: control-plane, worker
    #[arg(long, value_name = "ROLE", default_value_t)]
    role: Role,
    /// Write to this file, which must not exist, instead of stdout
    #[arg(short, long, alias = "for", value_name = "FILE")]
    output_file: Option<PathBuf>,
}

impl Run for InitSpec {
    const NAME: &'static str = "init-spec";
    const ABOUT: &'static str = "Write a spec to start from, every field explained";
    const EXAMPLES: &'static str = "
  k8sprep init-spec
  k8sprep init-spec --kubernetes-version v1.34.0 -o k8sprep.yaml
  k8sprep init-spec --role worker --kubernetes-version v1.34.0 > worker.yaml";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let newest = || KubernetesVersion::new(1, *KubeadmRelease::MINORS.end(), 0);
        let mut spec = NodeSpec::new(self.kubernetes_version.unwrap_or_else(newest));
        spec.role = self.role;
        let text = commented(&spec);
        match &self.output_file {
            Some(file) => fs::write_new(file, text.as_bytes(), Mode::PUBLIC)
                .map_err(|error| Failure::from_error(&error)),
            None => ui.text(text),
        }
    }
}
