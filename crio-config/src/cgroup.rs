//! The cgroup manager.

use std::fmt;
use std::str::FromStr;

/// Who makes the cgroups of pods: `crio.runtime.cgroup_manager`. Must be the kubelet's
/// `cgroupDriver`.
///
/// ```
/// use crio_config::CgroupManager;
///
/// assert_eq!("systemd".parse::<CgroupManager>()?, CgroupManager::Systemd);
/// assert_eq!(CgroupManager::Cgroupfs.to_string(), "cgroupfs");
/// # Ok::<(), crio_config::InvalidCgroupManager>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "CRI-O takes these two and no other, in every release")]
pub enum CgroupManager {
    /// systemd; the default since 1.18.
    Systemd,
    /// CRI-O itself, through the cgroup file system.
    Cgroupfs,
}

/// A text that names no cgroup manager.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a cgroup manager: write systemd or cgroupfs")]
#[non_exhaustive]
pub struct InvalidCgroupManager(
    /// The text refused.
    pub String,
);

impl CgroupManager {
    /// The name as CRI-O and the kubelet write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Cgroupfs => "cgroupfs",
        }
    }
}

impl fmt::Display for CgroupManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for CgroupManager {
    type Err = InvalidCgroupManager;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "systemd" => Ok(Self::Systemd),
            "cgroupfs" => Ok(Self::Cgroupfs),
            _ => Err(InvalidCgroupManager(text.to_owned())),
        }
    }
}
