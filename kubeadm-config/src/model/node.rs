//! What a node is registered with, and the document of `kubeadm init`.

use serde::{Deserialize, Serialize};

use super::Arg;
use crate::value::{Duration, Timestamp};

/// What `kubeadm init` needs to know of the node it runs on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a value to be filled in; validation, not the type, keeps it sound"
)]
pub struct InitConfiguration {
    /// The tokens to create, never none after defaulting.
    pub bootstrap_tokens: Vec<BootstrapToken>,
    /// How the node is registered.
    pub node_registration: NodeRegistrationOptions,
    /// Where this node's API server listens.
    #[serde(rename = "localAPIEndpoint")]
    pub local_api_endpoint: APIEndpoint,
    /// The key that encrypts the certificates in the cluster, in hex.
    pub certificate_key: String,
    /// The phases to leave out.
    pub skip_phases: Vec<String>,
    /// Where patches are found.
    pub patches: Option<Patches>,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
    /// How long to wait for what.
    pub timeouts: Option<Timeouts>,
}

/// A token by which nodes can join.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct BootstrapToken {
    /// `id.secret`; none means that one is to be made up.
    pub token: Option<String>,
    /// What it is for, in words.
    pub description: String,
    /// How long it lives; zero is for ever.
    pub ttl: Option<Duration>,
    /// When it ends, instead of `ttl`.
    pub expires: Option<Timestamp>,
    /// What it may be used for: `signing`, `authentication`.
    pub usages: Vec<String>,
    /// The groups its bearer is in.
    pub groups: Vec<String>,
}

/// How a node is registered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct NodeRegistrationOptions {
    /// The node's name.
    pub name: String,
    /// The socket of the container runtime.
    pub cri_socket: String,
    /// The taints. None lets kubeadm choose, an empty list means none at all.
    pub taints: Option<Vec<Taint>>,
    /// Arguments to the kubelet.
    pub kubelet_extra_args: Vec<Arg>,
    /// The preflight checks whose errors count as warnings.
    pub ignore_preflight_errors: Vec<String>,
    /// When images are pulled: `Always`, `IfNotPresent`, `Never`.
    pub image_pull_policy: String,
    /// Whether images are pulled one after the other.
    pub image_pull_serial: Option<bool>,
}

/// A taint of core/v1.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "the shape is that of core/v1")]
pub struct Taint {
    /// The key.
    pub key: String,
    /// The value, mostly empty.
    pub value: String,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub effect: String,
    /// When it was set.
    pub time_added: Option<Timestamp>,
}

/// Where an API server listens.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct APIEndpoint {
    /// The IP address it announces.
    pub advertise_address: String,
    /// The port it binds to.
    pub bind_port: i32,
}

/// Where patches for static Pods and for the kubelet's configuration are found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct Patches {
    /// The directory that holds them.
    pub directory: String,
}

/// How long kubeadm waits for what.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct Timeouts {
    /// For a component of the control plane to be healthy.
    pub control_plane_component_health_check: Option<Duration>,
    /// For the kubelet to be healthy.
    pub kubelet_health_check: Option<Duration>,
    /// For one call to the API server.
    #[serde(rename = "kubernetesAPICall")]
    pub kubernetes_api_call: Option<Duration>,
    /// For one call to etcd.
    #[serde(rename = "etcdAPICall")]
    pub etcd_api_call: Option<Duration>,
    /// For the kubelet's TLS bootstrap.
    pub tls_bootstrap: Option<Duration>,
    /// For discovery while joining.
    pub discovery: Option<Duration>,
    /// For static Pod manifests to be upgraded.
    pub upgrade_manifests: Option<Duration>,
}
