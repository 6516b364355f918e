//! Certificates, keys, kubeconfigs.

use crate::doctor::check::{Check, Need, by_facts, error, warning};

/// The rows.
pub(super) const CHECKS: &[Check] = &[
    error("certificate-expired", &[Need::Files], by_facts),
    warning("certificate-expires-soon", &[Need::Files], by_facts),
    error("ca-expires-soon", &[Need::Files], by_facts),
    error("certificate-unreadable", &[Need::Files], by_facts),
];
