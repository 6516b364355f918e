//! `k8sprep certs`: the certificates of a control plane.

mod upload;

use crate::cmd::{Entry, group, leaf};

/// The row of the table with the commands below it.
pub(crate) const CERTS: Entry = group(
    "certs",
    "Hand the certificates of a control plane on",
    "
  k8sprep certs upload                    # the key with which a further control plane fetches them",
    &[leaf::<upload::Upload>()],
);
