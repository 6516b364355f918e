//! Releases of CRI-O, and what changes with them as a whole.

use std::fmt;
use std::str::FromStr;

use crate::toml::Dialect;

/// A release of CRI-O: `1.31` (its newest patch) or `1.31.13`.
///
/// Its newest patch is greater than every patch of the minor that is named, so that what came with
/// a patch holds for it. From `1.9` to `1.37`; a leading `v` is allowed.
///
/// ```
/// use crio_config::Release;
///
/// let minor: Release = "1.31".parse()?;
/// let patch: Release = "v1.31.13".parse()?;
/// assert!(patch < minor && minor < Release::NEWEST);
/// assert!("2.0".parse::<Release>().is_err());
/// # Ok::<(), crio_config::InvalidRelease>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    minor: u16,
    patch: u16,
}

/// A text that is no CRI-O release.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a CRI-O release: write 1.31 or 1.31.13, from {oldest} to {newest}", oldest = Release::OLDEST, newest = Release::NEWEST)]
#[non_exhaustive]
pub struct InvalidRelease(
    /// The text refused.
    pub String,
);

/// The releases from which on a generation of the TOML reader is built in.
/// Source: CRI-O's `go.mod` and `vendor` of every tag.
const DIALECTS: [(Release, Dialect); 8] = [
    (Release::patch(9, 0), Dialect::V0_3),
    (Release::patch(22, 0), Dialect::V0_4),
    (Release::patch(24, 0), Dialect::V1_1),
    (Release::patch(25, 0), Dialect::V1_2),
    (Release::patch(28, 0), Dialect::V1_3),
    (Release::patch(31, 0), Dialect::V1_4),
    (Release::patch(33, 0), Dialect::V1_5),
    (Release::patch(36, 0), Dialect::V1_6),
];

impl Release {
    /// The oldest release whose configuration is known.
    pub const OLDEST: Self = Self::newest_of(9);
    /// The newest release whose configuration is known.
    pub const NEWEST: Self = Self::newest_of(37);

    /// The first that reads `/etc/crio/crio.conf.d`.
    pub const FIRST_WITH_DROP_INS: Self = Self::patch(17, 0);

    const NEWEST_PATCH: u16 = u16::MAX;

    /// A patch of `1.minor`.
    pub(crate) const fn patch(minor: u16, patch: u16) -> Self {
        Self { minor, patch }
    }

    /// The newest patch of `1.minor`.
    pub const fn newest_of(minor: u16) -> Self {
        Self { minor, patch: Self::NEWEST_PATCH }
    }

    /// The minor number: 31 of 1.31.
    pub fn minor(self) -> u16 {
        self.minor
    }

    /// Is it that minor, in any patch?
    pub(crate) fn is_minor(self, minor: u16) -> bool {
        self.minor == minor
    }

    /// The release after this one: the next patch, or the first of the next minor after the newest
    /// patch.
    pub(crate) fn successor(self) -> Self {
        match self.patch {
            Self::NEWEST_PATCH => Self::patch(self.minor + 1, 0),
            patch => Self::patch(self.minor, patch + 1),
        }
    }

    pub(crate) fn dialect(self) -> Dialect {
        DIALECTS.iter().rev().find(|(from, _)| *from <= self).map_or(Dialect::V0_3, |&(_, dialect)| dialect)
    }
}

impl FromStr for Release {
    type Err = InvalidRelease;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text)
            .filter(|release| (Self::patch(9, 0)..=Self::NEWEST).contains(release))
            .ok_or_else(|| InvalidRelease(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Release> {
    let mut numbers = text.strip_prefix('v').unwrap_or(text).split('.');
    if numbers.next()? != "1" {
        return None;
    }
    let minor = decimal(numbers.next()?)?;
    let patch = numbers.next().map_or(Some(Release::NEWEST_PATCH), decimal)?;
    numbers.next().is_none().then_some(Release { minor, patch })
}

fn decimal(text: &str) -> Option<u16> {
    let plain = !text.is_empty() && text.len() < 5 && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.minor)?;
        if self.patch == Self::NEWEST_PATCH { Ok(()) } else { write!(f, ".{}", self.patch) }
    }
}
