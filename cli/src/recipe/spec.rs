//! What is asked of a node.

mod documents;
mod policy;
mod registry;
mod text;
mod values;

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use crio_config::{CgroupManager, ImageReference, Release};
use host_prep::facts::{ModuleName, SysctlKey};
use host_prep::mirrors::{Artefact, Choice};
use host_prep::repo::Fingerprint;
use host_prep::resource::SysctlValue;
use kubeadm_config::{
    ApiServerEndpoint, BootstrapToken, CaPin, CertificateKey, ImageMirror, KubernetesVersion,
};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

pub use documents::{KubeadmDocuments, KubeadmFile, KubeadmValues};
pub use host_prep::firewall::Subnet;
pub use policy::{CgroupPolicy, FirewallPolicy, Role, SelinuxPolicy, SpecVersion, SwapPolicy};
pub use registry::{RegistryCa, RegistryMirror, RegistryTrust};
pub use text::{
    ClusterName, ControlPlaneEndpoint, DiscoveryFile, DnsDomain, NoProxy, NodeName, PluginName, ProxyUrl,
    RegistryLocation,
};
pub use values::{CriSocket, ImageRepository, Subnets};

/// What is asked of a node. Only the Kubernetes version is a must; what is left out follows from
/// it.
///
/// Read by [`from_yaml`](Self::from_yaml), which names every problem with its line, or as part of
/// another document by serde. Written by serde as it is read, with its token and keys: it is what
/// goes into a file, and only what is shown is masked.
///
/// ```
/// use k8sprep::recipe::{NodeSpec, Role};
///
/// let spec = NodeSpec::from_yaml("kubernetesVersion: v1.34.2\nrole: worker\n")?;
/// assert_eq!(spec.role, Role::Worker);
/// let json = serde_json::to_string(&spec)?;
/// assert_eq!(serde_json::from_str::<NodeSpec>(&json)?, spec);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct NodeSpec {
    /// The version of this format.
    #[serde(default)]
    pub api_version: SpecVersion,
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
    /// Fingerprints of keys that may sign packages, besides those of the projects: for mirrors that
    /// sign themselves.
    #[serde(skip_serializing_if = "Pins::is_empty", default)]
    pub pins: Pins,
    /// Where kubeadm and CRI-O pull the images of the control plane from, such as
    /// registry.example.com/k8s.
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
    /// What becomes of a host on cgroup v1, where kubelets since 1.35 exit. Default: a problem from that
    /// release on.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cgroup: Option<CgroupPolicy>,
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
    /// The proxy of CRI-O and the kubelet, of apt, yum or dnf, and of what k8sprep itself fetches.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub proxy: Option<Proxy>,
    /// Registries by host name, each with the mirrors that are asked before it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    #[schemars(with = "BTreeMap<String, Vec<RegistryMirror>>")]
    pub registry_mirrors: BTreeMap<RegistryLocation, Vec<RegistryMirror>>,
    /// More kernel parameters.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub sysctls: BTreeMap<SysctlKey, SysctlValue>,
    /// More kernel modules.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schemars(with = "Vec<String>")]
    pub modules: Vec<ModuleName>,
    /// `host[:port]` under which all nodes reach the control plane.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub control_plane_endpoint: Option<ControlPlaneEndpoint>,
    /// The address the API server announces. Default: the one on the default route.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub advertise_address: Option<IpAddr>,
    /// The node's name. Default: the host's.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub node_name: Option<NodeName>,
    /// The cluster's name. Default: kubernetes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub cluster_name: Option<ClusterName>,
    /// The bootstrap token. Default: a random one, kept once it is written.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>", extend("writeOnly" = true))]
    pub token: Option<BootstrapToken>,
    /// What becomes of kubeadm's documents, and values of them that have no field here.
    #[serde(default)]
    pub kubeadm: KubeadmDocuments,
    /// kubeadm's own documents, which are checked and taken as they are but for what the spec says:
    /// a file, relative to the spec, or the documents themselves. For what has no field here:
    /// external etcd, certSANs, extra arguments, the node IP, labels, taints, feature gates, the
    /// kubelet's settings.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub kubeadm_config: Option<KubeadmFile>,
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
    #[schemars(with = "Option<String>", extend("writeOnly" = true))]
    pub token: Option<BootstrapToken>,
    /// Pins of the cluster's CA, such as sha256:..., of which it must match one.
    #[serde(serialize_with = "texts", skip_serializing_if = "Vec::is_empty", default)]
    #[schemars(with = "Vec<String>")]
    pub ca_cert_hashes: Vec<CaPin>,
    /// A kubeconfig on the node, or its https URL, that says where the cluster is; instead of
    /// endpoint and pins.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub discovery_file: Option<DiscoveryFile>,
    /// One more control plane: the key to the certificates that the first one uploaded.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>", extend("writeOnly" = true))]
    pub certificate_key: Option<CertificateKey>,
}

