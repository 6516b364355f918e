//! Addresses, names, ports, firewalls, proxies.

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, by_facts, error, warning};

/// The rows.
pub(super) const CHECKS: &[Check] = &[
    error("address-not-on-host", &[Need::Kernel], by_facts),
    warning("no-proxy-incomplete", &[Need::Files], by_facts),
    warning("network-device-not-freed", &[Need::Log], by_logs),
];
