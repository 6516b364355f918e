//! What is so on a host: read, never guessed, never changed.
//!
//! [`observe`] reads a host's files, and the running kernel's where there is one. It needs no root:
//! what may not be read is [`Fact::Unknown`] with the reason. Nothing is asked of the network, and
//! of other programs on a member, systemd and rpm: no file shows that a daemon exits again and
//! again, or what an rpm database has.

mod address;
mod boot_words;
mod cni;
mod crio_places;
mod crio_version;
mod daemon;
pub mod distro;
pub(crate) mod installed;
mod kernel;
pub(crate) mod kubeadm;
mod kubelet;
mod module;
mod network;
mod packages;
mod programs;
mod runtime;
mod security;
mod service;
mod source;
mod space;
mod swap;
mod sysctl;
mod unit;
mod unit_command;
mod unit_keys;
mod unit_lines;
mod unit_told;
mod unit_values;
mod unit_words;
mod units;

use std::collections::BTreeMap;

use serde::Serialize;

pub use address::{
    AddressError, Family, Interface, OwnSubnet, choose_address, default_address, interfaces,
    loopback_address, subnets,
};
pub use boot_words::BootWord;
pub use cni::{CNI_PLUGIN_DIRS, Cni, CniConfig, CniPlugins, cni_refusal, is_pod_interface};
pub use crio_places::CrioPlaces;
pub(crate) use crio_version::RPM_DATABASES;
pub use crio_version::{CrioSource, InstalledCrio, installed_crio};
pub use daemon::{Daemon, Daemons};
pub use kernel::{Cgroup, Kernel};
pub use kubeadm::Kubeadm;
pub use kubelet::Kubelet;
pub use module::{InvalidModuleName, Module, ModuleName, ModuleState};
pub use network::{Hostname, Listener, Network, Resolver};
pub use runtime::{Crio, FoundSocket};
pub use security::{Security, SelinuxLine, SelinuxMode, SelinuxSetting, selinux_words};
pub use service::{Purpose, Service, Time};
pub use source::{Fact, FileText, Origin};
pub use space::{FileSystem, Space};
pub use swap::{Swap, SwapArea, SwapKind, SwapSource};
pub use sysctl::{Assignment, Boot, InvalidSysctlKey, Role, Sysctl, SysctlKey};
pub use unit::{EnvironmentFile, Unit};
pub use unit_lines::IgnoredLine;
pub use units::BootTarget;
pub(crate) use units::UNIT_DIRS;

use crate::Host;
use crate::facts::distro::Distro;
use source::Source;

/// Modules that nodes need or that decide what a node can do.
const MODULES: &[&str] = &["br_netfilter", "ip_vs", "nf_conntrack", "nf_tables", "overlay", "vxlan"];

/// Kernel parameters that kubeadm, kubelet, CRI-O, kube-proxy or network plugins look at.
const SYSCTLS: &[&str] = &[
    "fs.inotify.max_user_instances",
    "fs.inotify.max_user_watches",
    "fs.may_detach_mounts",
    "kernel.keys.root_maxbytes",
    "kernel.keys.root_maxkeys",
    "kernel.panic",
    "kernel.panic_on_oops",
    "net.bridge.bridge-nf-call-arptables",
    "net.bridge.bridge-nf-call-ip6tables",
    "net.bridge.bridge-nf-call-iptables",
    "net.ipv4.conf.all.rp_filter",
    "net.ipv4.ip_forward",
    "net.ipv6.conf.all.forwarding",
    "net.ipv6.conf.default.forwarding",
    "net.netfilter.nf_conntrack_max",
    "user.max_user_namespaces",
    "vm.overcommit_memory",
    "vm.panic_on_oom",
    "vm.swappiness",
];

