//! How an upgrade of a node is run, by its flags.

use std::path::PathBuf;

use crate::cmd::shared::drain_flags::DrainFlags;
use crate::stage::Upgrade;

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
