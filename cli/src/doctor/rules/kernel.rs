//! Kernel, modules, sysctls, swap, cgroups.
//!
//! Each rule on a value asks twice: now (`/proc`, the running kernel) and at the next boot (the
//! files that systemd reads). A disk or an archive of files has only the second answer; a rule
//! that needs the first is undecided there.

mod cgroup;
mod limit;
mod module;
mod option;
mod swap;
pub(in crate::doctor) mod sysctl;
#[cfg(test)]
mod tests;

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, error, note, warning};

const FILES: &[Need] = &[Need::Files];
const KERNEL: &[Need] = &[Need::Kernel];
/// Files say what the next boot has, the kernel what is so now.
const EITHER: &[Need] = &[Need::Files, Need::Kernel];

/// The rows.
///
/// Modules, then parameters, then swap and control groups, each before the log messages that
/// follow from it.
pub(super) const CHECKS: &[Check] = &[
    error("overlay-module-missing", KERNEL, module::overlay_missing),
    error("module-blacklisted", FILES, module::blacklisted),
    error("br-netfilter-not-loaded", KERNEL, module::br_netfilter),
    warning("module-lost-at-reboot", KERNEL, module::lost_at_reboot),
    error("kernel-modules-extra-missing", FILES, module::extra_missing).of("EL 9 and later"),
    error("cni-backend-module-missing", EITHER, module::backend_missing),
    error("kernel-options-missing", EITHER, option::missing).of("kubeadm's list of the minor"),
    error("kernel-release-unlisted", KERNEL, option::release).of("kubeadm's list of the minor"),
    error("ip-forward-off", EITHER, sysctl::ip_forward_off),
    error("ipv6-forwarding-off", EITHER, sysctl::ipv6_forwarding_off),
    warning("sysctl-file-overridden", FILES, sysctl::overridden),
    error("protect-kernel-defaults-mismatch", EITHER, sysctl::protect_kernel_defaults),
    error("inotify-limits-exhausted", KERNEL, sysctl::inotify),
    error("conntrack-table-full", KERNEL, sysctl::conntrack),
    error("swap-on", KERNEL, swap::on),
    warning("swap-returns-at-boot", FILES, swap::returns_at_boot),
    error("limited-swap-unsupported", EITHER, swap::limited),
    error("cgroup-hierarchy-legacy", EITHER, cgroup::hierarchy).of("error from Kubernetes 1.35 on"),
    error("cgroup-controller-disabled", KERNEL, cgroup::controller_disabled),
    note("pressure-information-missing", KERNEL, cgroup::no_pressure).of("kubelet 1.34+"),
    error("dev-kmsg-missing", KERNEL, cgroup::no_kmsg),
    error("root-mount-not-shared", KERNEL, cgroup::root_not_shared),
    note("neighbour-table-small", &[Need::Kernel, Need::Log], limit::neighbours),
    error("user-namespaces-forbidden", EITHER, limit::user_namespaces),
    error("configured-cgroup-missing", &[Need::Kernel, Need::Log], limit::configured_cgroup),
    error("cgroup-controller-not-delegated", &[Need::Log], by_logs),
    error("crio-cgroup-controller-missing", &[Need::Log], by_logs),
    error("device-cgroup-without-bpf", &[Need::Log], by_logs),
    error("systemd-bus-unreachable", &[Need::Log], by_logs),
    error("idmapped-mounts-unsupported", &[Need::Log], by_logs),
    error("ipvs-modules-missing", &[Need::Api, Need::Log], by_logs),
    note("swap-accounting-missing", &[Need::Log], by_logs),
];
