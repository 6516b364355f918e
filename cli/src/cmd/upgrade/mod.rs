//! `k8sprep upgrade`: from one minor of Kubernetes to the next.

#[cfg(feature = "api")]
mod abort;
#[cfg(feature = "api")]
mod apply;
mod check;
mod clean;
mod plan;
#[cfg(feature = "api")]
mod resume;
#[cfg(feature = "api")]
pub(crate) mod run;
#[cfg(feature = "api")]
mod status;

use crate::cmd::{Entry, group, leaf};

/// The row of the table with the commands below it.
pub(crate) const UPGRADE: Entry = group(
    "upgrade",
    "Take a node to the next minor of Kubernetes and CRI-O",
    "
  k8sprep upgrade plan --to 1.36          # what stands in the way on this node, and the steps
  k8sprep upgrade check --to 1.36         # what in the files of this node ends by then
  k8sprep upgrade apply --to 1.36         # takes the steps; `resume` goes on where it stopped
  k8sprep upgrade clean                   # kubeadm's older backups go",
    &[
        leaf::<plan::Plan>(),
        leaf::<check::Check>(),
        #[cfg(feature = "api")]
        leaf::<apply::Apply>(),
        #[cfg(feature = "api")]
        leaf::<resume::Resume>(),
        #[cfg(feature = "api")]
        leaf::<status::Status>(),
        #[cfg(feature = "api")]
        leaf::<abort::Abort>(),
        leaf::<clean::Clean>(),
    ],
);
