//! Disks and the container store.

use crate::doctor::check::{Check, Need, by_facts, error};

/// The rows.
pub(super) const CHECKS: &[Check] = &[error("eviction-threshold-crossed", &[Need::Kernel], by_facts)];
