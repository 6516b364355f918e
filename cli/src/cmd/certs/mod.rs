//! `k8sprep certs`: the certificates of a control plane.

mod upload;

use crate::cmd::{Entry, group, leaf};

/// The row of the table with the commands below it.
pub(crate) const CERTS: Entry =
    group("certs", "Hand the certificates of a control plane on", &[leaf::<upload::Upload>()]);
