//! What is asked of a node.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use crio_config::{CgroupManager, ImageReference, Release};
use host_prep::facts::{ModuleName, SysctlKey};
use kubeadm_config::{
    ApiServerEndpoint, BootstrapToken, CaPin, CertificateKey, ImageMirror, KubernetesVersion,
};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

/// What is asked of a node. Only the Kubernetes version is a must; what is left out follows from it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct NodeSpec {
    /// What the node is in the cluster.
    #[serde(default)]
    pub role: Role,
    /// The Kubernetes version, such as v1.34.0.
    #[serde(serialize_with = "text")]
    #[schemars(with = "String")]
    pub kubernetes_version: KubernetesVersion,
    /// The CRI-O release, such as 1.34. Default: the minor of Kubernetes.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub crio_version: Option<Release>,
    /// Where artefacts come from.
    #[serde(skip_serializing_if = "Mirrors::is_empty", default)]
    pub mirrors: Mirrors,
    /// Where kubeadm and CRI-O pull the images of the control plane from, such as registry.example.com/k8s.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub image_repository: Option<ImageRepository>,
    /// The image of the pause container. Default: kubeadm's, from the image repository.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub pause_image: Option<ImageReference>,
    /// Who makes the cgroups of pods: systemd or cgroupfs. Default: systemd.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub cgroup_driver: Option<CgroupManager>,
    /// CRI-O's socket, as a path or as unix:///path. Default: /var/run/crio/crio.sock.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub cri_socket: Option<CriSocket>,
    /// What becomes of swap.
    #[serde(default)]
    pub swap: SwapPolicy,
    /// What becomes of SELinux.
    #[serde(default)]
    pub selinux: SelinuxPolicy,
    /// What becomes of the firewall.
    #[serde(default)]
    pub firewall: FirewallPolicy,
    /// Subnets and names of the cluster.
    #[serde(skip_serializing_if = "Networking::is_empty", default)]
    pub networking: Networking,
    /// The proxy that CRI-O and the kubelet use.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub proxy: Option<Proxy>,
    /// Registries by host name, each with the mirrors that are asked before it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub registry_mirrors: BTreeMap<String, Vec<String>>,
    /// More kernel parameters.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub sysctls: BTreeMap<SysctlKey, String>,
    /// More kernel modules.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schemars(with = "Vec<String>")]
    pub modules: Vec<ModuleName>,
    /// `host[:port]` under which all nodes reach the control plane.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub control_plane_endpoint: Option<String>,
    /// The address the API server announces. Default: the one on the default route.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub advertise_address: Option<IpAddr>,
    /// The node's name. Default: the host's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub node_name: Option<String>,
    /// The cluster's name. Default: kubernetes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cluster_name: Option<String>,
    /// The bootstrap token. Default: a random one, kept once it is written.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub token: Option<BootstrapToken>,
    /// How the node joins its cluster: a worker, or one more control plane.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub join: Option<Join>,
}

/// How a node joins its cluster: by token and pins, or by a discovery file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Join {
    /// `host:port` of the API server.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub api_server_endpoint: Option<ApiServerEndpoint>,
    /// A bootstrap token that the cluster knows.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub token: Option<BootstrapToken>,
    /// Pins of the cluster's CA, such as sha256:..., of which it must match one.
    #[serde(serialize_with = "texts", skip_serializing_if = "Vec::is_empty", default)]
    #[schemars(with = "Vec<String>")]
    pub ca_cert_hashes: Vec<CaPin>,
    /// A kubeconfig on the node, or its https URL, that says where the cluster is; instead of endpoint and pins.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub discovery_file: Option<String>,
    /// One more control plane: the key to the certificates that the first one uploaded.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub certificate_key: Option<CertificateKey>,
}

/// What a node is in its cluster.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Role {
    /// It runs the control plane.
    #[default]
    ControlPlane,
    /// It runs workloads.
    Worker,
}

