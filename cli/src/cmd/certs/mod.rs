//! `k8sprep certs`: the certificates of a node.

mod check;
#[cfg(feature = "api")]
mod renew;
mod upload;

use crate::cmd::{Entry, group, leaf};

/// The row of the table with the commands below it.
pub(crate) const CERTS: Entry = group(
    "certs",
    "Look at a node's certificates, renew them, hand those of a control plane on",
    "
  k8sprep certs check                     # how long each lives, and who renews it
  k8sprep certs renew                     # renew them, and restart what reads them
  k8sprep certs upload                    # the key with which a further control plane fetches them",
    &[
        leaf::<check::Check>(),
        #[cfg(feature = "api")]
        leaf::<renew::Renew>(),
        leaf::<upload::Upload>(),
    ],
);
