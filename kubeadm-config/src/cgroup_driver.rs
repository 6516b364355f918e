//! Who manages cgroups: a word that the kubelet and the container runtime have to share.

use crate::error::Error;

/// Who manages the cgroups of Pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CgroupDriver {
    /// systemd does.
    Systemd,
    /// The kubelet does by itself.
    Cgroupfs,
}

impl CgroupDriver {
    /// As the kubelet's configuration spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Systemd => "systemd",
            Self::Cgroupfs => "cgroupfs",
        }
    }
}

impl std::fmt::Display for CgroupDriver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for CgroupDriver {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let known = [Self::Systemd, Self::Cgroupfs].into_iter().find(|driver| driver.as_str() == text);
        known.ok_or_else(|| Error::CgroupDriver { given: text.into() })
    }
}
