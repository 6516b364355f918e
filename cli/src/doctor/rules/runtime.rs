//! CRI-O, its runtimes and its socket.

use crate::doctor::check::{Check, Need, by_facts, error};

/// The rows.
pub(super) const CHECKS: &[Check] = &[
    error("runtime-socket-missing", &[Need::Kernel], by_facts),
    error("crio-not-running", &[Need::Daemon], by_facts),
    error("cri-socket-mismatch", &[Need::Files], by_facts),
    error("cgroup-driver-mismatch", &[Need::Files], by_facts),
];
