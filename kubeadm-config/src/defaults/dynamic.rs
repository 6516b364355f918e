//! Defaults that depend on the host (kubeadm's `Set...DynamicDefaults`).
//!
//! kubeadm gives up at the first thing it cannot make out; here every one of them is told, in
//! kubeadm's order.
//!
//! Facts come in as [`HostFacts`]; this module asks nothing of the host. Sources:
//! `cmd/kubeadm/app/util/config/initconfiguration.go`, `joinconfiguration.go`,
//! `resetconfiguration.go`, and `ResolveBindAddress` of apimachinery's `util/net`.

use std::net::{IpAddr, Ipv4Addr};

use super::label;
use crate::endpoint::HostPort;
use crate::go::{join_host_port, parse_ip_sloppy, print_ip, quote};
use crate::host::HostFacts;
use crate::message::Warning;
use crate::model::{
    APIEndpoint, ClusterConfiguration, InitConfiguration, JoinConfiguration, NodeRegistrationOptions,
    ResetConfiguration, Taint,
};
use crate::release::{Change, KubeadmRelease};
use crate::report::Problem;

/// Whether a missing socket is looked for among those of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SocketSearch {
    /// What answers on the host counts.
    Host,
    /// The default socket is taken.
    Skipped,
}

/// Where the host-dependent defaults come from and what they have to say.
pub(crate) struct Dynamic<'a> {
    pub(crate) release: &'a KubeadmRelease,
    pub(crate) facts: &'a HostFacts,
    pub(crate) sockets: SocketSearch,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) problems: Vec<Problem>,
    /// How many warnings there were when the first problem came up, where kubeadm gives up.
    warnings_at_first: Option<usize>,
}

impl<'a> Dynamic<'a> {
    /// Nothing is said yet.
    pub(crate) fn new(release: &'a KubeadmRelease, facts: &'a HostFacts, sockets: SocketSearch) -> Self {
        Self { release, facts, sockets, warnings: Vec::new(), problems: Vec::new(), warnings_at_first: None }
    }

    /// `path` is the field's path in the document.
    fn problem(&mut self, path: &str, text: impl Into<String>) {
        self.warnings_at_first.get_or_insert(self.warnings.len());
        self.problems.push(Problem::of(path, text));
    }

    /// What kubeadm has said by the time it gives up.
    pub(crate) fn warnings_before_problem(&self) -> Vec<Warning> {
        self.warnings[..self.warnings_at_first.unwrap_or(self.warnings.len())].to_vec()
    }

    /// Fills in the node's part of an InitConfiguration.
    pub(crate) fn init(&mut self, init: &mut InitConfiguration) {
        let mut supply = self.facts.random_tokens.iter();
        for token in &mut init.bootstrap_tokens {
            if token.token.as_ref().is_none_or(String::is_empty) {
                token.token = supply.next().map(ToString::to_string);
            }
        }
        self.registration(&mut init.node_registration, ControlPlane::Yes);
        self.endpoint(&mut init.local_api_endpoint, "localAPIEndpoint.advertiseAddress");
    }

    /// Fills in a ClusterConfiguration; `endpoint` is the node's own. Component configurations come
    /// before this.
    pub(crate) fn cluster(&mut self, cluster: &mut ClusterConfiguration, endpoint: &APIEndpoint) {
        self.version(cluster);
        self.control_plane_endpoint(cluster, endpoint);
        for name in &mut cluster.api_server.cert_sans {
            *name = go_lower(name);
        }
    }

    /// Fills in a JoinConfiguration.
    pub(crate) fn join(&mut self, join: &mut JoinConfiguration) {
        let role = if join.control_plane.is_some() { ControlPlane::Yes } else { ControlPlane::No };
        self.registration(&mut join.node_registration, role);
        if let Some(control_plane) = &mut join.control_plane {
            self.endpoint(
                &mut control_plane.local_api_endpoint,
                "controlPlane.localAPIEndpoint.advertiseAddress",
            );
        }
    }

    /// Fills in a ResetConfiguration.
    pub(crate) fn reset(&mut self, reset: &mut ResetConfiguration) {
        self.socket(&mut reset.cri_socket, "criSocket");
    }

    /// The host's name where none is given, trimmed and in lower case as kubeadm makes it; the
    /// taints of a control plane unless the document says `taints: []`.
    fn registration(&mut self, registration: &mut NodeRegistrationOptions, role: ControlPlane) {
        let given = if registration.name.is_empty() { &self.facts.host_name } else { &registration.name };
        registration.name = go_lower(given.trim());
        if registration.name.is_empty() {
            self.problem("nodeRegistration.name", "empty hostname is invalid");
        }
        if registration.taints.is_none() && role == ControlPlane::Yes {
            registration.taints =
                Some(self.release.taint_keys().iter().map(|key| no_schedule(key)).collect());
        }
        self.socket(&mut registration.cri_socket, "nodeRegistration.criSocket");
    }

    // kubeadm looks whether the text starts with `unix`, not for a scheme: `tcp://...` gets one
    // more.
    fn socket(&mut self, socket: &mut String, path: &str) {
        if socket.is_empty() {
            *socket = self.found_socket(path);
        } else if self.release.has(Change::SchemeIsAdded) && !socket.starts_with("unix") {
            self.warnings.push(Warning::new(format!(
                "Usage of CRI endpoints without URL scheme is deprecated and can cause kubelet errors in the future. \
                 Automatically prepending scheme \"unix\" to the \"criSocket\" with value {}. Please update your \
                 configuration!",
                quote(socket)
            )));
            *socket = format!("unix://{socket}");
        }
    }

