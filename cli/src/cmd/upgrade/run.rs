//! How an upgrade of a node is run, by its flags.

use std::path::PathBuf;

use host_prep::bundle::Sha256Sum;
use host_prep::repo::Fingerprint;

use crate::cmd::shared::drain_flags::DrainFlags;
use crate::stage::{FromBundle, Upgrade};

/// A bundle instead of repositories.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct BundleFlags {
    /// Take packages from a bundle, and its images where it has any; no repository is asked.
    /// `k8sprep bundle create` makes one
    #[arg(long, value_name = "DIR|FILE.tar")]
    bundle: Option<PathBuf>,
    /// SHA-256 of the bundle's manifest, as `k8sprep bundle create` printed it
    #[arg(long, value_name = "DIGEST", requires = "bundle")]
    sha256: Option<Sha256Sum>,
    /// Fingerprint of a key that may sign its packages, besides those that are known
    #[arg(long, value_name = "FINGERPRINT", requires = "bundle")]
    pin: Vec<Fingerprint>,
}

impl BundleFlags {
    pub(super) fn asked(self) -> Option<FromBundle> {
        self.bundle.map(|path| FromBundle { path, sha256: self.sha256, pins: self.pin })
    }
}

/// How the pods of the node go.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Draining {
    #[command(flatten)]
    flags: DrainFlags,
    /// Evict with this kubeconfig instead
    #[arg(long, value_name = "FILE", conflicts_with = "drain")]
    drain_kubeconfig: Option<PathBuf>,
}

impl Draining {
    pub(super) fn upgrade(self) -> Upgrade {
        Upgrade { drain: self.flags.drain(), kubeconfig: self.drain_kubeconfig, ..Upgrade::default() }
    }
}
