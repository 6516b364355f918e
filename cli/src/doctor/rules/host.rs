//! The machine: processors, memory, clock, names, resolvers.
//!
//! What holds before anything of Kubernetes is installed. Needs are per row: a host name can be
//! judged on a disk, processors only on the running kernel.

mod machine;
mod name;
mod resolver;
#[cfg(test)]
mod tests;

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, error, note, warning};

const FILES: &[Need] = &[Need::Files];
const KERNEL: &[Need] = &[Need::Kernel];
const EITHER: &[Need] = &[Need::Files, Need::Kernel];

/// The rows.
///
/// What kubeadm's preflight refuses stands here as an error, with kubeadm's own bound.
pub(super) const CHECKS: &[Check] = &[
    warning("not-run-as-root", KERNEL, machine::not_root),
    error("cpus-too-few", KERNEL, machine::cpus),
    error("memory-too-small", KERNEL, machine::memory),
    error("reboot-pending", KERNEL, machine::reboot),
    error("clock-in-the-past", FILES, machine::clock_in_the_past),
    warning("clock-not-synchronised", FILES, machine::clock_not_synchronised),
    note("rtc-in-local-time", FILES, machine::rtc),
    error("machine-id-cloned", &[Need::Files, Need::Kernel, Need::Api], machine::machine_id),
    error("hostname-invalid", FILES, name::invalid),
    error("hostname-certificate-mismatch", EITHER, name::certificate),
    warning("hostname-not-resolved", FILES, name::not_resolved),
    warning("transient-hostname-differs", KERNEL, name::transient),
    error("localhost-not-resolved", FILES, name::localhost),
    error("nameserver-missing", FILES, resolver::no_server),
    error("resolv-conf-missing", FILES, resolver::missing),
    error("coredns-forwarding-loop", FILES, resolver::forwarding_loop),
    note("resolver-limits-exceeded", FILES, resolver::limits),
    error("platform-not-supported", KERNEL, machine::platform),
    note("entropy-low", KERNEL, machine::entropy).of("Linux before 5.6"),
    error("clock-skew-with-apiserver", &[Need::Api, Need::Log], by_logs),
    warning("containers-oom-killed", &[Need::Log], by_logs),
    error("host-out-of-memory", &[Need::Log], by_logs),
    warning("upstream-dns-silent", &[Need::Log], by_logs),
    error("node-name-taken", &[Need::Log], by_logs),
];
