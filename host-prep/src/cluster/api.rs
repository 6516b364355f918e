//! What the cluster itself says: whether it is whole, its bootstrap tokens, its network plugin.

use std::time::Duration;

use serde::Deserialize;

use super::kubectl;
use crate::{Error, Host, Invocation, Watch};

/// What the last two phases of `kubeadm init` make that nothing on the host tells.
const MADE_LATE: &[&str] = &["configmap/kubeadm-config", "daemonset.apps/kube-proxy"];

/// A bootstrap token, as `kubeadm token list -o json` has it.
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct Token {
    /// The token.
    pub token: String,
    /// When it ends, as RFC 3339; `None`: never.
    #[serde(default)]
    pub expires: Option<String>,
    /// What it is for, in the words of who made it.
    #[serde(default)]
    pub description: Option<String>,
    /// What it may be used for: `signing`, `authentication`.
    #[serde(default)]
    pub usages: Vec<String>,
    /// Groups of who shows it.
    #[serde(default)]
    pub groups: Vec<String>,
}

impl Token {
    /// Whether a node can join with it.
    #[must_use]
    pub fn lets_nodes_join(&self) -> bool {
        let all = ["authentication", "signing"];
        all.iter().all(|usage| self.usages.iter().any(|has| has == usage))
            && self.groups.iter().any(|group| group == "system:bootstrappers:kubeadm:default-node-token")
    }
}

/// What of a whole cluster is missing here; `None` where the API server does not say.
pub fn is_whole(host: &Host, watch: &mut dyn Watch) -> Option<Vec<&'static str>> {
    let words = ["-n", "kube-system", "get", "-o", "name", "--ignore-not-found", "--request-timeout=10s"];
    let asked = kubectl(words.into_iter().chain(MADE_LATE.iter().copied()));
    let said = host.await_end(&asked, watch).ok()?;
    let said = String::from_utf8_lossy(&said.stdout);
    Some(MADE_LATE.iter().copied().filter(|name| !said.lines().any(|line| line == *name)).collect())
}

/// Whether a network plugin is at work: a node of the cluster is Ready, which none is without.
pub fn has_network_plugin(host: &Host, watch: &mut dyn Watch) -> Option<bool> {
    let ready = "-o=jsonpath={.items[*].status.conditions[?(@.type==\"Ready\")].status}";
    let asked = kubectl(["get", "nodes", ready, "--request-timeout=10s"]);
    let said = host.await_end(&asked, watch).ok()?;
    Some(String::from_utf8_lossy(&said.stdout).split_whitespace().any(|status| status == "True"))
}

/// The tokens that the cluster knows.
///
/// # Errors
///
/// When it does not answer.
pub fn tokens(host: &Host, watch: &mut dyn Watch) -> Result<Vec<Token>, Error> {
    let outcome = host.await_end(&Invocation::new("kubeadm", ["token", "list", "-o", "json"]), watch)?;
    // One document after the other; kubeadm before 1.16 prints a table.
    let all = serde_json::Deserializer::from_slice(&outcome.stdout).into_iter::<Token>();
    Ok(all.map_while(Result::ok).collect())
}

/// Makes a bootstrap token by which nodes can join, and gives it. With a life of zero it never
/// ends.
///
/// # Errors
///
/// When it cannot be made, or kubeadm prints none.
pub fn create_token(host: &Host, life: Duration, watch: &mut dyn Watch) -> Result<String, Error> {
    let ttl = format!("{}s", life.as_secs());
    let create = Invocation::new("kubeadm", ["token", "create", "--ttl", &ttl]);
    let outcome = host.await_end(&create, watch)?;
    let said = String::from_utf8_lossy(&outcome.stdout).trim().to_owned();
    match said.is_empty() {
        true => Err(Error::CommandFailed { command: create.to_string(), how: "it printed no token".into() }),
        false => Ok(said),
    }
}

/// Uploads the certificates of the control plane for two hours, and gives the key to them. `config`
/// is the file kubeadm was run with; without one it asks the cluster.
///
/// # Errors
///
/// When kubeadm cannot, or prints no key.
pub fn certificate_key(host: &Host, config: Option<&str>, watch: &mut dyn Watch) -> Result<String, Error> {
    let words = ["init", "phase", "upload-certs", "--upload-certs"];
    let config = config.into_iter().flat_map(|config| ["--config", config]);
    let upload = Invocation::new("kubeadm", words.into_iter().chain(config));
    let outcome = host.await_end(&upload, watch)?;
    let said = String::from_utf8_lossy(&outcome.stdout);
    let is_key = |line: &&str| line.len() == 64 && line.bytes().all(|byte| byte.is_ascii_hexdigit());
    let key = said.lines().map(str::trim).rfind(is_key).map(str::to_owned);
    key.ok_or_else(|| Error::CommandFailed { command: upload.to_string(), how: "it printed no key".into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_only_signs_lets_nobody_join() {
        let text = r#"{"token":"abcdef.0123456789abcdef","expires":"2026-11-29T12:00:00Z","usages":["authentication","signing"],"groups":["system:bootstrappers:kubeadm:default-node-token"]}
{"token":"aaaaaa.0123456789abcdef","usages":["signing"]}"#;
        let all: Vec<Token> =
            serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>().unwrap();
        assert_eq!(all.iter().map(Token::lets_nodes_join).collect::<Vec<_>>(), [true, false]);
    }
}
