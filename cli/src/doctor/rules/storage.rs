//! Disks and the container store.

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, by_facts, error, warning};

/// The rows.
pub(super) const CHECKS: &[Check] = &[
    error("eviction-threshold-crossed", &[Need::Kernel], by_facts),
    error("volume-mount-not-shared", &[Need::Log], by_logs),
    error("disk-errors", &[Need::Log], by_logs),
    warning("tasks-blocked-on-io", &[Need::Log], by_logs),
    error("filesystem-went-read-only", &[Need::Log], by_logs),
];
