//! The network of pods.
//!
//! Which configuration the runtime takes (`config`), whether its plugins can work (`plugin`), and
//! which addresses pods get (`range`). CRI-O reads `/etc/cni/net.d` by name and takes the first
//! file that can be read.

mod config;
mod overlay;
mod plugin;
mod range;
#[cfg(test)]
mod tests;

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, error, warning};

const FILES: &[Need] = &[Need::Files];
const EITHER: &[Need] = &[Need::Files, Need::Kernel];

/// The rows.
///
/// In the order in which a pod meets them: configuration, plugin, address, route.
pub(super) const CHECKS: &[Check] = &[
    error("cni-config-missing", FILES, config::none),
    error("cni-config-broken", FILES, config::broken),
    error("cni-config-shadowed", FILES, config::shadowed),
    warning("crio-bridge-config-left", FILES, config::bridge_left),
    error("cni-plugin-dir-mismatch", FILES, config::plugin_dir),
    error("cni-plugin-missing", FILES, config::plugin_missing),
    error("pod-network-mismatch", &[Need::Files, Need::Api], range::mismatch),
    error("pod-addresses-exhausted", FILES, range::exhausted),
    error("flannel-subnet-file-missing", &[Need::Kernel], config::flannel_subnet),
    error("bridge-address-mismatch", &[Need::Kernel, Need::Api, Need::Log], plugin::bridge),
    error("cni-version-too-new", FILES, plugin::too_new),
    error("calico-kubeconfig-stale", &[Need::Files, Need::Log], plugin::calico),
    error("rp-filter-loose", EITHER, config::rp_filter),
    error("overlay-port-closed", &[Need::Files, Need::Daemon], overlay::port_closed),
    error("bird-not-ready", &[Need::Log], by_logs),
    error("node-without-podcidr", &[Need::Api, Need::Log], by_logs),
    error("services-unreachable", &[Need::Api, Need::Log], by_logs),
];
