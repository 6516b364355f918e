//! `k8sprep init-spec`.
//!
//! A spec to start from, every field explained: `recipe::commented`. An existing file is never
//! overwritten.

use std::path::PathBuf;

use host_prep::fs::{self, Mode};
use kubeadm_config::{KubeadmRelease, KubernetesVersion};

use crate::cmd::Run;
use crate::cmd::shared::lang::Lang;
use crate::cmd::shared::output_file::output_file;
use crate::failure::Failure;
use crate::recipe::{NodeSpec, Role, commented_in};
use crate::ui::{Format, Ui};

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
    #[command(flatten)]
    lang: Lang,
    /// How to print what was made
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for InitSpec {
    const NAME: &'static str = "init-spec";
    const ABOUT: &'static str = "Write a spec to start from, every field explained";
    const EXAMPLES: &'static str = "
  k8sprep init-spec
  k8sprep init-spec --kubernetes-version v1.34.0 -o k8sprep.yaml
  k8sprep init-spec --lang zh-CN
  k8sprep init-spec --role worker --kubernetes-version v1.34.0 > worker.yaml";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let newest = || KubernetesVersion::new(1, *KubeadmRelease::MINORS.end(), 0);
        let mut spec = NodeSpec::new(self.kubernetes_version.unwrap_or_else(newest));
        spec.role = self.role;
        let text = commented_in(&spec, self.lang.language());
        let file = output_file(self.output_file.as_ref());
        if let Some(file) = file {
            fs::write_new(file, text.as_bytes(), Mode::PUBLIC)
                .map_err(|error| Failure::from_error(&error))?;
        }
        match (self.output, file) {
            (Format::Json, file) => {
                let file = file.map(|file| file.display().to_string());
                ui.json("init-spec", &serde_json::json!({ "file": file, "spec": text }))
            }
            (Format::Text, Some(_)) => Ok(()),
            (Format::Text, None) => ui.text(text),
        }
    }
}
