//! To and from the core/v1 types of `k8s-openapi`, for tools that speak to an API server with them.
//!
//! Both sides have the same JSON, so that is the way across. What a value holds and the other type
//! does not know is an error of [`Error::Print`], never dropped.

use k8s_openapi::api::core::v1;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::Error;
use crate::token_secret::TokenSecret;
use crate::wire::core::{EnvVar, Taint};

fn across<From: Serialize, To: Serialize + DeserializeOwned>(from: &From) -> Result<To, Error> {
    let why = |error: serde_json::Error| Error::Print { why: error.to_string() };
    let json = serde_json::to_value(from).map_err(why)?;
    let to: To = serde_json::from_value(json.clone()).map_err(why)?;
    let back = serde_json::to_value(&to).map_err(why)?;
    if without_nothing(&back) == without_nothing(&json) {
        Ok(to)
    } else {
        Err(Error::Print {
            why: format!("{json} cannot be held by the other type, which makes {back} of it"),
        })
    }
}

/// Without the members that say as much when they are absent.
fn without_nothing(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.iter().filter(|(_, value)| !value.is_null() && *value != "");
            Value::Object(kept.map(|(key, value)| (key.clone(), without_nothing(value))).collect())
        }
        Value::Array(items) => items.iter().map(without_nothing).collect(),
        other => other.clone(),
    }
}

macro_rules! both_ways {
    ($($ours:ty, $theirs:ty;)*) => {$(
        impl TryFrom<&$ours> for $theirs {
            type Error = Error;
            fn try_from(ours: &$ours) -> Result<Self, Error> {
                across(ours)
            }
        }

        impl TryFrom<&$theirs> for $ours {
            type Error = Error;
            fn try_from(theirs: &$theirs) -> Result<Self, Error> {
                across(theirs)
            }
        }
    )*};
}

both_ways! {
    Taint, v1::Taint;
    EnvVar, v1::EnvVar;
}

/// The Secret, to be created in `kube-system`.
impl TryFrom<&TokenSecret> for v1::Secret {
    type Error = Error;

    fn try_from(token: &TokenSecret) -> Result<Self, Error> {
        across(&token.manifest())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taint_goes_there_and_back() {
        let taint = Taint {
            key: "node-role.kubernetes.io/control-plane".into(),
            effect: "NoSchedule".into(),
            ..Taint::default()
        };
        let theirs = v1::Taint::try_from(&taint).unwrap();
        assert_eq!(theirs.key, taint.key);
        assert_eq!(Taint::try_from(&theirs).unwrap(), taint);
    }

    #[test]
    fn a_variable_goes_there_and_back() {
        let variable =
            EnvVar { name: "HTTPS_PROXY".into(), value: "http://proxy:3128".into(), ..EnvVar::default() };
        let theirs = v1::EnvVar::try_from(&variable).unwrap();
        assert_eq!(theirs.value.as_deref(), Some("http://proxy:3128"));
        assert_eq!(EnvVar::try_from(&theirs).unwrap(), variable);
    }

    #[test]
    fn a_tokens_secret_is_a_secret() {
        let token = TokenSecret::new("abcdef.0123456789abcdef".parse().unwrap());
        let secret = v1::Secret::try_from(&token).unwrap();
        assert_eq!(secret.metadata.name.as_deref(), Some("bootstrap-token-abcdef"));
        assert_eq!(secret.data.unwrap()["token-id"].0, b"abcdef");
    }
}
