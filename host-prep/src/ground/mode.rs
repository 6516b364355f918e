//! Permission bits.

use serde::{Deserialize, Serialize};

/// Permission bits of a file, without its type.
///
/// ```
/// use host_prep::fs::Mode;
///
/// assert_eq!(Mode::new(0o100644), Mode::PUBLIC, "the type of a file is left away");
/// assert_eq!(Mode::PUBLIC.narrowed_by(Mode::PRIVATE), Mode::PRIVATE);
/// ```
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Mode(u32);

impl Mode {
    /// `0600`: what may hold a secret.
    pub const PRIVATE: Self = Self(0o600);
    /// `0644`: configuration everyone may read.
    pub const PUBLIC: Self = Self(0o644);
    /// `0755`: a directory everyone may look into.
    pub const DIRECTORY: Self = Self(0o755);

    /// The permission, setuid, setgid and sticky bits of `bits`.
    #[must_use]
    pub const fn new(bits: u32) -> Self {
        Self(bits & 0o7777)
    }

    /// What both of them allow.
    #[must_use]
    pub const fn narrowed_by(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The bits as `chmod` takes them.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }
}
