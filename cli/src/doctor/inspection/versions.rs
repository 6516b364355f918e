//! Which minor of what is on a host.

use super::Inspection;
use crate::recipe;

/// Minors that were looked for.
#[derive(Debug, Default)]
pub(super) struct Versions {
    kubernetes: Option<u64>,
}

impl Inspection<'_> {
    /// The version of a package, as the package database has it.
    pub fn version(&self, package: &str) -> Option<&str> {
        self.facts.packages.known()?.get(package).map(String::as_str)
    }

    /// The minor that the version of a package names.
    pub fn minor_of(&self, package: &str) -> Option<u64> {
        recipe::minor_of(self.version(package)?)
    }

    /// The minor of the kubelet: its package's, else that of the control plane.
    pub fn kubelet_minor(&self) -> Option<u64> {
        self.minor_of("kubelet").or_else(|| self.kubernetes_minor())
    }

    /// The minor that the control plane's own images say.
    pub fn kubernetes_minor(&self) -> Option<u64> {
        let look = || Versions { kubernetes: recipe::kubernetes_minor(&self.facts) };
        self.versions.get_or_init(look).kubernetes
    }
}
