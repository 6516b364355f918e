//! Advice: what kubeadm takes without a word but what is seldom meant.

mod cluster;
mod host;
mod join;
mod moved;

use std::fmt;
use std::net::IpAddr;

pub use self::moved::{MovedField, fields_to_move, moved_field};
use crate::cgroup_driver::CgroupDriver;
use crate::code::Code;
use crate::go::Cidr;
use crate::model::{ClusterConfiguration, InitConfiguration, JoinConfiguration};
use crate::release::KubeadmRelease;

/// Something worth a second look. It never changes whether a configuration is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Advice {
    /// What kind of advice it is.
    pub code: Code,
    /// The field, `networking.podSubnet`; empty where no single field is meant.
    pub path: String,
    /// What may go wrong, and what to do.
    pub text: String,
}

/// The field, what may go wrong, and the code in brackets.
impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "{} [{}]", self.text, self.code)
    }
}

/// What is known beside the documents, all of it optional.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Circumstances {
    /// How the container runtime manages cgroups.
    pub runtime_cgroup_driver: Option<CgroupDriver>,
    /// The kubelet's `cgroupDriver`, where a KubeletConfiguration gives one.
    pub kubelet_cgroup_driver: Option<CgroupDriver>,
    /// Who can read the file.
    pub readers: Readers,
    /// The networks of the host that the node is to be, as far as they are known.
    pub host_networks: Vec<HostNetwork>,
}

/// A network that the host has an address in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HostNetwork {
    /// The interface.
    pub interface: String,
    /// The host's address.
    pub address: IpAddr,
    /// How many bits of it are the network's.
    pub prefix: u32,
}

impl HostNetwork {
    /// The network of an interface.
    #[must_use]
    pub fn new(interface: impl Into<String>, address: IpAddr, prefix: u32) -> Self {
        Self { interface: interface.into(), address, prefix }
    }

    fn subnet(&self) -> Option<Cidr> {
        format!("{}/{}", self.address, self.prefix).parse().ok()
    }
}

/// Who can read a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Readers {
    /// Nobody knows.
    #[default]
    Unknown,
    /// Its owner only.
    Owner,
    /// Its group or everybody.
    Others,
}

/// Advice on a control plane's documents, defaulted.
///
/// What is legal and seldom meant: a single control plane without an endpoint, subnets that overlap
/// each other or the host's own networks, a token that others can read. Each has a code.
///
/// ```
/// use kubeadm_config::{Circumstances, ClusterSpec, HostFacts, advise_init};
///
/// let mut facts = HostFacts::default();
/// facts.host_name = "cp1".into();
/// facts.ipv4_route_address = Some([192, 0, 2, 10].into());
/// let mut spec = ClusterSpec::new("v1.34.0".parse()?);
/// spec.token = Some("abcdef.0123456789abcdef".parse()?);
/// let valid = spec.defaulted(&facts)?.validate()?;
/// let (init, cluster) = (valid.init().unwrap(), valid.cluster().unwrap());
/// let advice = advise_init(init, cluster, valid.release(), &Circumstances::default());
/// assert!(advice.iter().any(|one| one.code == "no-pod-subnet"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn advise_init(
    init: &InitConfiguration,
    cluster: &ClusterConfiguration,
    release: &KubeadmRelease,
    circumstances: &Circumstances,
) -> Vec<Advice> {
    let mut adviser = Adviser { release, circumstances, advice: Vec::new() };
    adviser.cluster(cluster, &init.local_api_endpoint);
    adviser.init(init);
    adviser.of_host(cluster);
    adviser.node_addresses(init, cluster);
    adviser.cgroup_driver();
    adviser.cgroup_driver_unset(init);
    adviser.advice
}

/// Advice on a joining node's document, defaulted.
#[must_use]
pub fn advise_join(
    join: &JoinConfiguration,
    release: &KubeadmRelease,
    circumstances: &Circumstances,
) -> Vec<Advice> {
    let mut adviser = Adviser { release, circumstances, advice: Vec::new() };
    adviser.join(join);
    adviser.cgroup_driver();
    adviser.advice
}

struct Adviser<'a> {
    release: &'a KubeadmRelease,
    circumstances: &'a Circumstances,
    advice: Vec<Advice>,
}

impl Adviser<'_> {
    fn add(&mut self, code: Code, path: &str, text: impl Into<String>) {
        self.advice.push(Advice { code, path: path.to_owned(), text: text.into() });
    }

    /// From 1.34 on the kubelet asks the runtime, so that its own setting no longer matters
    /// (KEP-4033).
    fn cgroup_driver(&mut self) {
        // KEP-4033: from 1.34 on the kubelet takes the runtime's driver, and its own setting does
        // not matter.
        const ASKS_RUNTIME: u64 = 34;
        let (Some(kubelet), Some(runtime)) =
            (self.circumstances.kubelet_cgroup_driver, self.circumstances.runtime_cgroup_driver)
        else {
            return;
        };
        if kubelet != runtime && self.release.minor().number() < ASKS_RUNTIME {
            let text = format!(
                "the kubelet is told {kubelet} but the container runtime uses {runtime}, so Pods will not start; set it to {runtime}"
            );
            self.add(Code::CgroupDriverMismatch, "cgroupDriver", text);
        }
    }

    /// Where nothing is said, kubeadm up to 1.21 leaves the kubelet at cgroupfs (unless Docker says
    /// otherwise; from 1.22 on it writes systemd, see its `componentconfigs/kubelet.go`). CRI-O
    /// itself uses systemd since 1.18, and its packages did before.
    fn cgroup_driver_unset(&mut self, init: &InitConfiguration) {
        // `cgroupDriver: systemd` is kubeadm's default since 1.22 (componentconfigs/kubelet.go).
        const WRITES_SYSTEMD: u64 = 22;
        let node = &init.node_registration;
        let said = self.circumstances.kubelet_cgroup_driver.is_some()
            || node.kubelet_extra_args.iter().any(|arg| arg.name == "cgroup-driver");
        let crio = node.cri_socket.contains("crio");
        if said || !crio || self.release.minor().number() >= WRITES_SYSTEMD {
            return;
        }
        let text = format!(
            "the kubelet of {} uses cgroupfs where nothing is said, and CRI-O uses systemd, so Pods will not start; \
             add a KubeletConfiguration with cgroupDriver: systemd (gen-config: --cgroup-driver systemd)",
            self.release.minor()
        );
        self.add(Code::CgroupDriverUnset, "nodeRegistration.criSocket", text);
    }

    fn secret(&mut self, path: &str, what: &str) {
        if self.circumstances.readers == Readers::Others {
            let text = format!("{what} lies in a file that others than its owner can read; chmod it to 0600");
            self.add(Code::SecretReadable, path, text);
        }
    }

    fn preflight(&mut self, ignored: &[String]) {
        // kubeadm lowers the names (`ValidateIgnorePreflightErrors`).
        if ignored.iter().any(|name| name.eq_ignore_ascii_case("all")) {
            let text = "every preflight check is ignored, those for a broken host too; name the checks that are meant";
            self.add(Code::PreflightIgnored, "nodeRegistration.ignorePreflightErrors", text);
        }
    }

    fn socket(&mut self, socket: &str) {
        const DOCKERSHIM_REMOVED: u64 = 24;
        if socket.ends_with("/dockershim.sock") && self.release.minor().number() >= DOCKERSHIM_REMOVED {
            let text = "dockershim went away in Kubernetes 1.24; name the socket of CRI-O, containerd or cri-dockerd";
            self.add(Code::DockershimTraces, "nodeRegistration.criSocket", text);
        }
    }
}

#[cfg(test)]
mod tests;
