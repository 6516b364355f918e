//! Static pods, etcd and the API server.

use crate::doctor::check::{Check, Need, by_facts, error};

/// The rows.
pub(super) const CHECKS: &[Check] = &[
    error("manifest-not-a-pod", &[Need::Files], by_facts),
    error("manifest-duplicated", &[Need::Files], by_facts),
    error("manifest-missing", &[Need::Files], by_facts),
    error("component-flag-unknown", &[Need::Files], by_facts),
    error("apiserver-not-listening", &[Need::Kernel], by_facts),
    error("control-plane-unhealthy", &[Need::Kernel], by_facts),
];
