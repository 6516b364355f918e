//! Services that matter to a node, and time synchronisation among them.

use std::path::PathBuf;

use serde::Serialize;

use super::source::{Fact, Source};
use super::units::Units;

/// A service on a host.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Service {
    /// Unit name with `.service`.
    pub name: &'static str,
    /// What it is to a node.
    pub purpose: Purpose,
    /// Its unit file; `None` when it is masked.
    pub file: Option<PathBuf>,
    /// Whether the next boot starts it.
    pub enabled: bool,
}

/// What a service is to a node.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Purpose {
    /// Runs containers.
    Runtime,
    /// Is kubelet.
    Kubelet,
    /// Filters packets.
    Firewall,
    /// Manages interfaces, pods' ones too unless told not to.
    Network,
    /// Resolves names.
    Resolver,
    /// Keeps the time.
    Time,
    /// Decides what may execute.
    ExecutionControl,
}

/// Time on a host.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Time {
    /// Time services that the next boot starts.
    pub enabled: Vec<&'static str>,
    /// Whether systemd-timesyncd has reached a server. Other services keep that to themselves.
    pub synchronized: Fact<bool>,
    /// Directories of units that could not be read, with the reason: more may be enabled.
    #[serde(skip)]
    pub unknown: Vec<String>,
}

const SERVICES: &[(&str, Purpose)] = &[
    ("crio.service", Purpose::Runtime),
    ("containerd.service", Purpose::Runtime),
    ("cri-docker.service", Purpose::Runtime),
    ("docker.service", Purpose::Runtime),
    ("kubelet.service", Purpose::Kubelet),
    ("firewalld.service", Purpose::Firewall),
    ("ip6tables.service", Purpose::Firewall),
    ("iptables.service", Purpose::Firewall),
    ("netfilter-persistent.service", Purpose::Firewall),
    ("nftables.service", Purpose::Firewall),
    ("ufw.service", Purpose::Firewall),
    ("NetworkManager.service", Purpose::Network),
    ("nm-cloud-setup.service", Purpose::Network),
    ("systemd-networkd.service", Purpose::Network),
    ("systemd-resolved.service", Purpose::Resolver),
    ("chrony.service", Purpose::Time),
    ("chronyd.service", Purpose::Time),
    ("ntp.service", Purpose::Time),
    ("ntpd.service", Purpose::Time),
    ("ntpsec.service", Purpose::Time),
    ("openntpd.service", Purpose::Time),
    ("systemd-timesyncd.service", Purpose::Time),
    ("fapolicyd.service", Purpose::ExecutionControl),
];

/// The services of the table that are installed.
pub(super) fn observe(units: &Units) -> Vec<Service> {
    let installed = |(name, purpose): &(&'static str, Purpose)| {
        let file = units.find(name).map(std::path::Path::to_owned);
        let there = file.is_some() || units.is_masked(name);
        there.then(|| Service { name, purpose: *purpose, file, enabled: units.is_enabled(name) })
    };
    SERVICES.iter().filter_map(installed).collect()
}

impl Time {
    pub(super) fn observe(source: &Source<'_>, units: &Units, services: &[Service]) -> Self {
        let time = services.iter().filter(|s| s.purpose == Purpose::Time && s.enabled);
        let enabled: Vec<_> = time.map(|s| s.name).collect();
        let synchronized = source.live(|| match enabled.contains(&"systemd-timesyncd.service") {
            true => source.exists("/run/systemd/timesync/synchronized"),
            false => Fact::unknown("only systemd-timesyncd leaves a trace of it"),
        });
        Self { enabled, synchronized, unknown: units.unknown.clone() }
    }
}
