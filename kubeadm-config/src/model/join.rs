//! The document of `kubeadm join`.

use serde::{Deserialize, Serialize};

use super::{APIEndpoint, NodeRegistrationOptions, Patches, Timeouts};
use crate::value::Duration;

/// How a node joins.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a value to be filled in; validation, not the type, keeps it sound"
)]
pub struct JoinConfiguration {
    /// How the node is registered.
    pub node_registration: NodeRegistrationOptions,
    /// Where the cluster's CA is written.
    pub ca_cert_path: String,
    /// How the cluster is found and trusted.
    pub discovery: Discovery,
    /// Set for a control-plane node.
    pub control_plane: Option<JoinControlPlane>,
    /// The phases to leave out.
    pub skip_phases: Vec<String>,
    /// Where patches are found.
    pub patches: Option<Patches>,
    /// Whether nothing is to be changed.
    pub dry_run: bool,
    /// How long to wait for what.
    pub timeouts: Option<Timeouts>,
}

/// What a joining control-plane node needs besides.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct JoinControlPlane {
    /// Where this node's API server listens.
    #[serde(rename = "localAPIEndpoint")]
    pub local_api_endpoint: APIEndpoint,
    /// The key that decrypts the certificates in the cluster, in hex.
    pub certificate_key: String,
}

/// How the cluster is found and trusted: by token or by file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct Discovery {
    /// By token.
    pub bootstrap_token: Option<BootstrapTokenDiscovery>,
    /// By a kubeconfig file or its URL.
    pub file: Option<FileDiscovery>,
    /// The token for the TLS bootstrap.
    pub tls_bootstrap_token: String,
    /// How long to try. Up to v1beta3; later `timeouts.discovery`.
    pub timeout: Option<Duration>,
}

/// Discovery by token.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct BootstrapTokenDiscovery {
    /// `id.secret`.
    pub token: String,
    /// `host:port` of the API server.
    pub api_server_endpoint: String,
    /// The pins of which the CA must match one.
    pub ca_cert_hashes: Vec<String>,
    /// Whether to do without pins.
    #[serde(rename = "unsafeSkipCAVerification")]
    pub unsafe_skip_ca_verification: bool,
}

/// Discovery by file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in")]
pub struct FileDiscovery {
    /// A path or an `https` URL.
    pub kube_config_path: String,
}
