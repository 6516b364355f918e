//! How the pods of a node go before something is done to it that ends them.

use crate::cmd::shared::limit::Limit;
use crate::stage::Drain;

/// How the pods of a node go.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct DrainFlags {
    /// Who drains the node
    #[arg(long, value_enum, default_value_t, value_name = "WHO")]
    drain: By,
    /// Give up after this time, let the node take pods again, and stop
    #[arg(long, value_name = "TIME", default_value = "6m")]
    drain_timeout: Limit,
    /// Evict pods whose emptyDir volumes go with them, too
    #[arg(long)]
    delete_emptydir_data: bool,
    /// Evict pods that nothing makes again elsewhere, too
    #[arg(long)]
    force_unmanaged: bool,
}

/// Who drains a node.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, Eq, PartialEq)]
enum By {
    /// k8sprep, with the kubelet's own credentials
    #[default]
    #[value(name = "self")]
    Own,
    /// Nobody: somebody has drained it, or its pods may end; it is neither cordoned nor uncordoned
    None,
}

impl DrainFlags {
    /// `None`: it is not drained.
    pub(crate) fn drain(&self) -> Option<Drain> {
        (self.drain == By::Own).then(|| Drain {
            limit: self.drain_timeout.duration(),
            empty_dir: self.delete_emptydir_data,
            unmanaged: self.force_unmanaged,
            ..Drain::default()
        })
    }
}
