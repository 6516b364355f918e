//! How other nodes join: with a token that is there or a new one, as a command and as the `join:`
//! block of a spec.

use std::path::Path;
use std::time::{Duration, SystemTime};

use host_prep::Host;
use host_prep::cluster::{self, ADMIN_CONF};
use kubeadm_config::{BootstrapToken, CertificateKey, JoinCommand, JoinRole};
use serde::Serialize;

use super::{Error, Reporter, after, moment, now, pins_of, server};
use crate::recipe::KUBEADM_FILE;

/// How long a new token lives: kubeadm's own default.
// `DefaultTokenDuration` of kubeadm (apis/bootstraptoken/v1).
pub const TOKEN_LIFE: Duration = Duration::from_secs(24 * 3600);
/// How long certificates stay uploaded: `kubeadm` lets the token of their Secret end then.
// `DefaultCertTokenDuration` (constants.go): the Secret is owned by a token and goes with it.
pub const CERTIFICATES_LIFE: Duration = Duration::from_secs(2 * 3600);
/// A token that ends sooner is of no use to who reads this.
const ENOUGH: Duration = Duration::from_secs(2 * 3600);
/// kubeadm's, whose pins a join trusts.
const CA: &str = "/etc/kubernetes/pki/ca.crt";

/// A token by which nodes join this control plane's cluster.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct JoinToken {
    /// The token.
    pub token: BootstrapToken,
    /// When it ends, as RFC 3339 says it; `None`: never.
    pub until: Option<String>,
}

impl JoinToken {
    /// The one that lives longest of those the cluster has; where none lives two hours more, a new
    /// one.
    ///
    /// # Errors
    ///
    /// If this is not a control plane, or its API server does not answer.
    pub fn find(host: &Host, report: &mut dyn Reporter) -> Result<Self, Error> {
        on_a_control_plane(host)?;
        // A list that cannot be had is no reason to fail: a new token does as well.
        let tokens = cluster::tokens(host, &mut *report.watch()?).unwrap_or_default();
        let soon = after(now(), ENOUGH);
        let usable = tokens.iter().filter(|token| token.lets_nodes_join()).filter_map(|token| {
            let ends = match &token.expires {
                None => None,
                Some(end) => Some(SystemTime::from(end.parse::<jiff::Timestamp>().ok()?)),
            };
            let found = Self { token: token.token.parse().ok()?, until: token.expires.clone() };
            ends.is_none_or(|end| end > soon).then_some((ends.is_none(), ends, found))
        });
        match usable.max_by_key(|(never, end, _)| (*never, *end)) {
            Some((_, _, found)) => Ok(found),
            None => Self::create(host, TOKEN_LIFE, report),
        }
    }

    /// A new one, which the cluster knows from now on; with a life of zero it never ends.
    ///
    /// # Errors
    ///
    /// As [`find`](Self::find).
    pub fn create(host: &Host, life: Duration, report: &mut dyn Reporter) -> Result<Self, Error> {
        on_a_control_plane(host)?;
        let text = cluster::create_token(host, life, &mut *report.watch()?)?;
        // It may be one with something beside it, and is not repeated.
        let why = |_| Error::Token { why: "what kubeadm printed has not the form of a token".to_owned() };
        let until = (!life.is_zero()).then(|| moment(after(now(), life)));
        Ok(Self { token: text.parse().map_err(why)?, until })
    }
}

/// Uploads the certificates that every control plane shares, for two hours, and gives the key to
/// them.
///
/// # Errors
///
/// If this is not a control plane, or kubeadm fails.
pub fn upload_certificates(host: &Host, report: &mut dyn Reporter) -> Result<CertificateKey, Error> {
    on_a_control_plane(host)?;
    // Without a file kubeadm asks the cluster for its configuration.
    let there = host.root().kind(Path::new(KUBEADM_FILE))?.is_some();
    let key = cluster::certificate_key(host, there.then_some(KUBEADM_FILE), &mut *report.watch()?)?;
    key.parse()
        .map_err(|_| Error::Token { why: "kubeadm printed a certificate key that is not a valid one".into() })
}

/// Whether this host can be asked for a cluster's tokens and certificates.
pub(crate) fn on_a_control_plane(host: &Host) -> Result<(), Error> {
    match host.root().kind(Path::new(ADMIN_CONF))? {
        Some(_) => Ok(()),
        None => Err(Error::NoControlPlane),
    }
}

