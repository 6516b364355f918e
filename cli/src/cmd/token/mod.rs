//! `k8sprep token`: bootstrap tokens.

mod create;
mod generate;
mod list;
mod secret;

use crate::cmd::{Entry, group, leaf};

/// The row of the table with the commands below it.
pub(crate) const TOKEN: Entry = group(
    "token",
    "Make bootstrap tokens, and the Secrets by which a cluster knows them",
    "
  k8sprep token create                    # on a control plane: the line with which a worker joins
  k8sprep token list",
    &[leaf::<create::Create>(), leaf::<list::List>(), leaf::<generate::Generate>(), leaf::<secret::Secret>()],
);