/// Where artefacts come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Mirrors {
    /// Packages of Kubernetes: the name of a mirror, `probe` for the first that answers right, or
    /// the base URL of a tree per minor. Names: upstream, aliyun, tsinghua, ustc, tencent (all
    /// from 1.24 on), aliyun and huawei (up to 1.28).
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub kubernetes_packages: Option<Choice>,
    /// Packages of CRI-O: the name of a mirror, `probe` for the first that answers right, or the
    /// base URL of a tree per minor. Names: upstream and gwdg (from 1.30 on), tsinghua (1.27 to
    /// 1.32), ustc (1.30 to 1.32). CRI-O 1.32 goes with Kubernetes up to 1.34: `crioVersion:
    /// v1.32`.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub crio_packages: Option<Choice>,
    /// Images of the control plane: aliyun, daocloud or nju.
    #[serde(serialize_with = "optional_text", skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub images: Option<ImageMirror>,
}

/// Fingerprints of keys that may sign packages, as `gpg --show-keys` prints them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Pins {
    /// Packages of Kubernetes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schemars(with = "Vec<String>")]
    pub kubernetes_packages: Vec<Fingerprint>,
    /// Packages of CRI-O.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schemars(with = "Vec<String>")]
    pub crio_packages: Vec<Fingerprint>,
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
    #[schemars(with = "Option<String>")]
    pub plugin: Option<PluginName>,
    /// The cluster's DNS domain. Default: cluster.local.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>")]
    pub dns_domain: Option<DnsDomain>,
}

/// A proxy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Proxy {
    /// For http URLs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>", extend("writeOnly" = true))]
    pub http_proxy: Option<ProxyUrl>,
    /// For https URLs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(with = "Option<String>", extend("writeOnly" = true))]
    pub https_proxy: Option<ProxyUrl>,
    /// What is reached without it, besides the cluster's own subnets and names.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schemars(with = "Vec<String>")]
    pub no_proxy: Vec<NoProxy>,
}

impl NodeSpec {
    /// Whether it joins a cluster that is there, as a worker or as a further control plane.
    pub(crate) fn joins(&self) -> bool {
        self.role == Role::Worker || self.join.is_some()
    }

    /// A node for that version with nothing else asked for.
    #[must_use]
    pub fn new(kubernetes_version: KubernetesVersion) -> Self {
        Self {
            api_version: SpecVersion::default(),
            role: Role::default(),
            kubernetes_version,
            crio_version: None,
            mirrors: Mirrors::default(),
            pins: Pins::default(),
            image_repository: None,
            pause_image: None,
            cgroup_driver: None,
            cgroup: None,
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
            kubeadm: KubeadmDocuments::default(),
            kubeadm_config: None,
            join: None,
        }
    }
}

impl Proxy {
    /// Whether a URL of it has a password.
    pub(super) fn has_password(&self) -> bool {
        let urls = [&self.http_proxy, &self.https_proxy];
        urls.into_iter().flatten().any(|url| url.to_string() != url.with_password())
    }
}

impl Mirrors {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Pins {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Those for packages of `artefact`.
    pub(super) fn of(&self, artefact: Artefact) -> &[Fingerprint] {
        match artefact {
            Artefact::CriO => &self.crio_packages,
            _ => &self.kubernetes_packages,
        }
    }
}

impl Networking {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

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
