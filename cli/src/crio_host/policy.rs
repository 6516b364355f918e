//! The policy that says which images may be pulled: `policy.json`, as containers/image reads it.

use std::path::Path;

use crio_config::{CrioHost, Effective, KeyPath, Policy, PolicyState, Value};
use host_prep::fs::Root;
use serde_json::Value as Json;

/// Where it is when CRI-O's configuration does not say so; root's own comes first.
const DEFAULTS: [&str; 2] = ["/root/.config/containers/policy.json", "/etc/containers/policy.json"];

/// Puts the policy CRI-O would read into `host`. A tree without the directory of the default one is
/// no whole host: nothing is known then.
pub(super) fn look(root: &Root, config: &Effective, host: &mut CrioHost) {
    let Some(path) = place(root, config) else { return };
    let pause_image = text(config, "pause_image").unwrap_or_default();
    let state = match root.read(Path::new(&path)) {
        Ok(None) => PolicyState::Missing,
        Err(error) if super::is_denied(&error) => {
            host.unread.insert(path, crate::chain::chain(&error));
            return;
        }
        Err(error) => PolicyState::Broken(crate::chain::chain(&error)),
        Ok(Some(bytes)) => match serde_json::from_slice(&bytes) {
            Ok(json) => judged(&json, &pause_image),
            Err(error) => PolicyState::Broken(format!("not valid JSON: {error}")),
        },
    };
    host.policy = Some(Policy { path, state });
}

/// Where it is.
fn place(root: &Root, config: &Effective) -> Option<String> {
    let stated = text(config, "signature_policy").filter(|path| path.starts_with('/'));
    let is_there = |path: &str| matches!(root.kind(Path::new(path)), Ok(Some(_)));
    stated.or_else(|| {
        let found = DEFAULTS.into_iter().find(|path| is_there(path));
        Some(found.or_else(|| is_there("/etc/containers").then_some(DEFAULTS[1]))?.to_owned())
    })
}