/// What becomes of swap.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SwapPolicy {
    /// It is switched off, now and for the next boot.
    #[default]
    Off,
    /// It stays, and the kubelet starts nevertheless.
    Keep,
}

/// What becomes of SELinux.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SelinuxPolicy {
    /// It stays as it is.
    #[default]
    Keep,
    /// It logs and denies nothing. Never disabled.
    Permissive,
    /// CRI-O labels containers; the host's own mode stays.
    Enforcing,
}

/// What becomes of the firewall.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FirewallPolicy {
    /// It stays as it is.
    #[default]
    Keep,
    /// It lets through what the node needs: its ports, and the subnets of Pods and Services.
    Open,
    /// It is stopped, now and at the next boot.
    Stopped,
}

/// Where artefacts come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Mirrors {
    /// Packages of Kubernetes: the name of a mirror, `probe` for the first that answers right, or the base URL of a tree per minor.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub kubernetes_packages: Option<PackageSource>,
    /// Packages of CRI-O: the name of a mirror, `probe` for the first that answers right, or the base URL of a tree per minor.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub crio_packages: Option<PackageSource>,
    /// Images of the control plane: aliyun, daocloud or nju.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub images: Option<ImageMirror>,
}

/// Subnets and names of the cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Networking {
    /// The Pods' subnet; two with a comma for dual stack.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub pod_subnet: Option<Subnets>,
    /// The Services' subnet; two with a comma for dual stack. Default: 10.96.0.0/12.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub service_subnet: Option<Subnets>,
    /// The network plugin whose ports an open firewall lets through: flannel, calico or cilium.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub plugin: Option<String>,
    /// The cluster's DNS domain. Default: cluster.local.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dns_domain: Option<String>,
}

/// A proxy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Proxy {
    /// For http URLs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub http_proxy: Option<String>,
    /// For https URLs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub https_proxy: Option<String>,
    /// What is reached without it, besides the cluster's own subnets and names.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub no_proxy: Vec<String>,
}

/// Where images lie: a registry, with a path if need be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ImageRepository(String);

/// Where packages come from.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a mirror is known by name or it is not")]
pub enum PackageSource {
    /// A mirror of the table.
    Named(String),
    /// The base URL of a tree with a folder per minor.
    Url(String),
}

/// The path of a socket.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CriSocket(String);

/// One subnet, or two with a comma between.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subnets(Vec<Subnet>);

/// A subnet such as 10.244.0.0/16.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Subnet {
    address: IpAddr,
    prefix: u8,
}

impl NodeSpec {
    /// A node for that version with nothing else asked for.
    #[must_use]
    pub fn new(kubernetes_version: KubernetesVersion) -> Self {
        Self {
            role: Role::default(),
            kubernetes_version,
            crio_version: None,
            mirrors: Mirrors::default(),
            image_repository: None,
            pause_image: None,
            cgroup_driver: None,
            cri_socket: None,
            swap: SwapPolicy::default(),
            selinux: SelinuxPolicy::default(),
            firewall: FirewallPolicy::default(),
            networking: Networking::default(),
            proxy: None,
            registry_mirrors: BTreeMap::new(),
            sysctls: BTreeMap::new(),
            modules: Vec::new(),
            control_plane_endpoint: None,
            advertise_address: None,
            node_name: None,
            cluster_name: None,
            token: None,
            join: None,
        }
    }
}

