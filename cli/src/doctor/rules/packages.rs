//! Packages, where they come from, and how their versions fit.

mod origin;
mod program;
#[cfg(test)]
mod tests;
pub(super) mod version;

pub(super) use program::{known_machine, program_machine};

use crate::doctor::check::{Check, Need, error, warning};

const FILES: &[Need] = &[Need::Files];

/// The rows.
///
/// Sources, then versions, then programs: what is mended further up changes what is found further
/// down.
pub(super) const CHECKS: &[Check] = &[
    warning("repository-dead", FILES, origin::dead),
    warning("crio-origins-mixed", FILES, origin::mixed),
    warning("repository-key-untrusted", FILES, origin::keys),
    error("package-minors-mixed", FILES, version::mixed),
    warning("packages-not-held", FILES, version::not_held),
    warning("package-half-installed", FILES, version::half_installed),
    error("program-not-runnable", FILES, program::not_runnable),
    error("required-executable-missing", FILES, program::missing).of("kubeadm's list of the minor"),
    warning("duplicate-programs-in-path", FILES, program::duplicates),
    error("crictl-config-refused", FILES, program::crictl_refuses),
    warning("crictl-endpoint-mismatch", FILES, program::crictl),
];
