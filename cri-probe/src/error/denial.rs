//! Why the kernel refused a connection.

use std::fmt;
use std::path::PathBuf;

/// Why the kernel said "permission denied".
///
/// Connecting needs the search permission on every directory of the path and the write permission
/// on the socket.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum Denial {
    /// The permission bits of `path` do not let this user in.
    Bits { path: PathBuf, mode: u32, owner: u32, group: u32, user: u32 },
    /// The same for user 0, who passes everywhere only with `CAP_DAC_OVERRIDE`.
    RootWithoutCapability { path: PathBuf, mode: u32, owner: u32, group: u32 },
    /// The bits let this user in, so something beyond them denied it.
    BeyondBits { path: PathBuf, selinux_enforcing: bool },
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bits { path, mode, owner, group, user } => write!(
                f,
                "{} has mode {mode:04o}, owner {owner}, group {group}, and this is user {user}; run as root",
                path.display()
            ),
            Self::RootWithoutCapability { path, mode, owner, group } => write!(
                f,
                "{} has mode {mode:04o}, owner {owner}, group {group}, and this is user 0 without CAP_DAC_OVERRIDE \
                 (a container or a unit with fewer capabilities?); run with it or as user {owner}",
                path.display()
            ),
            Self::BeyondBits { path, selinux_enforcing: true } => write!(
                f,
                "the permission bits of {} allow it, so it is SELinux (enforcing) that denies it; see `ausearch -m avc \
                 -ts recent`",
                path.display()
            ),
            Self::BeyondBits { path, selinux_enforcing: false } => write!(
                f,
                "the permission bits of {} allow it, so an access list or a security module (AppArmor, a sandbox) \
                 denies it; see `getfacl` and `dmesg`",
                path.display()
            ),
        }
    }
}
