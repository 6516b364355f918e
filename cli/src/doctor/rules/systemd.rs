//! Units as systemd reads them.

mod limits;
mod start;
#[cfg(test)]
mod tests;

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, by_facts, error, note, warning};

/// The rows.
///
/// What keeps a service from starting first; a unit in a restart loop is a symptom of these.
pub(super) const CHECKS: &[Check] = &[
    error("unit-masked", &[Need::Files], start::masked),
    error("exec-start-duplicated", &[Need::Files], start::duplicated),
    error("exec-start-not-runnable", &[Need::Files], start::not_runnable),
    error("environment-file-missing", &[Need::Files], start::environment_file_missing),
    error("unit-condition-unmet", &[Need::Files], start::condition_unmet),
    warning("unit-line-ignored", &[Need::Files], by_facts).told(),
    warning("drop-in-not-read", &[Need::Files], by_facts).told(),
    error("unit-restart-loop", &[Need::Daemon], by_facts),
    warning("unit-not-enabled", &[Need::Files], start::not_enabled),
    error("boot-target-without-unit", &[Need::Files], start::not_reached),
    warning("unit-shadows-package", &[Need::Files], start::shadows_package),
    note("kubelet-unordered-after-runtime", &[Need::Files], start::unordered),
    error("unit-hardening-too-strict", &[Need::Files], limits::hardening),
    warning("delegate-or-slice-changed", &[Need::Files], limits::delegate_or_slice),
    warning("limit-nofile-low", &[Need::Files], limits::nofile),
    error("tasks-max-low", &[Need::Files], limits::tasks),
    note("journal-volatile-or-cut", &[Need::Files], limits::journal),
    note("oom-score-not-settable", &[Need::Log], by_logs),
    error("required-unit-failed", &[Need::Log], by_logs),
    warning("daemon-reload-pending", &[Need::Daemon], start::reload_pending),
    error("start-limit-hit", &[Need::Log], by_logs),
];
