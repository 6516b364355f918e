//! What the commands about a node share: which host, and what it shall be.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use host_prep::Host;
use kubeadm_config::KubernetesVersion;

use crate::cmd::shared::on_host::OnHost;
use crate::cmd::shared::packages::PackageFlags;
use crate::cmd::shared::spec_text::spec_of;
use crate::failure::{Exit, Failure, Unreadable};
use crate::input;
use crate::recipe::{self, NodeSpec};
use crate::stage;

/// The most bytes a spec may have.
const LARGEST_SPEC: u64 = 1 << 20;

/// The spec that is read where none is named.
const SPEC: &str = "k8sprep.yaml";

/// Which host, and what it shall be.
#[derive(clap::Args, Debug)]
pub(crate) struct Node {
    #[command(flatten)]
    pub(crate) on: OnHost,
    /// What the node shall be, `-` for stdin; `k8sprep init-spec` writes one [default:
    /// k8sprep.yaml]
    #[arg(short = 'f', long, value_name = "FILE")]
    spec: Option<PathBuf>,
    /// The Kubernetes version, instead of the spec's; alone it is spec enough
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<KubernetesVersion>,
    #[command(flatten)]
    pub(crate) packages: PackageFlags,
}

impl Node {
    /// The host, and what it shall be; what is fetched for it comes by way of the spec's proxy.
    pub(crate) fn host_and_spec(&self) -> Result<(Host, NodeSpec), Failure> {
        let spec = self.spec()?;
        let host = self.on.host_to_prepare()?;
        Ok((host.through(recipe::fetching(&spec)), spec))
    }

    /// The same for what only a running host can do: packages, kubeadm.
    pub(crate) fn running_host_and_spec(&self, command: &str) -> Result<(Host, NodeSpec), Failure> {
        let both = self.host_and_spec()?;
        if let Some(why) = self.on.seen_from_within() {
            let code = host_prep::Code::NeedsRunningHost.as_str();
            let what = format!("{command} works on the running host, and {why}");
            let hint =
                "`k8sprep apply` prepares its files; the first boot does the rest (`k8sprep gen --help`)";
            return Err(Failure::new(Exit::Failed, code, what).hint(hint));
        }
        Ok(both)
    }

    /// The same for the stages of the library.
    pub(crate) fn stage<'a>(&'a self, host: &'a Host, spec: &'a NodeSpec) -> stage::Node<'a> {
        stage::Node { host, spec, packages: self.packages.asked() }
    }

    /// What was asked, by file and flags.
    pub(crate) fn spec(&self) -> Result<NodeSpec, Failure> {
        let mut spec = if self.spec.is_none() && self.packages.bundle.is_some() {
            self.packages.spec()?
        } else {
            self.spec_of_file()?
        };
        if let Some(version) = &self.kubernetes_version {
            spec.kubernetes_version = version.clone();
        }
        Ok(spec)
    }

    /// Without a file a version alone is enough; a file that was named and is not there is an
    /// error.
    fn spec_of_file(&self) -> Result<NodeSpec, Failure> {
        let path = self.spec.as_deref().unwrap_or(Path::new(SPEC));
        let shown = input::shown(path);
        let failed = |why: Unreadable| Failure::cannot_read(&shown, why);
        let bytes = match (input::read(path, LARGEST_SPEC), &self.kubernetes_version) {
            (Ok(bytes), _) => bytes,
            (Err(error), Some(version)) if self.spec.is_none() && error.kind() == ErrorKind::NotFound => {
                return Ok(NodeSpec::new(version.clone()));
            }
            (Err(error), _) if error.kind() == ErrorKind::NotFound => {
                let hint = "`k8sprep init-spec` writes one, or give --kubernetes-version";
                return Err(failed(error.into()).hint(hint));
            }
            (Err(error), _) => return Err(failed(error.into())),
        };
        let text = String::from_utf8(bytes).map_err(|error| failed(error.utf8_error().into()))?;
        // What it names lies beside it; of stdin, in the working directory.
        let beside = path.parent().unwrap_or(Path::new(""));
        spec_of(&text, &shown, &|file| input::read(&beside.join(file), LARGEST_SPEC))
    }
}