impl Mirrors {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Networking {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl ImageRepository {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ImageRepository {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match format!("{text}/pause:0").parse::<ImageReference>() {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(error) => {
                Err(format!("{text:?} is no registry with a path, such as registry.example.com/k8s: {error}"))
            }
        }
    }
}

impl FromStr for PackageSource {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_url = ["https://", "http://", "file://"].iter().any(|scheme| text.starts_with(scheme));
        let is_name = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        match (is_url, is_name) {
            (true, _) => Ok(Self::Url(text.trim_end_matches('/').to_owned())),
            (_, true) => Ok(Self::Named(text.to_owned())),
            _ => Err(format!("{text:?} is neither the name of a mirror nor a URL")),
        }
    }
}

impl PackageSource {
    /// Whether the first mirror that answers right is to be taken.
    #[must_use]
    pub fn is_probe(&self) -> bool {
        matches!(self, Self::Named(name) if name == "probe")
    }
}

impl CriSocket {
    /// The path, without a scheme.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0
    }
}

impl FromStr for CriSocket {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = text.strip_prefix("unix://").unwrap_or(text);
        if path.starts_with('/') && !path.ends_with('/') && !path.contains(char::is_whitespace) {
            return Ok(Self(path.to_owned()));
        }
        Err(format!("{text:?} is not the absolute path of a socket, such as unix:///var/run/crio/crio.sock"))
    }
}

impl Subnets {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = Subnet> + '_ {
        self.0.iter().copied()
    }
}

impl FromStr for Subnets {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all: Vec<Subnet> = text.split(',').map(|part| part.trim().parse()).collect::<Result<_, _>>()?;
        match all[..] {
            [_] => Ok(Self(all)),
            [one, other] if one.address.is_ipv4() != other.address.is_ipv4() => Ok(Self(all)),
            _ => Err(format!("{text:?} is neither one subnet nor one of each IP family")),
        }
    }
}

impl Subnet {
    /// Whether both have an address in common.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        let shorter = self.prefix.min(other.prefix);
        let start = |address: IpAddr| match address {
            IpAddr::V4(a) => (u128::from(a.to_bits()) << 96, 4),
            IpAddr::V6(a) => (a.to_bits(), 6),
        };
        let ((a, family_a), (b, family_b)) = (start(self.address), start(other.address));
        family_a == family_b && (shorter == 0 || (a ^ b) >> (128 - u32::from(shorter)) == 0)
    }

    /// Whether it is of IPv6.
    #[must_use]
    pub fn is_ipv6(self) -> bool {
        self.address.is_ipv6()
    }
}

impl FromStr for Subnet {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let invalid = || format!("{text:?} is not a subnet such as 10.244.0.0/16");
        let (address, prefix) = text.split_once('/').ok_or_else(invalid)?;
        let (address, prefix): (IpAddr, u8) =
            (address.parse().map_err(|_| invalid())?, prefix.parse().map_err(|_| invalid())?);
        let most = if address.is_ipv4() { 32 } else { 128 };
        if prefix <= most { Ok(Self { address, prefix }) } else { Err(invalid()) }
    }
}

impl fmt::Display for ImageRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for PackageSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Named(text) | Self::Url(text)) = self;
        f.write_str(text)
    }
}

impl fmt::Display for CriSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unix://{}", self.0)
    }
}

impl fmt::Display for Subnets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&all.join(","))
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// An enum whose values are words in the spec.
macro_rules! words {
    ($type:ident: $($word:literal => $value:ident),+) => {
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$value => $word),+ })
            }
        }

        impl FromStr for $type {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok(Self::$value),)+
                    _ => Err(format!("{text:?} is none of {}", [$($word),+].join(", "))),
                }
            }
        }
    };
}

words!(Role: "control-plane" => ControlPlane, "worker" => Worker);
words!(SwapPolicy: "off" => Off, "keep" => Keep);
words!(SelinuxPolicy: "keep" => Keep, "permissive" => Permissive, "enforcing" => Enforcing);
words!(FirewallPolicy: "keep" => Keep, "open" => Open, "stopped" => Stopped);

fn text<S: Serializer>(value: &impl fmt::Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

fn optional_text<S: Serializer>(value: &Option<impl fmt::Display>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => serializer.collect_str(value),
        None => serializer.serialize_none(),
    }
}

fn texts<S: Serializer>(values: &[impl fmt::Display], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(ToString::to_string))
}
