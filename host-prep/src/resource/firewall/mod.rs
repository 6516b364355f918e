//! Firewalls: the ports of a node's role and the cluster's own subnets let through, or the firewall
//! stopped on consent.
//!
//! Ports alone are not enough for firewalld: its nftables backend rejects what is forwarded between
//! Pods (flannel#2055), so the Pods' and Services' subnets become sources of the zone `trusted`.
//! Ports go into the zones by which the node is reached. Rules of nftables.service are the admin's
//! own: an accept in another table does not undo a drop in theirs, so they are named and left.

mod firewalld;
mod resource;
mod subnet;

pub use resource::Firewall;
pub use subnet::{InvalidSubnet, Subnet};

use std::net::IpAddr;

use serde::Serialize;

/// A port, or a range of them, that a node is reached at.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Port {
    /// First and last.
    pub range: (u16, u16),
    /// `tcp` or `udp`.
    pub protocol: &'static str,
    /// What answers there.
    pub of: &'static str,
}

/// By what others reach a node. Nothing in it: that is not known.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Reached {
    /// Its interfaces.
    pub interfaces: Vec<String>,
    /// Their addresses.
    pub addresses: Vec<IpAddr>,
}

/// What a node does in its cluster.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::exhaustive_enums, reason = "kubeadm knows these two")]
pub enum Role {
    /// It runs the control plane.
    ControlPlane,
    /// It runs workloads.
    Worker,
}

const fn port(first: u16, last: u16, protocol: &'static str, of: &'static str) -> Port {
    Port { range: (first, last), protocol, of }
}

/// kubernetes.io, ports and protocols.
const CONTROL_PLANE: &[Port] = &[
    port(6443, 6443, "tcp", "kube-apiserver"),
    port(2379, 2380, "tcp", "etcd"),
    port(10250, 10250, "tcp", "kubelet"),
    port(10257, 10257, "tcp", "kube-controller-manager"),
    port(10259, 10259, "tcp", "kube-scheduler"),
];
const WORKER: &[Port] = &[
    port(10250, 10250, "tcp", "kubelet"),
    port(10256, 10256, "tcp", "kube-proxy"),
    port(30000, 32767, "tcp", "NodePort Services"),
    port(30000, 32767, "udp", "NodePort Services"),
];

/// Ports of network plugins, between nodes.
const PLUGINS: &[(&str, &[Port])] = &[
    ("flannel", &[port(8472, 8472, "udp", "flannel's VXLAN")]),
    (
        "calico",
        &[
            port(179, 179, "tcp", "BGP"),
            port(4789, 4789, "udp", "Calico's VXLAN"),
            port(5473, 5473, "tcp", "Typha"),
        ],
    ),
    (
        "cilium",
        &[port(8472, 8472, "udp", "Cilium's VXLAN"), port(4240, 4240, "tcp", "Cilium's health checks")],
    ),
];

/// The ports of a role, and those of a network plugin where it is known.
///
/// From kubernetes.io, "Ports and Protocols", and the plugins' own documentation (`flannel`,
/// `calico`, `cilium`). A plugin that is not known adds none, and neither does an API server on
/// another port: both are the caller's to add.
///
/// ```
/// use host_prep::firewall::{Role, ports};
///
/// let open = ports(Role::Worker, Some("flannel"));
/// let open: Vec<String> = open.iter().map(|port| port.firewalld()).collect();
/// assert_eq!(open, ["10250/tcp", "10256/tcp", "30000-32767/tcp", "30000-32767/udp", "8472/udp"]);
/// ```
#[must_use]
pub fn ports(role: Role, plugin: Option<&str>) -> Vec<Port> {
    let own = match role {
        Role::ControlPlane => CONTROL_PLANE,
        Role::Worker => WORKER,
    };
    let more = PLUGINS.iter().find(|(name, _)| Some(*name) == plugin).map_or(&[][..], |(_, ports)| ports);
    own.iter().chain(more).copied().collect()
}

impl Port {
    /// As firewalld writes it: `2379-2380/tcp`.
    #[must_use]
    pub fn firewalld(&self) -> String {
        self.written('-')
    }

    /// As ufw writes it: `2379:2380/tcp`.
    #[must_use]
    pub fn ufw(&self) -> String {
        self.written(':')
    }

    fn told(&self) -> String {
        let Self { range: (first, _), of, .. } = self;
        format!("{first} {of}")
    }

    fn written(&self, to: char) -> String {
        let Self { range: (first, last), protocol, .. } = self;
        if first == last { format!("{first}/{protocol}") } else { format!("{first}{to}{last}/{protocol}") }
    }
}

/// The program that a line of words runs.
fn words(line: &str) -> crate::Invocation {
    let mut words = line.split(' ');
    crate::Invocation::new(words.next().unwrap_or_default(), words)
}