fn text(config: &Effective, key: &str) -> Option<String> {
    match &config.get(&KeyPath::from_parts(["crio", "image", key])?)?.value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

/// Whether it can be read, and whether the pause image may be pulled by it: the narrowest scope
/// decides (policy.json(5)).
fn judged(policy: &Json, image: &str) -> PolicyState {
    let Some(default) = policy.get("default") else {
        return PolicyState::Broken("`default` is missing".into());
    };
    if let Some(fault) = unreadable(policy) {
        return PolicyState::Broken(fault);
    }
    let docker = policy.get("transports").and_then(|transports| transports.get("docker"));
    let scoped = scopes(image).into_iter().find_map(|scope| Some((docker?.get(&scope)?, scope)));
    let (requirements, scope) = scoped.unwrap_or((default, "default".to_owned()));
    let Some(requirements) = requirements.as_array().filter(|list| !list.is_empty()) else {
        return PolicyState::Broken(format!("{scope:?} must be a list of at least one requirement"));
    };
    let rejects = |one: &Json| one.get("type").and_then(Json::as_str) == Some("reject");
    if requirements.iter().any(rejects) {
        return PolicyState::RejectsPauseImage(format!("{scope:?}"));
    }
    PolicyState::Fine
}

/// The first requirement of any scope that containers/image cannot read: with it nothing of the policy is
/// (`newPolicyRequirementFromJSON`, signature/policy_config.go).
fn unreadable(policy: &Json) -> Option<String> {
    let transports = policy.get("transports").and_then(Json::as_object).into_iter().flatten();
    let scopes = transports.flat_map(|(transport, scopes)| {
        scopes
            .as_object()
            .into_iter()
            .flatten()
            .map(move |(scope, list)| (format!("{transport}:{scope}"), list))
    });
    let default = policy.get("default").map(|list| ("default".to_owned(), list));
    default.into_iter().chain(scopes).find_map(|(scope, list)| {
        let wrong = list.as_array()?.iter().find_map(requirement)?;
        Some(format!("{scope:?}: {wrong}"))
    })
}

fn requirement(one: &Json) -> Option<String> {
    let Some(kind) = one.get("type").and_then(Json::as_str) else {
        return Some("a requirement without `type`".into());
    };
    let has = |keys: &[&str]| keys.iter().filter(|key| one.get(**key).is_some()).count();
    match kind {
        "insecureAcceptAnything" | "reject" => None,
        "signedBy" => match one.get("keyType").and_then(Json::as_str) {
            Some("GPGKeys" | "signedByGPGKeys" | "X509Certificates" | "signedByX509CAs") => {
                let keys = has(&["keyPath", "keyPaths", "keyData"]);
                (keys != 1).then(|| {
                    format!("signedBy needs one of keyPath, keyPaths and keyData, and it has {keys} of them")
                })
            }
            _ => Some("signedBy needs a keyType, such as GPGKeys".into()),
        },
        "sigstoreSigned" => {
            let keys = has(&["keyPath", "keyPaths", "keyData", "keyDatas", "fulcio", "pki"]);
            (keys != 1).then(|| format!("sigstoreSigned needs one key, and it has {keys} of them"))
        }
        other => Some(format!("unknown policy requirement type {other:?}")),
    }
}

/// The scopes an image is looked up by, the narrowest first: itself, its repository and what that
/// is in, wildcards of its host, all of the transport.
fn scopes(image: &str) -> Vec<String> {
    let mut scopes = vec![image.to_owned()];
    let tagless =
        image.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map_or(image, |(name, _)| name);
    let mut name = tagless.split('@').next().unwrap_or(tagless);
    loop {
        scopes.push(name.to_owned());
        match name.rsplit_once('/') {
            Some((above, _)) => name = above,
            None => break,
        }
    }
    let mut host = name;
    while let Some((_, above)) = host.split_once('.') {
        scopes.push(format!("*.{above}"));
        host = above;
    }
    scopes.push(String::new());
    scopes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrowest_scope_decides() {
        let image = "registry.k8s.io/pause:3.10";
        let state = |text: &str| judged(&serde_json::from_str(text).unwrap(), image);
        let accept = r#"[{"type": "insecureAcceptAnything"}]"#;
        let reject = r#"[{"type": "reject"}]"#;
        assert_eq!(state(&format!(r#"{{"default": {accept}}}"#)), PolicyState::Fine);
        assert_eq!(
            state(&format!(
                r#"{{"default": {reject}, "transports": {{"docker": {{"registry.k8s.io": {accept}}}}}}}"#
            )),
            PolicyState::Fine
        );
        assert_eq!(
            state(&format!(r#"{{"default": {reject}}}"#)),
            PolicyState::RejectsPauseImage("\"default\"".into())
        );
        let wildcard =
            format!(r#"{{"default": {accept}, "transports": {{"docker": {{"*.k8s.io": {reject}}}}}}}"#);
        assert!(
            matches!(state(&wildcard), PolicyState::RejectsPauseImage(scope) if scope.contains("*.k8s.io"))
        );
        for broken in [
            r#"[{"type": "foo"}]"#,
            r#"[{"type": "signedBy", "keyType": "GPGKeys"}]"#,
            r#"[{"type": "signedBy", "keyPath": "/k"}]"#,
            r#"[{"type": "sigstoreSigned"}]"#,
            r#"[{}]"#,
        ] {
            assert!(
                matches!(state(&format!(r#"{{"default": {broken}}}"#)), PolicyState::Broken(_)),
                "{broken}"
            );
            // A scope of another image counts too: the file is read as a whole.
            let other =
                format!(r#"{{"default": {accept}, "transports": {{"docker": {{"x.y": {broken}}}}}}}"#);
            assert!(matches!(state(&other), PolicyState::Broken(_)), "{broken}");
        }
        let signed = r#"{"default": [{"type": "signedBy", "keyType": "GPGKeys", "keyPath": "/k"}]}"#;
        assert_eq!(state(signed), PolicyState::Fine);
        assert!(matches!(state("{}"), PolicyState::Broken(_)));
        assert!(matches!(state(r#"{"default": []}"#), PolicyState::Broken(_)));
    }
}