/// Everything [`observe`] found.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Facts {
    /// Whether a kernel runs under the tree. Without one every live fact is unknown.
    pub running: bool,
    /// The distribution; `None` inside where there is no os-release.
    pub distro: Fact<Option<Distro>>,
    /// The kernel.
    pub kernel: Kernel,
    /// Kernel modules.
    pub modules: BTreeMap<ModuleName, Module>,
    /// Kernel parameters.
    pub sysctls: BTreeMap<SysctlKey, Sysctl>,
    /// Swap.
    pub swap: Swap,
    /// SELinux and AppArmor.
    pub security: Security,
    /// kubelet.
    pub kubelet: Kubelet,
    /// What kubeadm left.
    pub kubeadm: Kubeadm,
    /// CRI-O.
    pub crio: Crio,
    /// The releases of kubelet, kubeadm, kubectl and CRI-O, as packages have them.
    pub packages: Fact<BTreeMap<String, String>>,
    /// The releases that kubelet and CRI-O print themselves on a running host, where no package has
    /// them, under the names of their packages.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub programs: BTreeMap<String, String>,
    /// What systemd makes of kubelet and CRI-O now, where the host belongs to a cluster.
    pub daemons: Fact<Daemons>,
    /// Room on the disks of a node, and memory.
    pub space: Fact<Space>,
    /// CRI sockets that exist.
    pub sockets: Fact<Vec<FoundSocket>>,
    /// Pod networks.
    pub cni: Cni,
    /// Names, resolvers, listeners, addresses.
    pub network: Network,
    /// The target of the next boot; `None` where the files do not tell it.
    #[serde(rename = "bootTarget")]
    pub boot_target: Option<BootTarget>,
    /// Services that are installed and matter.
    pub services: Vec<Service>,
    /// Time synchronisation.
    pub time: Time,
}

impl Facts {
    /// The release of a node's package, else the one that the program itself tells.
    #[must_use]
    pub fn release_of(&self, package: &str) -> Option<&str> {
        let packaged = self.packages.known().and_then(|all| all.get(package));
        packaged.or_else(|| self.programs.get(package)).map(String::as_str)
    }
}

/// What [`observe`] looks at beyond what every node needs.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ObserveOptions {
    /// More kernel modules.
    pub modules: Vec<ModuleName>,
    /// More kernel parameters.
    pub sysctls: Vec<SysctlKey>,
}

/// Looks at a host and changes nothing.
#[must_use]
pub fn observe(host: &Host, options: &ObserveOptions) -> Facts {
    let source = &Source::new(host);
    let kernel = Kernel::observe(source);
    let units = &units::Units::observe(source, Some(&kernel));
    let services = service::observe(units);
    let modules: Vec<ModuleName> = MODULES.iter().filter_map(|name| name.parse().ok()).collect();
    let kubelet = Kubelet::observe(source, units);
    let kubeadm = Kubeadm::observe(source);
    let member = kubeadm.is_member() || kubelet.kubeadm_flags.known().is_some_and(Option::is_some);
    let sysctls: Vec<SysctlKey> = SYSCTLS.iter().filter_map(|key| key.parse().ok()).collect();
    let distro = distro(source);
    let crio = Crio::observe(source, units);
    let packages = packages::observe(host, source, &distro, member);
    Facts {
        running: host.is_running(),
        programs: programs::observe(host, &packages, [kubelet.unit.as_ref(), crio.unit.as_ref()]),
        packages,
        distro,
        modules: module::observe(source, &kernel, modules.iter().chain(&options.modules)),
        sysctls: sysctl::observe(source, sysctls.iter().chain(&options.sysctls)),
        swap: Swap::observe(source, units),
        security: Security::observe(source, &kernel),
        daemons: Daemons::observe(host, source, member),
        space: Space::observe(host, source, kubelet.flag("root-dir")),
        kubelet,
        kubeadm,
        crio,
        sockets: runtime::sockets(source),
        cni: Cni::observe(source),
        network: Network::observe(source),
        time: Time::observe(source, units, &services),
        boot_target: units.boot.clone(),
        services,
        kernel,
    }
}

fn distro(source: &Source<'_>) -> Fact<Option<Distro>> {
    source.bytes("/etc/os-release").and_then(|etc| match etc {
        Some(bytes) => Fact::Known(Some(Distro::parse(&bytes))),
        None => source.bytes("/usr/lib/os-release").map(|usr| usr.map(|bytes| Distro::parse(&bytes))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_hold_valid_names() {
        assert!(MODULES.iter().all(|name| name.parse::<ModuleName>().is_ok()));
        assert!(SYSCTLS.iter().all(|key| key.parse::<SysctlKey>().is_ok()));
    }
}
