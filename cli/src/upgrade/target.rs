//! The release that an upgrade goes to.

use std::fmt;
use std::str::FromStr;

use kubeadm_config::{KubeadmRelease, KubernetesVersion, Minor};

/// A minor, `1.36`, or a release of it, `v1.36.4`, that the tables know.
///
/// ```
/// use k8sprep::upgrade::Target;
///
/// let target: Target = "v1.36.4".parse()?;
/// assert_eq!((target.minor().number(), target.to_string().as_str()), (36, "v1.36.4"));
/// assert_eq!("1.36".parse::<Target>()?.to_string(), "1.36");
/// assert!("1.99".parse::<Target>().is_err() && "latest".parse::<Target>().is_err());
/// # Ok::<(), k8sprep::upgrade::InvalidTarget>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Target {
    minor: Minor,
    version: Option<KubernetesVersion>,
}

/// A text that names no release that is known.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is no release from 1.{oldest} to 1.{newest}, which are known: write 1.36 or v1.36.4", oldest = KubeadmRelease::MINORS.start(), newest = KubeadmRelease::MINORS.end())]
#[non_exhaustive]
pub struct InvalidTarget(
    /// The text.
    pub String,
);

impl Target {
    /// The minor.
    #[must_use]
    pub fn minor(&self) -> Minor {
        self.minor
    }

    /// The release, where one is named.
    #[must_use]
    pub fn version(&self) -> Option<&KubernetesVersion> {
        self.version.as_ref()
    }
}

impl FromStr for Target {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let invalid = || InvalidTarget(text.to_owned());
        let bare = text.strip_prefix('v').unwrap_or(text);
        let parts = bare.split('.').count();
        let version = match parts {
            2 => format!("v{bare}.0").parse::<KubernetesVersion>(),
            _ => format!("v{bare}").parse(),
        };
        let version = version.map_err(|_| invalid())?;
        let known = version.major() == 1 && KubeadmRelease::MINORS.contains(&version.minor_number());
        let minor = version.minor();
        if known { Ok(Self { minor, version: (parts > 2).then_some(version) }) } else { Err(invalid()) }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.version {
            Some(version) => version.fmt(f),
            None => self.minor.fmt(f),
        }
    }
}
