//! What kubeadm asks the host it runs on, as plain values.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::token::BootstrapToken;

/// The facts about a host that defaults depend on. The library never looks them up: who does (or
/// makes them up) makes a run reproducible.
///
/// ```
/// let mut facts = kubeadm_config::HostFacts::default();
/// facts.host_name = "node-1".into();
/// facts.ipv4_route_address = Some([192, 0, 2, 10].into());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct HostFacts {
    /// The host name, as `uname` has it.
    pub host_name: String,
    /// The IPv4 address on the interface of the IPv4 default route.
    pub ipv4_route_address: Option<Ipv4Addr>,
    /// The global IPv6 address on the interface of the IPv6 default route.
    pub ipv6_route_address: Option<Ipv6Addr>,
    /// A global unicast address on the loopback interface, where a routing daemon announces one.
    pub loopback_address: Option<IpAddr>,
    /// Whether the addresses only stand for those of whatever host, so that no message names one.
    pub addresses_stand_in: bool,
    /// The runtime sockets that answer, as paths without scheme.
    pub cri_sockets: Vec<String>,
    /// Random tokens for where none is given, used in order.
    pub random_tokens: Vec<BootstrapToken>,
    /// What version labels such as `stable-1` resolve to. A label that is not here cannot be
    /// resolved, as without a network.
    pub version_labels: BTreeMap<String, String>,
    /// Whether systemd-resolved runs: kubeadm up to 1.30 then gives the kubelet its `resolv.conf`.
    pub systemd_resolved: bool,
    /// Docker's cgroup driver, which kubeadm up to 1.21 takes over for the kubelet.
    pub docker_cgroup_driver: Option<String>,
    /// Paths of files that exist, of those that discovery by file may name.
    pub existing_files: Vec<String>,
}
