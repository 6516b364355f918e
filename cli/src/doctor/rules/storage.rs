//! Disks and the container store.

mod space;
mod store;
#[cfg(test)]
mod tests;

pub(super) use space::plugin_dir_read_only;
pub(super) use store::in_use;

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, by_crio, by_facts, error, warning};

const FILES: &[Need] = &[Need::Files];
const KERNEL: &[Need] = &[Need::Kernel];

/// The rows.
///
/// What evicts pods now comes first, then the store, then messages of the kernel.
pub(super) const CHECKS: &[Check] = &[
    error("eviction-threshold-crossed", &[Need::Kernel], by_facts),
    warning("storage-conf-conflicting", FILES, store::conflicting),
    error("storage-conf-unreadable", FILES, by_crio),
    error("storage-conf-path-missing", FILES, by_crio),
    error("storage-driver-changed", FILES, store::driver_changed),
    error("subordinate-ids-missing", FILES, store::subordinate_ids),
    warning("image-gc-threshold-crossed", &[Need::Kernel, Need::Log], space::image_gc),
    warning("inodes-nearly-exhausted", KERNEL, space::inodes),
    error("run-filesystem-full", KERNEL, space::run_full),
    warning("etcd-disk-shared", KERNEL, space::etcd_disk),
    error("kubelet-root-noexec", KERNEL, space::noexec),
    error("volume-mount-not-shared", &[Need::Log], by_logs),
    error("disk-errors", &[Need::Log], by_logs),
    warning("tasks-blocked-on-io", &[Need::Log], by_logs),
    error("filesystem-went-read-only", &[Need::Log], by_logs),
    error("overlay-storage-unsupported", &[Need::Log], by_logs),
    error("graph-root-filesystem-unsuitable", &[Need::Log], by_logs),
    error("xfs-without-ftype", &[Need::Log], by_logs),
    error("container-storage-not-opened", &[Need::Log], by_logs),
    error("container-storage-damaged", &[Need::Log], by_logs),
];
