//! The kubelet's configuration, drop-ins, flags.
//!
//! Which settings are in force is worked out by `kubeadm_config::kubelet` (flag over drop-in over
//! file over default of the minor) and by `recipe::finding`; the rules of this folder judge what
//! is in force. Rows `by_facts` are told in the kubelet's own words.

mod cluster;
mod resources;
mod settings;
#[cfg(test)]
mod tests;

use super::api::by_api;
use super::logs::by_logs;
use crate::doctor::check::{Check, Need, by_facts, error, note, warning};

const FILES: &[Need] = &[Need::Files];

/// The rows.
///
/// In the order in which the kubelet starts: unit, files, gates, flags, settings, resources.
pub(super) const CHECKS: &[Check] = &[
    error("kubelet-unit-missing", FILES, by_facts),
    error("kubelet-kubeconfig-not-passed", FILES, by_facts),
    error("kubelet-config-not-passed", FILES, by_facts),
    error("kubelet-config-missing", FILES, settings::of_config),
    error("kubelet-config-unreadable", FILES, settings::no_file),
    error("kubelet-config-refused", FILES, settings::of_config).of("kubelet's fields of the minor"),
    error("kubelet-dropin-refused", FILES, by_facts).of("kubelet's fields of the minor"),
    error("feature-gate-refused", FILES, settings::of_config).of("gates of the minor"),
    note("feature-gate-ineffective", FILES, by_facts).of("gates of the minor").told(),
    error("kubelet-flag-unknown", FILES, by_facts).of("kubelet's flags of the minor"),
    error("kubelet-argument-unparsable", FILES, by_facts),
    error("node-label-forbidden", FILES, by_facts),
    warning("kubelet-arguments-not-read", FILES, by_facts).told(),
    warning("kubelet-field-ignored", FILES, by_facts).told(),
    warning("kubelet-setting-ineffective", FILES, settings::ineffective),
    note("kubelet-flag-overrides-file", FILES, settings::overridden),
    warning("instance-config-mismatch", FILES, settings::instance_config).told(),
    error("static-pod-path-mismatch", FILES, settings::static_pod_path),
    warning("kubelet-open-to-all", FILES, settings::open_to_all),
    warning("serving-certificate-pending", &[Need::Files, Need::Api], settings::serving_certificate),
    error("cpu-manager-misconfigured", FILES, resources::cpu_manager),
    error("reserved-memory-mismatch", FILES, by_facts).of("kubelet's fields of the minor"),
    error("enforced-reservation-without-cgroup", FILES, by_facts),
    error("soft-eviction-without-grace", FILES, by_facts),
    warning("eviction-defaults-lost", FILES, resources::eviction_defaults),
    warning("max-pods-too-many", &[Need::Files, Need::Api], resources::max_pods),
    note("kubelet-config-drifted", &[Need::Api], by_api),
    error("cluster-dns-mismatch", &[Need::Files, Need::Api], cluster::dns),
    note("kubelet-flag-deprecated", FILES, settings::deprecated),
    error("kubeadm-config-invalid", FILES, super::upgrade::invalid).of("kubeadm's fields of the minor"),
    error("reserved-exceeds-capacity", &[Need::Kernel, Need::Log], resources::reserved),
    error("volume-plugin-dir-readonly", &[Need::Kernel], super::storage::plugin_dir_read_only),
    error("kubelet-not-running", &[Need::Daemon], by_facts),
    error("kubelet-unhealthy", &[Need::Log], by_logs),
];
