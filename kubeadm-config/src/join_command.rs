//! The command that makes a node join, and the document that says the same.

use std::fmt;

use crate::certificate_key::CertificateKey;
use crate::endpoint::ApiServerEndpoint;
use crate::model::{BootstrapTokenDiscovery, Discovery, JoinConfiguration, JoinControlPlane};
use crate::pin::CaPin;
use crate::token::BootstrapToken;

/// What a node must be told to join a cluster.
///
/// Prints as the one line of `kubeadm token create --print-join-command`, down to its last space,
/// which stands behind every pin.
///
/// ```
/// use kubeadm_config::{JoinCommand, JoinRole};
///
/// let command = JoinCommand {
///     endpoint: "10.0.0.1:6443".parse()?,
///     token: "abcdef.0123456789abcdef".parse()?,
///     pins: vec![],
///     role: JoinRole::ControlPlane { certificate_key: None },
/// };
/// assert_eq!(
///     command.to_string(),
///     "kubeadm join 10.0.0.1:6443 --token abcdef.0123456789abcdef --control-plane "
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a value to be filled in; each field is sound by its type")]
pub struct JoinCommand {
    /// Where the cluster's API server is reached.
    pub endpoint: ApiServerEndpoint,
    /// A token the cluster knows.
    pub token: BootstrapToken,
    /// The pins of the cluster's CA certificates, in the order of their file.
    pub pins: Vec<CaPin>,
    /// What the node is to become.
    pub role: JoinRole,
}

/// What a joining node is to become.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "kubeadm knows these two kinds of node")]
pub enum JoinRole {
    /// A node that runs Pods.
    Worker,
    /// One more control plane.
    ControlPlane {
        /// The key to the certificates in the cluster, unless they were brought by hand.
        certificate_key: Option<CertificateKey>,
    },
}

impl JoinCommand {
    /// The arguments one by one, `join` first, for whoever runs the command instead of printing it.
    #[must_use]
    pub fn args(&self) -> Vec<String> {
        self.to_string().split_whitespace().skip(1).map(str::to_owned).collect()
    }

    /// The command over several lines with backslashes at their ends, as `kubeadm init` shows it.
    #[must_use]
    pub fn over_lines(&self) -> String {
        let mut text = self.head() + "\\\n\t" + &self.pins();
        if let JoinRole::ControlPlane { certificate_key } = &self.role {
            text += "\\\n\t";
            text += &control_plane(certificate_key.as_ref());
        }
        text
    }

    /// The document that says the same, not yet defaulted. Without pins it says that the CA is not
    /// to be verified, which the command would ask for with a flag of its own.
    #[must_use]
    pub fn configuration(&self) -> JoinConfiguration {
        let discovery = BootstrapTokenDiscovery {
            token: self.token.to_string(),
            api_server_endpoint: self.endpoint.to_string(),
            ca_cert_hashes: self.pins.iter().map(ToString::to_string).collect(),
            unsafe_skip_ca_verification: self.pins.is_empty(),
        };
        let control_plane = match &self.role {
            JoinRole::Worker => None,
            JoinRole::ControlPlane { certificate_key } => Some(JoinControlPlane {
                certificate_key: certificate_key.as_ref().map(ToString::to_string).unwrap_or_default(),
                ..JoinControlPlane::default()
            }),
        };
        JoinConfiguration {
            discovery: Discovery { bootstrap_token: Some(discovery), ..Discovery::default() },
            control_plane,
            ..JoinConfiguration::default()
        }
    }

    fn head(&self) -> String {
        format!("kubeadm join {} --token {} ", self.endpoint, self.token)
    }

    fn pins(&self) -> String {
        self.pins.iter().map(|pin| format!("--discovery-token-ca-cert-hash {pin} ")).collect()
    }
}

fn control_plane(key: Option<&CertificateKey>) -> String {
    let key = key.map(|key| format!("--certificate-key {key}")).unwrap_or_default();
    format!("--control-plane {key}")
}

impl fmt::Display for JoinCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.head())?;
        f.write_str(&self.pins())?;
        match &self.role {
            JoinRole::Worker => Ok(()),
            JoinRole::ControlPlane { certificate_key } => {
                f.write_str(&control_plane(certificate_key.as_ref()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(role: JoinRole) -> JoinCommand {
        JoinCommand {
            endpoint: "[fd00::5]:6443".parse().unwrap(),
            token: "abcdef.0123456789abcdef".parse().unwrap(),
            pins: vec![CaPin::of_spki(b"a"), CaPin::of_spki(b"b")],
            role,
        }
    }

    #[test]
    fn prints_kubeadms_line() {
        let (a, b) = (CaPin::of_spki(b"a"), CaPin::of_spki(b"b"));
        let head = "kubeadm join [fd00::5]:6443 --token abcdef.0123456789abcdef ";
        let pins = format!("--discovery-token-ca-cert-hash {a} --discovery-token-ca-cert-hash {b} ");
        assert_eq!(command(JoinRole::Worker).to_string(), format!("{head}{pins}"));
        let key: CertificateKey = "5a".repeat(32).parse().unwrap();
        let join = command(JoinRole::ControlPlane { certificate_key: Some(key.clone()) });
        assert_eq!(join.to_string(), format!("{head}{pins}--control-plane --certificate-key {key}"));
        assert_eq!(
            join.over_lines(),
            format!("{head}\\\n\t{pins}\\\n\t--control-plane --certificate-key {key}")
        );
        assert_eq!(join.args().len(), 11);
    }

    #[test]
    fn the_document_says_the_same() {
        let join = command(JoinRole::ControlPlane { certificate_key: None }).configuration();
        let token = join.discovery.bootstrap_token.unwrap();
        assert_eq!(token.api_server_endpoint, "[fd00::5]:6443");
        assert_eq!(token.ca_cert_hashes.len(), 2);
        assert!(!token.unsafe_skip_ca_verification);
        assert_eq!(join.control_plane.unwrap().certificate_key, "");
        assert!(command(JoinRole::Worker).configuration().control_plane.is_none());
    }
}
