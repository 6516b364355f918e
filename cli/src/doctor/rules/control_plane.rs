//! Static pods, etcd and the API server.
//!
//! Static pods are files of the host (`/etc/kubernetes/manifests`) and can be judged without an
//! API server, which is when it matters: a control plane that does not start has nobody else to
//! ask. Rows `by_facts` are decided by `recipe::finding`, rows `by_logs` by `doctor::log`.

mod argument_file;
mod endpoint;
mod etcd;
mod etcd_endpoint;
mod external_etcd;
mod manifest;
mod mounts;
#[cfg(test)]
mod tests;

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, by_facts, error, warning};

/// Decided by the manifests and what they name.
const FILES: &[Need] = &[Need::Files];
/// Decided by what listens on the running host.
const KERNEL: &[Need] = &[Need::Kernel];

/// The rows.
///
/// In the order of a start: the directory, the manifests, their flags, their volumes, etcd, the
/// API server.
pub(super) const CHECKS: &[Check] = &[
    error("manifest-directory-missing", FILES, manifest::no_directory),
    error("manifest-not-a-pod", FILES, by_facts),
    error("manifest-duplicated", FILES, by_facts),
    error("manifest-missing", FILES, manifest::missing),
    error("component-flag-unknown", FILES, by_facts).of("the component's flags of the minor"),
    error("component-argument-unparsable", FILES, by_facts),
    error("component-argument-refused", FILES, by_facts),
    error("manifest-hostpath-missing", FILES, manifest::host_path),
    error("argument-file-not-mounted", FILES, argument_file::not_there),
    warning("control-plane-minors-mixed", FILES, manifest::minors),
    error("etcd-data-dir-wrong", FILES, etcd::data_dir),
    error("external-etcd-too-old", &[Need::Daemon], external_etcd::too_old)
        .of("kubeadm's least etcd of the minor"),
    error("cluster-cidr-mismatch", &[Need::Files, Need::Api], super::network::cluster_cidr),
    error("control-plane-endpoint-unreachable", &[Need::Files, Need::Daemon], endpoint::unreachable),
    error("apiserver-not-listening", KERNEL, by_facts),
    error("control-plane-unhealthy", &[Need::Kernel, Need::Api], by_facts),
    warning("etcd-disk-slow", &[Need::Log], by_logs),
    error("etcd-data-torn", &[Need::Log], by_logs),
    error("etcd-member-mismatch", &[Need::Log], by_logs),
    error(
        "etcd-unreachable",
        &[Need::Files, Need::Kernel, Need::Daemon, Need::Log],
        etcd_endpoint::unreachable,
    ),
    error("etcd-space-exceeded", &[Need::Log], by_logs),
    error("apiserver-unreachable", &[Need::Api, Need::Log], by_logs),
];
