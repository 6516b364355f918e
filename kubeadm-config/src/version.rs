//! Versions: of Kubernetes, of kubeadm's minors, and of the configuration API.

use std::fmt;
use std::str::FromStr;

/// A version of Kubernetes, such as `v1.31.4` or `v1.37.0-beta.0`. It prints with the leading `v`.
///
/// ```
/// use kubeadm_config::KubernetesVersion;
///
/// let version: KubernetesVersion = "1.31.4".parse()?;
/// assert_eq!(version.to_string(), "v1.31.4");
/// assert!("v1.31.4-rc.1".parse::<KubernetesVersion>()? < version);
/// # Ok::<(), kubeadm_config::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KubernetesVersion {
    major: u64,
    minor: u64,
    patch: u64,
    pre_release: String,
    build: String,
}

impl KubernetesVersion {
    /// The release `v<major>.<minor>.<patch>`, neither pre-release nor build.
    #[must_use]
    pub const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self { major, minor, patch, pre_release: String::new(), build: String::new() }
    }

    /// The first number.
    #[must_use]
    pub const fn major(&self) -> u64 {
        self.major
    }

    /// The second number alone. [`Minor`] is the name of the whole minor release.
    #[must_use]
    pub const fn minor_number(&self) -> u64 {
        self.minor
    }

    /// The third number.
    #[must_use]
    pub const fn patch(&self) -> u64 {
        self.patch
    }

    /// What follows the `-`, empty for a final release.
    #[must_use]
    pub fn pre_release(&self) -> &str {
        &self.pre_release
    }

    /// What follows the `+`, empty without a build.
    #[must_use]
    pub fn build(&self) -> &str {
        &self.build
    }

    /// The minor release this version belongs to.
    #[must_use]
    pub fn minor(&self) -> Minor {
        Minor { major: self.major, minor: self.minor }
    }
}

impl fmt::Display for KubernetesVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre_release.is_empty() {
            write!(f, "-{}", self.pre_release)?;
        }
        if !self.build.is_empty() {
            write!(f, "+{}", self.build)?;
        }
        Ok(())
    }
}

impl FromStr for KubernetesVersion {
    type Err = InvalidKubernetesVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| InvalidKubernetesVersion(text.into()))
    }
}

fn parse(text: &str) -> Option<KubernetesVersion> {
    let rest = text.strip_prefix('v').unwrap_or(text);
    // The build first: it may have dashes (Semantic Versioning 2.0.0, 10).
    let (rest, build) = cut(rest, '+')?;
    let (numbers, pre_release) = cut(rest, '-')?;
    let mut parts = numbers.split('.');
    let (major, minor, patch) = (number(parts.next()?)?, number(parts.next()?)?, number(parts.next()?)?);
    let legal = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    let whole = parts.next().is_none() && legal(pre_release) && legal(build);
    whole.then(|| KubernetesVersion {
        major,
        minor,
        patch,
        pre_release: pre_release.into(),
        build: build.into(),
    })
}

/// Splits at the first `mark`; a mark that nothing follows is an error.
fn cut(text: &str, mark: char) -> Option<(&str, &str)> {
    match text.split_once(mark) {
        Some((_, "")) => None,
        Some(parts) => Some(parts),
        None => Some((text, "")),
    }
}

/// A number without sign and without leading zeros, as semantic versions want it.
fn number(text: &str) -> Option<u64> {
    // Semantic Versioning 2.0.0, 2: no leading zeros.
    let plain = text == "0" || (!text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit()));
    if plain { text.parse().ok() } else { None }
}

impl PartialOrd for KubernetesVersion {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// The order of semantic versions: a pre-release comes before its release. The build only breaks
/// ties, so that the order agrees with equality.
impl Ord for KubernetesVersion {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let numbers = |v: &Self| (v.major, v.minor, v.patch);
        numbers(self)
            .cmp(&numbers(other))
            .then_with(|| compare_pre_releases(&self.pre_release, &other.pre_release))
            // Builds have no order there; two versions that differ must not be equal in a map.
            .then_with(|| self.build.cmp(&other.build))
    }
}