    /// More than one socket is a problem: kubeadm asks which one is meant. With none the default
    /// of the release is taken without a word, as kubeadm does.
    fn found_socket(&mut self, path: &str) -> String {
        let found = match self.sockets {
            SocketSearch::Host => self.release.known_sockets(&self.facts.cri_sockets),
            SocketSearch::Skipped => Vec::new(),
        };
        if found.len() > 1 {
            let ask = self.release.ask_for_socket();
            self.problem(path, format!("{ask}: {}", found.join(", ")));
        }
        found.into_iter().next().unwrap_or_else(|| self.release.default_cri_socket().to_owned())
    }

    /// An address that is none, and a loopback address without another on `lo`, are problems;
    /// anything else becomes the address to advertise.
    fn endpoint(&mut self, endpoint: &mut APIEndpoint, path: &str) {
        let given = endpoint.advertise_address.as_str();
        let address = parse_ip_sloppy(given);
        if address.is_none() && !given.is_empty() {
            let text = format!(
                "couldn't use \"{given}\" as \"apiserver-advertise-address\", must be ipv4 or ipv6 address"
            );
            return self.problem(path, text);
        }
        if address.is_some_and(|address| address.is_loopback()) && self.facts.loopback_address.is_none() {
            return self.problem(path, "unable to select an IP from lo network interface");
        }
        endpoint.advertise_address = print_ip(self.bind_address(address));
    }

    /// apimachinery's `ResolveBindAddress` and what kubeadm makes of it.
    fn bind_address(&mut self, asked: Option<IpAddr>) -> IpAddr {
        if let Some(address) = asked.filter(|address| !address.is_unspecified() && !address.is_loopback()) {
            return address;
        }
        let v4 = self.facts.ipv4_route_address.map(IpAddr::V4);
        let v6 = self.facts.ipv6_route_address.map(IpAddr::V6);
        let chosen = if asked.is_some_and(|address| address.is_ipv6()) { v6.or(v4) } else { v4.or(v6) };
        let Some(chosen) = chosen else {
            self.warnings.push(Warning::new(
                "WARNING: could not obtain a bind address for the API Server: no default routes found in \
                 \"/proc/net/route\" or \"/proc/net/ipv6_route\"; using: 0.0.0.0",
            ));
            return IpAddr::V4(Ipv4Addr::UNSPECIFIED);
        };
        if let Some(asked) = asked.filter(IpAddr::is_loopback) {
            let chosen = match self.facts.addresses_stand_in {
                true => "the address of the host's default route".to_owned(),
                false => quote(&print_ip(chosen)),
            };
            let asked = quote(&print_ip(asked));
            self.warnings.push(Warning::new(format!(
                "WARNING: overriding requested API server bind address: requested {asked}, actual {chosen}"
            )));
        }
        chosen
    }

    /// Resolves the label, then compares with the oldest control plane that this kubeadm sets up.
    fn version(&mut self, cluster: &mut ClusterConfiguration) {
        let asked = cluster.kubernetes_version.clone();
        let version = match label::resolve(&asked, self.release, self.facts, &mut self.warnings) {
            Ok(version) => version,
            Err(text) => return self.problem("kubernetesVersion", text),
        };
        cluster.kubernetes_version.clone_from(&version);
        let parsed = match label::semantic(&version) {
            Ok(parsed) => parsed,
            Err(why) => {
                let text = format!("couldn't parse Kubernetes version {}: {why}", quote(&version));
                return self.problem("kubernetesVersion", text);
            }
        };
        let oldest = self.release.oldest_control_plane();
        if parsed < oldest {
            let number = oldest.to_string();
            let text = format!(
                "this version of kubeadm only supports deploying clusters with the control plane version >= {}. \
                 Current version: {version}",
                number.trim_start_matches('v')
            );
            self.problem("kubernetesVersion", text);
        }
    }

    /// Without a port the node's own is put behind the name, so that the document says what is
    /// used.
    fn control_plane_endpoint(&mut self, cluster: &mut ClusterConfiguration, endpoint: &APIEndpoint) {
        if cluster.control_plane_endpoint.is_empty() {
            return;
        }
        match HostPort::parse(&cluster.control_plane_endpoint) {
            Err(error) => self.problem("controlPlaneEndpoint", error.to_string()),
            Ok(HostPort { host, port: "" }) => {
                cluster.control_plane_endpoint = join_host_port(host, &endpoint.bind_port.to_string());
            }
            Ok(_) => {}
        }
    }
}

/// Whether the node is one: only then it gets taints by default.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ControlPlane {
    Yes,
    No,
}

/// The effect that kubeadm's taints have.
fn no_schedule(key: &str) -> Taint {
    Taint { key: key.into(), effect: "NoSchedule".into(), ..Taint::default() }
}

/// Go's `strings.ToLower`: letter by letter, so that a letter never becomes two.
fn go_lower(text: &str) -> String {
    let lower = |letter: char| {
        let mut lowered = letter.to_lowercase();
        match (lowered.next(), lowered.next()) {
            (Some(one), _) => one,
            (None, _) => letter,
        }
    };
    text.chars().map(lower).collect()
}
