//! CRI-O, its runtimes and its socket.
//!
//! What CRI-O refuses is decided by `crio_config` (rows `by_crio`); whether the kubelet finds it,
//! and whether the two understand each other, by the rules of this folder.

mod endpoint;
mod pending;
#[cfg(test)]
mod tests;
mod version;

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, by_crio, by_facts, error, note, warning};

const FILES: &[Need] = &[Need::Files];
const KERNEL: &[Need] = &[Need::Kernel];

/// The rows.
///
/// As CRI-O starts: its files, its programs, its socket, then what it does with pods.
pub(super) const CHECKS: &[Check] = &[
    error("crio-toml-broken", FILES, by_crio),
    error("crio-value-refused", FILES, by_crio).of("CRI-O's options of the minor"),
    error("crio-argument-refused", FILES, by_facts),
    warning("crio-arguments-not-read", FILES, by_facts).told(),
    error("conmon-cgroup-mismatch", FILES, by_crio),
    error("oci-runtime-missing", FILES, endpoint::program),
    error("conmon-not-usable", FILES, endpoint::program),
    error("pinns-missing", FILES, endpoint::program),
    warning("runtime-handler-dropped", FILES, endpoint::program).told(),
    warning("crio-backup-file-read", FILES, by_crio),
    warning("crio-dropin-misplaced", FILES, endpoint::misplaced),
    note("crio-option-deprecated", FILES, by_crio).of("CRI-O's options of the minor"),
    warning("pids-limit-low", FILES, endpoint::pids_limit),
    error("runtime-endpoint-invalid", FILES, endpoint::invalid),
    error("cri-socket-mismatch", &[Need::Files, Need::Api], endpoint::mismatch),
    error("cgroup-driver-mismatch", FILES, endpoint::cgroup_driver),
    error("runtime-socket-missing", KERNEL, by_facts),
    error("crio-unit-missing", &[Need::Daemon], by_facts),
    error("crio-not-running", &[Need::Daemon], by_facts),
    error("cri-version-mismatch", &[Need::Files, Need::Log], version::of_cri),
    warning("default-runtime-changed", KERNEL, version::default_runtime),
    warning("crio-restart-pending", &[Need::Daemon], pending::restart),
    warning("cgroup-driver-changed", KERNEL, pending::cgroup_driver),
    error("sandbox-creation-fails", &[Need::Log], by_logs),
    error("sandbox-name-reserved", &[Need::Log], by_logs),
    error("container-creation-timeout", &[Need::Log], by_logs),
    error("container-start-fails", &[Need::Log], by_logs),
    warning("container-kill-fails", &[Need::Log], by_logs),
    error("crio-running-twice", &[Need::Log], by_logs),
    warning("runtime-too-slow", &[Need::Log], by_logs),
    error("runtime-sockets-ambiguous", &[Need::Log], by_logs),
    error("runtime-socket-dead", &[Need::Log], by_logs),
    warning("runtime-config-unanswered", &[Need::Log], by_logs),
    error("crun-too-old", &[Need::Log], by_logs),
    warning("oci-runtime-without-features", &[Need::Log], by_logs),
];
