//! What a journal keeps of packages, so that they can be rolled back.

use serde::{Deserialize, Serialize};

use crate::facts::distro::PackageManager;

/// What the undo of a [`PackageChange`](crate::package::PackageChange) needs. The list of every
/// package before is kept as a backup under its digest.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct RecordedPackages {
    pub(crate) manager: PackageManager,
    pub(crate) names: Vec<String>,
    /// The digest of the list of packages before.
    pub(crate) before: String,
    /// Packages that dpkg did not have and was told to install before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) chosen: Vec<String>,
}

impl RecordedPackages {
    pub(crate) fn subject(&self) -> String {
        self.names.join(" ")
    }
}
