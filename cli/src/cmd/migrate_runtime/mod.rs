//! `k8sprep migrate-runtime`: from docker or containerd to CRI-O.

mod collect;
mod translate;

use crate::cmd::{Entry, group, leaf};

/// The row of the table with the commands below it.
pub(crate) const MIGRATE_RUNTIME: Entry = group(
    "migrate-runtime",
    "From docker or containerd to CRI-O",
    "
  k8sprep migrate-runtime translate /etc/docker/daemon.json   # what it is in CRI-O's files, key by key",
    &[leaf::<translate::Translate>()],
);
