//! How the pods of a node go while it is upgraded.

use std::path::PathBuf;

use host_prep::Host;

use crate::cmd::shared::limit::Limit;
use crate::cmd::shared::on_host::failed;
use crate::failure::Failure;
use crate::stage::{Drain, Upgrade};

/// The host that this runs on, where it runs: of a tree nothing can be upgraded.
pub(super) fn live() -> Result<Host, Failure> {
    match host_prep::why_not_running() {
        Some(why) => Err(Failure::usage(format_args!("{why}: a node is upgraded where it runs"))),
        None => Host::live().map_err(|error| failed(&error)),
    }
}

/// How the pods of the node go.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct DrainFlags {
    /// With whose credentials pods are evicted: the kubelet's own, or not at all
    #[arg(long, value_enum, default_value_t, value_name = "BY")]
    drain: By,
    /// Evict with this kubeconfig instead
    #[arg(long, value_name = "FILE", conflicts_with = "drain")]
    drain_kubeconfig: Option<PathBuf>,
    /// Give up after this time, uncordon the node and stop
    #[arg(long, value_name = "TIME", default_value = "6m")]
    drain_timeout: Limit,
    /// Evict pods whose emptyDir volumes go with them, too
    #[arg(long)]
    delete_emptydir_data: bool,
    /// Evict pods that nothing makes again elsewhere, too
    #[arg(long)]
    force_unmanaged: bool,
}

/// Who evicts.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
enum By {
    /// The node itself, as its kubelet
    #[default]
    #[value(name = "self")]
    Kubelet,
    /// Nobody: somebody has drained it, or its pods may end
    None,
}

impl DrainFlags {
    pub(super) fn upgrade(self) -> Upgrade {
        let (mut upgrade, mut drain) = (Upgrade::default(), Drain::default());
        drain.limit = self.drain_timeout.duration();
        drain.empty_dir = self.delete_emptydir_data;
        drain.unmanaged = self.force_unmanaged;
        upgrade.drain = (self.drain == By::Kubelet).then_some(drain);
        upgrade.kubeconfig = self.drain_kubeconfig;
        upgrade
    }
}
