//! The cluster as a whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::APIEndpoint;
use crate::value::Duration;

/// What is the same on every control-plane node.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a value to be filled in; validation, not the type, keeps it sound"
)]
pub struct ClusterConfiguration {
    /// etcd, on the control plane or elsewhere.
    pub etcd: Etcd,
    /// The cluster's networks.
    pub networking: Networking,
    /// The version of the control plane, or a label such as `stable-1`.
    pub kubernetes_version: String,
    /// `host[:port]` at which the control plane is reached.
    pub control_plane_endpoint: String,
    /// The API server.
    pub api_server: APIServer,
    /// The controller manager.
    pub controller_manager: ControlPlaneComponent,
    /// The scheduler.
    pub scheduler: ControlPlaneComponent,
    /// The DNS add-on.
    pub dns: DNS,
    /// The kube-proxy add-on.
    pub proxy: Proxy,
    /// Where certificates lie.
    pub certificates_dir: String,
    /// The registry and path that images come from.
    pub image_repository: String,
    /// Whether the components come in one image. Only v1beta1 and v1beta2 have it.
    pub use_hyper_kube_image: bool,
    /// kubeadm's feature gates.
    pub feature_gates: BTreeMap<String, bool>,
    /// The cluster's name.
    pub cluster_name: String,
    /// How keys are made: `RSA-2048`, `ECDSA-P256`, ...
    pub encryption_algorithm: String,
    /// How long a certificate is valid.
    pub certificate_validity_period: Option<Duration>,
    /// How long a CA certificate is valid.
    pub ca_certificate_validity_period: Option<Duration>,
}

/// Arguments, volumes and variables of a component.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct ControlPlaneComponent {
    /// Arguments in order; a name may come twice.
    pub extra_args: Vec<Arg>,
    /// Host paths to mount.
    pub extra_volumes: Vec<HostPathMount>,
    /// Variables to set: core/v1 `EnvVar`.
    pub extra_envs: Vec<serde_json::Value>,
}

/// One argument.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct Arg {
    /// The name without dashes.
    pub name: String,
    /// The value.
    pub value: String,
    /// How it meets the default: `append`, `prepend`, empty for replace. Only v1 has it.
    pub merge_method: String,
}

/// A host path in a static Pod.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct HostPathMount {
    /// The volume's name.
    pub name: String,
    /// The path on the host.
    pub host_path: String,
    /// The path in the container.
    pub mount_path: String,
    /// Whether it cannot be written.
    pub read_only: bool,
    /// The core/v1 `HostPathType`.
    pub path_type: String,
}

/// The API server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct APIServer {
    /// What every component has.
    #[serde(flatten)]
    pub component: ControlPlaneComponent,
    /// More names for its certificate.
    #[serde(rename = "certSANs")]
    pub cert_sans: Vec<String>,
    /// How long to wait for it. Up to v1beta3; later `timeouts.controlPlaneComponentHealthCheck`.
    pub timeout_for_control_plane: Option<Duration>,
}

/// The DNS add-on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct DNS {
    /// `CoreDNS` or `kube-dns`. Only v1beta1 and v1beta2 have it.
    #[serde(rename = "type")]
    pub dns_type: String,
    /// Instead of the cluster's image repository.
    pub image_repository: String,
    /// Instead of kubeadm's tag.
    pub image_tag: String,
    /// Whether it is left out.
    pub disabled: bool,
}

/// The kube-proxy add-on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct Proxy {
    /// Whether it is left out.
    pub disabled: bool,
}

/// etcd; after defaulting one of the two is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct Etcd {
    /// A member on each control-plane node.
    pub local: Option<LocalEtcd>,
    /// A cluster elsewhere.
    pub external: Option<ExternalEtcd>,
}

/// etcd as a static Pod.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct LocalEtcd {
    /// Instead of the cluster's image repository.
    pub image_repository: String,
    /// Instead of kubeadm's tag.
    pub image_tag: String,
    /// Where it keeps its data.
    pub data_dir: String,
    /// Arguments in order.
    pub extra_args: Vec<Arg>,
    /// Variables to set: core/v1 `EnvVar`.
    pub extra_envs: Vec<serde_json::Value>,
    /// More names for the server certificate.
    #[serde(rename = "serverCertSANs")]
    pub server_cert_sans: Vec<String>,
    /// More names for the peer certificate.
    #[serde(rename = "peerCertSANs")]
    pub peer_cert_sans: Vec<String>,
}

/// etcd elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct ExternalEtcd {
    /// The members' URLs; `null` and an empty list print differently.
    pub endpoints: Option<Vec<String>>,
    /// The members' URLs for plain HTTP calls (1.35).
    pub http_endpoints: Vec<String>,
    /// The CA that signed the members' certificates.
    pub ca_file: String,
    /// The client certificate.
    pub cert_file: String,
    /// The client key.
    pub key_file: String,
}

/// The cluster's networks.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct Networking {
    /// For Services: one CIDR, or two with a comma.
    pub service_subnet: String,
    /// For Pods: one CIDR, or two with a comma; may be empty.
    pub pod_subnet: String,
    /// The cluster's DNS domain.
    pub dns_domain: String,
}

/// What v1beta1 and v1beta2 kept in the cluster of its control-plane nodes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct ClusterStatus {
    /// By node name.
    pub api_endpoints: BTreeMap<String, APIEndpoint>,
}
