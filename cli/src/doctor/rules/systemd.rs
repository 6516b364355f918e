//! Units as systemd reads them.

use crate::doctor::check::{Check, Need, by_facts, error, warning};

/// The rows.
pub(super) const CHECKS: &[Check] = &[
    error("exec-start-duplicated", &[Need::Files], by_facts),
    error("environment-file-missing", &[Need::Files], by_facts),
    warning("unit-line-ignored", &[Need::Files], by_facts),
    error("unit-restart-loop", &[Need::Daemon], by_facts),
];
