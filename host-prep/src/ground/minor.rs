//! Minor releases and versions, as far as choosing packages needs them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A minor release of Kubernetes or CRI-O, such as `v1.34`.
///
/// ```
/// use host_prep::PackageMinor;
///
/// let minor: PackageMinor = "1.34".parse()?;
/// assert_eq!(minor.to_string(), "v1.34");
/// assert!(minor < "v1.35".parse()?);
/// # Ok::<(), host_prep::InvalidPackageRelease>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageMinor {
    major: u16,
    minor: u16,
}

/// What packages shall be of: any patch release of a minor, or exactly one.
///
/// ```
/// use host_prep::PackageRelease;
///
/// let release: PackageRelease = "1.34.2".parse()?;
/// assert!(release.covers("0:1.34.2-150500.1.1") && !release.covers("1.34.10-1.1"));
/// assert!(PackageRelease::any_of(release.minor()).covers("1.34.10-1.1"));
/// # Ok::<(), host_prep::InvalidPackageRelease>(())
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackageRelease {
    minor: PackageMinor,
    patch: Option<u16>,
}

/// How many minors CRI-O may be behind the kubelet: CRI-O's n-2 policy.
pub(crate) const CRIO_BEHIND: u16 = 2;

/// Text that names no release.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is not a valid release; write `v1.34`, or `v1.34.2` for exactly that one")]
pub struct InvalidPackageRelease(pub(crate) String);

impl PackageMinor {
    /// A minor release from its two numbers.
    #[must_use]
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// The minor after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self { minor: self.minor + 1, ..self }
    }

    /// The minor so many after this one.
    pub(crate) const fn plus(self, minors: u16) -> Self {
        Self { minor: self.minor + minors, ..self }
    }

    /// How many minors this one is ahead of `other`; `None` where the major differs.
    #[must_use]
    pub fn ahead_of(self, other: Self) -> Option<i32> {
        (self.major == other.major).then(|| i32::from(self.minor) - i32::from(other.minor))
    }

    /// The numbers alone: `1.34`.
    #[must_use]
    pub fn bare(self) -> String {
        format!("{}.{}", self.major, self.minor)
    }
}

impl PackageRelease {
    /// Any patch release of `minor`.
    #[must_use]
    pub const fn any_of(minor: PackageMinor) -> Self {
        Self { minor, patch: None }
    }

    /// The minor it belongs to.
    #[must_use]
    pub const fn minor(self) -> PackageMinor {
        self.minor
    }

    /// Whether only one patch release will do.
    #[must_use]
    pub const fn is_exact(self) -> bool {
        self.patch.is_some()
    }

    /// The numbers alone: `1.34` or `1.34.2`.
    #[must_use]
    pub fn bare(self) -> String {
        match self.patch {
            Some(patch) => format!("{}.{patch}", self.minor.bare()),
            None => self.minor.bare(),
        }
    }

    /// Whether the version of an installed package, such as `1.34.2-1.1` or `0:1.34.2-150500.1.1`,
    /// is of this release.
    #[must_use]
    pub fn covers(self, version: &str) -> bool {
        let Some(found) = Self::of_package(version) else { return false };
        found.minor == self.minor && (self.patch.is_none() || found.patch == self.patch)
    }

    /// The release a package's version names: epoch and package revision are left out.
    #[must_use]
    pub fn of_package(version: &str) -> Option<Self> {
        let version = version.split_once(':').map_or(version, |(_, rest)| rest);
        let numbers = version.split(['-', '~', '+']).next()?;
        numbers.parse().ok()
    }
}

impl FromStr for PackageMinor {
    type Err = InvalidPackageRelease;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match numbers(text).as_deref() {
            Some(&[major, minor]) => Ok(Self { major, minor }),
            _ => Err(InvalidPackageRelease(text.to_owned())),
        }
    }
}

impl FromStr for PackageRelease {
    type Err = InvalidPackageRelease;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match numbers(text).as_deref() {
            Some(&[major, minor]) => Ok(Self { minor: PackageMinor { major, minor }, patch: None }),
            Some(&[major, minor, patch]) => {
                Ok(Self { minor: PackageMinor { major, minor }, patch: Some(patch) })
            }
            _ => Err(InvalidPackageRelease(text.to_owned())),
        }
    }
}

/// `v1.34.2` as numbers; no signs, no leading zeros.
fn numbers(text: &str) -> Option<Vec<u16>> {
    let number = |part: &str| {
        let plain = part.bytes().all(|byte| byte.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
        plain.then(|| part.parse().ok())?
    };
    text.strip_prefix('v').unwrap_or(text).split('.').map(number).collect()
}

impl fmt::Display for PackageMinor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.{}", self.major, self.minor)
    }
}

impl fmt::Display for PackageRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.bare())
    }
}

impl From<PackageMinor> for PackageRelease {
    fn from(minor: PackageMinor) -> Self {
        Self::any_of(minor)
    }
}

impl TryFrom<String> for PackageMinor {
    type Error = InvalidPackageRelease;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PackageMinor> for String {
    fn from(minor: PackageMinor) -> Self {
        minor.to_string()
    }
}

impl TryFrom<String> for PackageRelease {
    type Error = InvalidPackageRelease;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<PackageRelease> for String {
    fn from(release: PackageRelease) -> Self {
        release.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_names_no_release_is_refused() {
        for text in
            ["", "v", "1", "1.", "1.34.", "1.34.2.1", "+1.34", "1.034", "1.34-rc.0", "latest", "1.99999"]
        {
            assert!(text.parse::<PackageRelease>().is_err(), "{text}");
        }
        assert!("1.34.2".parse::<PackageMinor>().is_err());
    }

    #[test]
    fn package_versions_belong_to_releases() {
        let release = |text: &str| text.parse::<PackageRelease>().unwrap();
        assert!(release("v1.34").covers("1.34.2-1.1"));
        assert!(release("v1.34.2").covers("0:1.34.2-150500.1.1"));
        assert!(!release("v1.34.2").covers("1.34.12-1.1"));
        assert!(!release("v1.3").covers("1.34.2-1.1"));
        assert!(release("1.15.1").covers("1.15.1-00"));
        assert!(!release("1.15.1").covers("unknown"));
    }
}
