//! Static pods, etcd and the API server.

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, by_facts, error, warning};

/// The rows.
pub(super) const CHECKS: &[Check] = &[
    error("manifest-not-a-pod", &[Need::Files], by_facts),
    error("manifest-duplicated", &[Need::Files], by_facts),
    error("manifest-missing", &[Need::Files], by_facts),
    error("component-flag-unknown", &[Need::Files], by_facts),
    error("apiserver-not-listening", &[Need::Kernel], by_facts),
    error("control-plane-unhealthy", &[Need::Kernel], by_facts),
    warning("etcd-disk-slow", &[Need::Log], by_logs),
    error("etcd-data-torn", &[Need::Log], by_logs),
    error("etcd-member-mismatch", &[Need::Log], by_logs),
    error("etcd-unreachable", &[Need::Log], by_logs),
    error("etcd-space-exceeded", &[Need::Log], by_logs),
    error("apiserver-unreachable", &[Need::Log], by_logs),
];
