//! The Secret in which a cluster keeps a bootstrap token.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::go::Time;
use crate::token::BootstrapToken;
use crate::value::{Duration, Timestamp};
use crate::{model, print};

/// A bootstrap token with what the cluster is to know of it: what `kubeadm token create` writes
/// into `kube-system`.
///
/// ```
/// use std::time::{Duration as Since1970, UNIX_EPOCH};
///
/// use kubeadm_config::{Duration, TokenSecret};
///
/// let now = UNIX_EPOCH + Since1970::from_secs(1_795_422_114);
/// let token = "abcdef.0123456789abcdef".parse()?;
/// let secret = TokenSecret::new(token).ending(now, Duration::from_hours(24));
/// assert_eq!(secret.expiration.as_ref().unwrap().to_string(), "2026-11-24T08:21:54Z");
/// assert!(secret.to_yaml()?.contains("name: bootstrap-token-abcdef"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenSecret {
    /// The token.
    pub token: BootstrapToken,
    /// What it is for, in words; may be empty.
    pub description: String,
    /// When it ends. None: never.
    pub expiration: Option<Timestamp>,
    /// What it may be used for: `signing`, `authentication`.
    pub usages: Vec<String>,
    /// The groups its bearer is in.
    pub groups: Vec<String>,
}

impl TokenSecret {
    /// A token that never ends, with kubeadm's usages and group.
    #[must_use]
    pub fn new(token: BootstrapToken) -> Self {
        Self {
            token,
            description: String::new(),
            expiration: None,
            usages: vec!["signing".to_owned(), "authentication".to_owned()],
            groups: vec!["system:bootstrappers:kubeadm:default-node-token".to_owned()],
        }
    }

    /// The Secret that `kubeadm init` makes of a token of its configuration at the moment `now`.
    /// None if the configuration does not name the token, or names none that is sound.
    #[must_use]
    pub fn of(token: &model::BootstrapToken, now: SystemTime) -> Option<Self> {
        let secret = Self {
            token: token.token.as_ref()?.parse().ok()?,
            description: token.description.clone(),
            expiration: token.expires.clone(),
            usages: token.usages.clone(),
            groups: token.groups.clone(),
        };
        match (&secret.expiration, token.ttl) {
            (None, Some(ttl)) => Some(secret.ending(now, ttl)),
            _ => Some(secret),
        }
    }

    /// The same token, ending so long after `now`, in whole seconds. Without a positive length it
    /// never ends.
    #[must_use]
    pub fn ending(self, now: SystemTime, ttl: Duration) -> Self {
        let seconds = ttl.as_secs();
        let end = (ttl > Duration::ZERO).then(|| Time::from_unix(since_1970(now).saturating_add(seconds)));
        Self { expiration: end.map(|end| Timestamp::from_rfc3339(end.to_string())), ..self }
    }

    /// The manifest, for `kubectl apply -f -`.
    ///
    /// # Errors
    /// [`Error::Print`] for a text that YAML cannot hold.
    pub fn to_yaml(&self) -> Result<String, Error> {
        print::to_yaml(vec![self.manifest()])
    }

    pub(crate) fn manifest(&self) -> Map<String, Value> {
        let encoded = |text: &str| Value::from(STANDARD.encode(text));
        let mut data = Map::new();
        data.insert("token-id".to_owned(), encoded(self.token.id()));
        data.insert("token-secret".to_owned(), encoded(self.token.secret()));
        if !self.description.is_empty() {
            data.insert("description".to_owned(), encoded(&self.description));
        }
        if let Some(expiration) = &self.expiration {
            data.insert("expiration".to_owned(), encoded(expiration.as_str()));
        }
        if !self.groups.is_empty() {
            data.insert("auth-extra-groups".to_owned(), encoded(&self.groups.join(",")));
        }
        for usage in &self.usages {
            data.insert(format!("usage-bootstrap-{usage}"), encoded("true"));
        }
        let mut secret = Map::new();
        secret.insert("apiVersion".to_owned(), json!("v1"));
        secret.insert("data".to_owned(), Value::Object(data));
        secret.insert("kind".to_owned(), json!("Secret"));
        let metadata = json!({ "name": self.token.secret_name(), "namespace": "kube-system" });
        secret.insert("metadata".to_owned(), metadata);
        secret.insert("type".to_owned(), json!("bootstrap.kubernetes.io/token"));
        secret
    }
}

/// Whole seconds; 0 for what was before 1970.
fn since_1970(moment: SystemTime) -> i64 {
    let seconds = moment.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: std::time::Duration = std::time::Duration::from_secs(1_795_508_514);

    #[test]
    fn the_end_is_counted_from_now() {
        let token = model::BootstrapToken {
            token: Some("02hp3p.tbtkmwl7j5sk85q2".into()),
            ttl: Some(Duration::from_hours(24)),
            ..Default::default()
        };
        let end = |token: &model::BootstrapToken| {
            TokenSecret::of(token, UNIX_EPOCH + NOW).unwrap().expiration.map(|end| end.to_string())
        };
        assert_eq!(end(&token).as_deref(), Some("2026-11-25T08:21:54Z"));
        assert_eq!(end(&model::BootstrapToken { ttl: Some(Duration::ZERO), ..token.clone() }), None);
        assert_eq!(TokenSecret::of(&model::BootstrapToken { token: None, ..token }, UNIX_EPOCH + NOW), None);
    }

    /// The manifest against the Secrets of a real cluster, less what the API server added.
    #[test]
    #[ignore = "run it with `tests/layer recorded`"]
    fn the_secret_is_that_of_a_real_cluster() {
        let Some(path) = test_kit::recorded("conformance/node/healthy/token-secrets.yaml") else {
            return;
        };
        let list = std::fs::read_to_string(path).unwrap();
        let list: serde_json::Value = serde_yaml::from_str(&list).unwrap();
        for secret in list["items"].as_array().unwrap() {
            let data = |key: &str| {
                let text = secret["data"][key].as_str().unwrap();
                String::from_utf8(STANDARD.decode(text).unwrap()).unwrap()
            };
            let token = format!("{}.{}", data("token-id"), data("token-secret")).parse().unwrap();
            let mut ours = TokenSecret::new(token);
            ours.expiration = Some(Timestamp::from_rfc3339(data("expiration")));
            let ours: serde_json::Value = serde_yaml::from_str(&ours.to_yaml().unwrap()).unwrap();
            for part in ["apiVersion", "kind", "type", "data"] {
                assert_eq!(ours[part], secret[part]);
            }
            assert_eq!(ours["metadata"]["name"], secret["metadata"]["name"]);
            assert_eq!(ours["metadata"]["namespace"], secret["metadata"]["namespace"]);
        }
    }
}
