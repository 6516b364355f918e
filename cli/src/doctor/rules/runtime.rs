//! CRI-O, its runtimes and its socket.

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, by_facts, error, warning};

/// The rows.
pub(super) const CHECKS: &[Check] = &[
    error("runtime-socket-missing", &[Need::Kernel], by_facts),
    error("crio-not-running", &[Need::Daemon], by_facts),
    error("cri-socket-mismatch", &[Need::Files], by_facts),
    error("cgroup-driver-mismatch", &[Need::Files], by_facts),
    error("sandbox-creation-fails", &[Need::Log], by_logs),
    error("sandbox-name-reserved", &[Need::Log], by_logs),
    error("container-creation-timeout", &[Need::Log], by_logs),
    error("container-start-fails", &[Need::Log], by_logs),
    warning("container-kill-fails", &[Need::Log], by_logs),
    error("crio-running-twice", &[Need::Log], by_logs),
    warning("runtime-too-slow", &[Need::Log], by_logs),
];
