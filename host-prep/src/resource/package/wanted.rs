//! A package that is asked for.

use crate::PackageRelease;

/// A package that shall be there.
///
/// ```
/// use host_prep::package::{Packages, Wanted};
/// use host_prep::distro::PackageManager;
///
/// let kubelet = Wanted::of("kubelet", "v1.34".parse()?); // any patch release of it
/// let packages = Packages::new(PackageManager::Dnf5, [kubelet, Wanted::any("conntrack-tools")]);
/// assert_eq!(packages.wanted().len(), 2);
/// # Ok::<(), host_prep::InvalidPackageRelease>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// The release it has to be of; `None`: whatever the repository has, and any version that is
    /// there already.
    pub release: Option<PackageRelease>,
}

impl Wanted {
    /// Any version of `name`.
    #[must_use]
    pub fn any(name: &str) -> Self {
        Self { name: name.to_owned(), release: None }
    }

    /// `name` of this release.
    #[must_use]
    pub fn of(name: &str, release: PackageRelease) -> Self {
        Self { name: name.to_owned(), release: Some(release) }
    }

    pub(super) fn is_met(&self, version: &str) -> bool {
        self.release.is_none_or(|release| release.covers(version))
    }
}
