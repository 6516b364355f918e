//! The network of pods.

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, by_facts, error};

/// The rows.
pub(super) const CHECKS: &[Check] = &[
    error("cni-config-missing", &[Need::Files], by_facts),
    error("cni-plugin-missing", &[Need::Files], by_facts),
    error("cni-config-broken", &[Need::Files], by_facts),
    error("bird-not-ready", &[Need::Log], by_logs),
];
