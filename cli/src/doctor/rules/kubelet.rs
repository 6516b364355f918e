//! The kubelet's configuration, drop-ins, flags.

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, by_facts, error, warning};

/// The rows.
pub(super) const CHECKS: &[Check] = &[
    error("kubelet-config-missing", &[Need::Files], by_facts),
    error("kubelet-config-unreadable", &[Need::Files], by_facts),
    error("kubelet-config-refused", &[Need::Files], by_facts),
    error("kubelet-dropin-refused", &[Need::Files], by_facts),
    error("feature-gate-refused", &[Need::Files], by_facts),
    warning("feature-gate-ineffective", &[Need::Files], by_facts),
    error("kubelet-flag-unknown", &[Need::Files], by_facts),
    error("kubelet-argument-unparsable", &[Need::Files], by_facts),
    warning("kubelet-field-ignored", &[Need::Files], by_facts),
    warning("kubelet-arguments-not-read", &[Need::Files], by_facts),
    error("kubelet-not-running", &[Need::Daemon], by_facts),
    error("kubelet-unhealthy", &[Need::Log], by_logs),
];