fn compare_pre_releases(a: &str, b: &str) -> std::cmp::Ordering {
    use std::cmp::Ordering;
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let (l, r) = match (left.next(), right.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(l), Some(r)) => (l, r),
        };
        let order = match (l.parse::<u64>(), r.parse::<u64>()) {
            (Ok(l), Ok(r)) => l.cmp(&r),
            // Semantic Versioning 2.0.0, 11: numbers come before words, and more fields after
            // fewer.
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => l.cmp(r),
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// A minor release, such as 1.31: what kubeadm's behaviour is told by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minor {
    major: u64,
    minor: u64,
}

impl Minor {
    /// The minor release 1.`minor`.
    #[must_use]
    pub const fn new(minor: u64) -> Self {
        Self { major: 1, minor }
    }

    /// The second number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.minor
    }

    /// The release `v1.<minor>.<patch>`.
    #[must_use]
    pub const fn patch(self, patch: u64) -> KubernetesVersion {
        KubernetesVersion::new(self.major, self.minor, patch)
    }
}

impl fmt::Display for Minor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// A version of the group `kubeadm.k8s.io` that this crate has types for, oldest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ApiVersion {
    /// `v1beta1`, written by kubeadm 1.13 and 1.14.
    V1Beta1,
    /// `v1beta2`, written by kubeadm 1.15 to 1.21.
    V1Beta2,
    /// `v1beta3`, written by kubeadm 1.22 to 1.30.
    V1Beta3,
    /// `v1beta4`, written by kubeadm since 1.31.
    V1Beta4,
    /// `v1`, which kubeadm 1.37 reads as an experiment and does not write yet.
    V1,
}

impl ApiVersion {
    /// Every version, oldest first.
    pub const ALL: [Self; 5] = [Self::V1Beta1, Self::V1Beta2, Self::V1Beta3, Self::V1Beta4, Self::V1];

    /// The group all of them belong to.
    pub const GROUP: &'static str = "kubeadm.k8s.io";

    /// The version alone: `v1beta4`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1Beta1 => "v1beta1",
            Self::V1Beta2 => "v1beta2",
            Self::V1Beta3 => "v1beta3",
            Self::V1Beta4 => "v1beta4",
            Self::V1 => "v1",
        }
    }
}

/// As it stands in a document: `kubeadm.k8s.io/v1beta4`.
impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Self::GROUP, self.name())
    }
}

/// Reads `v1beta4` and `kubeadm.k8s.io/v1beta4`.
impl FromStr for ApiVersion {
    type Err = InvalidApiVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let name = text.strip_prefix(Self::GROUP).and_then(|rest| rest.strip_prefix('/')).unwrap_or(text);
        let known = Self::ALL.into_iter().find(|version| version.name() == name);
        known.ok_or_else(|| InvalidApiVersion(text.into()))
    }
}

/// Text that is not a version of Kubernetes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a Kubernetes version; give one such as v1.31.4")]
pub struct InvalidKubernetesVersion(String);

/// Text that is not an API version of kubeadm that this crate knows.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a kubeadm API version; known are v1beta1, v1beta2, v1beta3, v1beta4 and v1")]
pub struct InvalidApiVersion(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_order_as_semantic_versions_do() {
        let sorted = ["v1.2.0-alpha.2", "v1.2.0-alpha.10", "v1.2.0-rc.1", "v1.2.0", "v1.10.0"];
        let parsed: Vec<KubernetesVersion> = sorted.iter().map(|text| text.parse().unwrap()).collect();
        assert!(parsed.is_sorted());
        assert_eq!(parsed.iter().map(ToString::to_string).collect::<Vec<_>>(), sorted);
    }

    #[test]
    fn half_versions_are_refused() {
        for text in ["", "v", "1.2", "1.2.3.4", "1.02.3", "v1.2.3-", "1.2.x", "+1.2.3", "latest"] {
            assert!(text.parse::<KubernetesVersion>().is_err(), "{text}");
        }
    }

    #[test]
    fn api_versions_read_with_and_without_the_group() {
        for version in ApiVersion::ALL {
            assert_eq!(version.to_string().parse::<ApiVersion>().unwrap(), version);
            assert_eq!(version.name().parse::<ApiVersion>().unwrap(), version);
        }
        assert!("v1alpha3".parse::<ApiVersion>().is_err());
    }
}