/// How other nodes join.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Joining {
    /// The command for a worker, in one line.
    pub command: String,
    /// When its token ends; `null`: never.
    pub until: Option<String>,
    /// The `join:` block of a spec.
    pub spec: String,
    /// The command for a further control plane, where its certificates were uploaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control_plane_command: Option<String>,
}

impl Joining {
    /// With a token, and the key where a further control plane may join, too. Endpoint and pins are
    /// read from this control plane's files.
    ///
    /// # Errors
    ///
    /// If they cannot be read.
    pub fn with(token: JoinToken, key: Option<CertificateKey>) -> Result<Self, Error> {
        let JoinToken { token, until } = token;
        let pins = pins_of(Path::new(CA))?;
        let command =
            JoinCommand { endpoint: server(Path::new(ADMIN_CONF))?, token, pins, role: JoinRole::Worker };
        Ok(Self::of(command, until, key))
    }

    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let until = self.until.as_ref().map(|until| format!(" until {until}")).unwrap_or_default();
        let mut text = format!("workers join{until}, with:\n  {}\n", self.command);
        if let Some(command) = &self.control_plane_command {
            let line = format!("a further control plane joins within two hours, with:\n  {command}\n");
            text.push_str(&line);
        }
        let spec = self.spec.trim_end();
        text + &format!("or with this in its spec, and `k8sprep up`:\n{spec}\n")
    }

    /// The texts, out of the command for a worker.
    fn of(command: JoinCommand, until: Option<String>, key: Option<CertificateKey>) -> Self {
        let mut spec =
            format!("join:\n  apiServerEndpoint: {}\n  token: {}\n", command.endpoint, command.token);
        if !command.pins.is_empty() {
            spec.push_str("  caCertHashes:\n");
            command.pins.iter().for_each(|pin| spec.push_str(&format!("  - {pin}\n")));
        }
        if let Some(key) = &key {
            spec.push_str(&format!("  certificateKey: {}  # only for a control plane\n", key));
        }
        let worker = in_one_line(&command);
        let further = key.map(|key| {
            let role = JoinRole::ControlPlane { certificate_key: Some(key) };
            in_one_line(&JoinCommand { role, ..command })
        });
        Self { command: worker, until, spec, control_plane_command: further }
    }
}

/// `JoinCommand` breaks its lines with backslashes for people.
fn in_one_line(command: &JoinCommand) -> String {
    let text = command.to_string().replace("\\\n", " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_of_a_command_is_what_a_spec_reads() {
        let command = || JoinCommand {
            endpoint: "192.0.2.7:6443".parse().unwrap(),
            token: "abcdef.0123456789abcdef".parse().unwrap(),
            pins: vec![format!("sha256:{}", "ab".repeat(32)).parse().unwrap()],
            role: JoinRole::Worker,
        };
        for key in [None, Some("cd".repeat(32))] {
            let joining = Joining::of(command(), None, key.as_ref().map(|key| key.parse().unwrap()));
            let role = if key.is_some() { "" } else { "role: worker\n" };
            let spec = format!("kubernetesVersion: v1.34.0\n{role}{}", joining.spec);
            let spec = crate::recipe::NodeSpec::from_yaml(&spec).unwrap_or_else(|error| panic!("{error}"));
            let join = spec.join.unwrap();
            assert_eq!(join.api_server_endpoint.unwrap().to_string(), "192.0.2.7:6443");
            assert_eq!(join.ca_cert_hashes.len(), 1);
            assert_eq!(join.certificate_key.is_some(), key.is_some());
            assert!(!joining.command.contains("--control-plane"));
            let further = joining.control_plane_command;
            assert_eq!(further.is_some(), key.is_some());
            assert!(
                further.is_none_or(|line| line.contains(&format!("--certificate-key {}", "cd".repeat(32))))
            );
        }
    }

    #[test]
    fn a_host_without_an_admin_conf_is_not_asked_for_tokens() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(host_prep::fs::Root::open(dir.path()).unwrap());
        let refused = on_a_control_plane(&host).unwrap_err();
        assert!(matches!(refused, Error::NoControlPlane), "{refused}");
    }
}
