//! `k8sprep bundle`: what a host without a network needs.

mod check;
mod create;
mod install;

use crate::cmd::{Entry, group, leaf};

/// The row of the table with the commands below it.
pub(crate) const BUNDLE: Entry = group(
    "bundle",
    "Carry packages, keys, images list and spec to hosts without a network",
    &[leaf::<create::Create>(), leaf::<check::Check>(), leaf::<install::Use>()],
);
