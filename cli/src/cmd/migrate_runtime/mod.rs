//! `k8sprep migrate-runtime`: from docker or containerd to CRI-O.

#[cfg(feature = "api")]
mod apply;
mod named;
mod plan;
mod translate;

use crate::cmd::{Entry, group, leaf};
use crate::failure::{Exit, Failure};
use crate::migrate::Error;

/// The row of the table with the commands below it.
pub(crate) const MIGRATE_RUNTIME: Entry = group(
    "migrate-runtime",
    "From docker or containerd to CRI-O: look, translate, change, go back, confirm",
    "
  k8sprep migrate-runtime plan                                # what uses the old one, and the steps
  k8sprep migrate-runtime translate /etc/docker/daemon.json   # what it is in CRI-O's files
  k8sprep migrate-runtime apply                               # CRI-O in its place",
    &[
        leaf::<plan::Plan>(),
        leaf::<translate::Translate>(),
        #[cfg(feature = "api")]
        leaf::<apply::Apply>(),
        #[cfg(feature = "api")]
        leaf::<apply::GoBack>(),
        #[cfg(feature = "api")]
        leaf::<apply::Confirm>(),
    ],
);

fn failed(error: &Error) -> Failure {
    if let Error::Configuration(error) = error {
        return translate::failed(error);
    }
    let failure = Failure::new(Exit::Failed, error.code(), error);
    match error {
        Error::Unread(unread) => Failure::cannot_read(&unread.source, unread),
        Error::RuntimeUnknown => failure.hint("run it on the node, or name its tree with --root"),
        _ => failure,
    }
}
