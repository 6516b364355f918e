//! What is asked of a node that joins.

use super::document::Document;
use super::node::{EndpointSpec, NodeRegistrationSpec, RunSpec};
use crate::certificate_key::CertificateKey;
use crate::endpoint::ApiServerEndpoint;
use crate::pin::CaPin;
use crate::release::KubeadmRelease;
use crate::token::BootstrapToken;

/// What is asked of a node that joins a cluster.
///
/// ```
/// use kubeadm_config::{Asked, HostFacts, JoinSpec};
///
/// let mut spec = JoinSpec::default();
/// spec.discovery.token = Some("abcdef.0123456789abcdef".parse()?);
/// spec.discovery.endpoint = Some("lb.example.com:6443".parse()?);
/// spec.discovery.unsafe_skip_ca_verification = true;
///
/// let mut facts = HostFacts::default();
/// facts.host_name = "worker-1".into();
/// let mut asked = Asked::new("v1.34.0".parse()?);
/// asked.join(&spec);
/// let yaml = asked.defaulted(&facts).validate()?.to_yaml()?;
/// assert!(yaml.contains("kind: JoinConfiguration\n"));
/// assert!(yaml.contains("    apiServerEndpoint: lb.example.com:6443\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct JoinSpec {
    /// How the node is registered.
    pub node: NodeRegistrationSpec,
    /// How it finds and trusts the cluster.
    pub discovery: DiscoverySpec,
    /// Where the cluster's CA is written.
    pub ca_cert_path: Option<String>,
    /// Set for one more control-plane node.
    pub control_plane: Option<JoinControlPlaneSpec>,
    /// What is asked of `kubeadm join` itself.
    pub run: RunSpec,
}

/// How a joining node finds and trusts the cluster: with a token, or with a kubeconfig file.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct DiscoverySpec {
    /// A token that the cluster knows.
    pub token: Option<BootstrapToken>,
    /// Where the cluster's API server is reached.
    pub endpoint: Option<ApiServerEndpoint>,
    /// The pins of which the cluster's CA must match one.
    pub pins: Vec<CaPin>,
    /// Whether to do without pins.
    pub unsafe_skip_ca_verification: bool,
    /// The kubeconfig's path or URL.
    pub file: Option<String>,
    /// The token for the TLS bootstrap, where it is another one.
    pub tls_bootstrap_token: Option<BootstrapToken>,
}

/// What a joining control-plane node needs besides.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct JoinControlPlaneSpec {
    /// Where its API server listens.
    pub endpoint: EndpointSpec,
    /// The key that decrypts the certificates in the cluster.
    pub certificate_key: Option<CertificateKey>,
}

impl JoinSpec {
    pub(super) fn write(&self, join: &mut Document, release: &KubeadmRelease) {
        self.node.write(join, release);
        self.discovery.write(join);
        join.put_given("caCertPath", self.ca_cert_path.as_ref());
        if let Some(control_plane) = &self.control_plane {
            if join.at("controlPlane").is_none() {
                join.put("controlPlane", serde_json::Map::new());
            }
            control_plane.endpoint.write(join, "controlPlane.localAPIEndpoint");
            join.put_given("controlPlane.certificateKey", control_plane.certificate_key.as_ref());
        }
        self.run.write(join);
    }
}

impl DiscoverySpec {
    /// Asking for one way takes the other one out of the document: kubeadm wants exactly one.
    fn write(&self, join: &mut Document) {
        let by_token = self.token.is_some() || self.endpoint.is_some() || !self.pins.is_empty();
        if by_token && self.file.is_none() {
            join.remove("discovery.file");
        }
        if self.file.is_some() && !by_token {
            join.remove("discovery.bootstrapToken");
        }
        // The old token goes with the discovery that it was made for.
        if self.token.is_some() && self.tls_bootstrap_token.is_none() {
            join.remove("discovery.tlsBootstrapToken");
        }
        join.put_given("discovery.bootstrapToken.token", self.token.as_ref().map(BootstrapToken::as_str));
        join.put_given("discovery.bootstrapToken.apiServerEndpoint", self.endpoint.as_ref());
        join.put_list("discovery.bootstrapToken.caCertHashes", &self.pins);
        join.put_true("discovery.bootstrapToken.unsafeSkipCAVerification", self.unsafe_skip_ca_verification);
        join.put_given("discovery.file.kubeConfigPath", self.file.as_ref());
        let tls = self.tls_bootstrap_token.as_ref().map(BootstrapToken::as_str);
        join.put_given("discovery.tlsBootstrapToken", tls);
    }
}
