//! `k8sprep bundle`: what a host without a network needs.

mod check;
mod create;
mod install;

use crate::cmd::{Entry, group, leaf};

/// The row of the table with the commands below it.
pub(crate) const BUNDLE: Entry = group(
    "bundle",
    "Carry packages, keys, images and spec to hosts without a network",
    "
  k8sprep bundle create -f k8sprep.yaml -o node.tar   # on a host with a network
  k8sprep bundle use node.tar                         # on the one without",
    &[leaf::<create::Create>(), leaf::<check::Check>(), leaf::<install::Use>()],
);
