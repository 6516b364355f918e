//! Addresses, names, ports, firewalls, proxies.
//!
//! The host's part of the network. What pods get is `pod_network`'s; what a firewall lets through
//! is planned by `recipe` and not judged here, because rules of nftables cannot be read from
//! files.

mod filter;
mod interfaces;
mod node;
mod proxy;
mod subnets;
#[cfg(test)]
mod tests;

pub(super) use subnets::cluster_cidr;

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, by_facts, error, note, warning};

const FILES: &[Need] = &[Need::Files];
const KERNEL: &[Need] = &[Need::Kernel];

/// The rows.
///
/// What keeps kubeadm from starting first, then what breaks a node that runs.
pub(super) const CHECKS: &[Check] = &[
    error("default-route-missing", KERNEL, interfaces::default_route),
    error("address-not-on-host", KERNEL, by_facts),
    error("port-in-use", KERNEL, interfaces::port_in_use),
    error("service-subnet-mismatch", FILES, subnets::service),
    error("pod-subnet-overlap", FILES, subnets::overlap),
    error("pod-subnet-too-small", FILES, subnets::too_small),
    error("ipv6-disabled", FILES, subnets::ipv6_disabled),
    warning("proxy-not-in-services", FILES, proxy::not_in_services),
    warning("no-proxy-incomplete", FILES, by_facts).told(),
    warning("proxy-url-invalid", FILES, proxy::invalid),
    warning("proxy-in-static-pods", FILES, proxy::in_static_pods),
    warning("firewalld-flushes-on-reload", FILES, interfaces::firewalld),
    warning("networkmanager-manages-pod-interfaces", FILES, interfaces::network_manager),
    warning("networkd-removes-foreign-routes", FILES, interfaces::networkd),
    warning("stale-network-interfaces", KERNEL, interfaces::stale),
    warning("node-address-ambiguous", KERNEL, node::ambiguous),
    note("node-port-range-overlap", KERNEL, node::port_range),
    warning("pod-mtu-too-large", KERNEL, node::mtu),
    error("kube-proxy-nftables-unsupported", FILES, node::nftables).of("Linux before 5.13"),
    error("firewall-ports-closed", &[Need::Log], by_logs),
    warning("network-device-not-freed", &[Need::Log], by_logs),
    error("forward-policy-drop", KERNEL, filter::forward_drop),
    warning("stale-firewall-rules", KERNEL, filter::stale),
    error("iptables-backends-mixed", &[Need::Log], by_logs),
];
