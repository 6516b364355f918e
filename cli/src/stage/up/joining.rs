//! How other nodes join, as a command and as the `join:` block of a spec: with a token that is there, or a new one.

use std::path::Path;

use host_prep::Host;
use host_prep::cluster::{self, ADMIN_CONF};
use kubeadm_config::{BootstrapToken, JoinCommand, JoinRole};

use crate::stage::{Error, Report, moment, now, pins_of, server};

/// How long the token of a join command lives.
const HOURS: u32 = 24;
/// A token that ends sooner is of no use to who reads this.
const ENOUGH: i64 = 2 * 3600;
const CA: &str = "/etc/kubernetes/pki/ca.crt";

/// How other nodes join.
#[derive(Debug)]
pub(super) struct Joining {
    /// The command for a worker.
    pub(super) command: String,
    /// When its token ends; `None`: never.
    pub(super) until: Option<String>,
    /// The key to the certificates that a further control plane takes.
    pub(super) certificate_key: Option<String>,
}

impl Joining {
    /// With the token that lives longest of those the cluster has; where none lives long enough, with a new one.
    pub(super) fn of(host: &Host, report: &mut dyn Report) -> Result<Self, Error> {
        let tokens = cluster::tokens(host, &mut *report.watch()?).unwrap_or_default();
        let end = |expires: &str| expires.parse::<jiff::Timestamp>().map(jiff::Timestamp::as_second).ok();
        let soon = i64::try_from(now()).unwrap_or(i64::MAX).saturating_add(ENOUGH);
        let usable = tokens.iter().filter(|token| token.lets_nodes_join()).filter_map(|token| {
            let ends = token.expires.as_deref().map_or(Some(i64::MAX), end)?;
            (ends > soon).then_some((ends, token))
        });
        if let Some((_, token)) = usable.max_by_key(|(ends, _)| *ends)
            && let Ok(command) = command(&token.token)
        {
            return Ok(Self { command, until: token.expires.clone(), certificate_key: None });
        }
        let command = cluster::join_command(host, HOURS, &mut *report.watch()?);
        let command = command?;
        let until = Some(moment(now() + u64::from(HOURS) * 3600));
        Ok(Self { command, until, certificate_key: None })
    }

    /// The command for a further control plane.
    pub(super) fn of_control_plane(&self) -> Option<String> {
        let key = self.certificate_key.as_ref()?;
        Some(format!("{} --control-plane --certificate-key {key}", self.command))
    }

    /// The `join:` block of a spec.
    pub(super) fn block(&self) -> Option<String> {
        let words: Vec<&str> = self.command.split_whitespace().filter(|word| *word != "\\").collect();
        let ["kubeadm", "join", endpoint, rest @ ..] = words.as_slice() else { return None };
        let all = |flag: &str| rest.windows(2).filter(|pair| pair[0] == flag).map(|pair| pair[1]).collect();
        let (tokens, pins): (Vec<&str>, Vec<&str>) = (all("--token"), all("--discovery-token-ca-cert-hash"));
        let mut block = format!("join:\n  apiServerEndpoint: {endpoint}\n  token: {}\n", tokens.first()?);
        if !pins.is_empty() {
            block.push_str("  caCertHashes:\n");
            pins.iter().for_each(|pin| block.push_str(&format!("  - {pin}\n")));
        }
        if let Some(key) = &self.certificate_key {
            block.push_str(&format!("  certificateKey: {key}  # only for a control plane\n"));
        }
        Some(block)
    }
}

/// The command with a token that the cluster knows.
fn command(token: &str) -> Result<String, Error> {
    let why = |error: kubeadm_config::InvalidBootstrapToken| Error::Token { why: error.to_string() };
    let token: BootstrapToken = token.parse().map_err(why)?;
    let endpoint = server(Path::new(ADMIN_CONF))?;
    let command = JoinCommand { endpoint, token, pins: pins_of(Path::new(CA))?, role: JoinRole::Worker };
    let text = command.to_string().replace("\\\n", " ");
    Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_block_of_a_command_is_what_a_spec_reads() {
        let pin = format!("sha256:{}", "ab".repeat(32));
        let command = format!(
            "kubeadm join 192.0.2.7:6443 --token abcdef.0123456789abcdef --discovery-token-ca-cert-hash {pin}"
        );
        let mut joining = Joining { command, until: None, certificate_key: None };
        for key in [None, Some("cd".repeat(32))] {
            joining.certificate_key.clone_from(&key);
            let spec = format!("kubernetesVersion: v1.34.0\nrole: worker\n{}", joining.block().unwrap());
            let spec = if key.is_some() { spec.replace("role: worker\n", "") } else { spec };
            let spec = crate::recipe::NodeSpec::from_yaml(&spec).unwrap_or_else(|error| panic!("{error}"));
            let join = spec.join.unwrap();
            assert_eq!(join.api_server_endpoint.unwrap().to_string(), "192.0.2.7:6443");
            assert_eq!(join.ca_cert_hashes.len(), 1);
            assert_eq!(join.certificate_key.is_some(), key.is_some());
        }
        let further = joining.of_control_plane().unwrap();
        assert!(further.ends_with(&format!("--control-plane --certificate-key {}", "cd".repeat(32))));
    }
}
