//! `config.json` of docker's client: logins that the kubelet used to read by itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::translate::draft::{Draft, Told, one};
use crate::translate::fault::Outcome;
use crate::translate::near;
use crate::translate::registry::canonical;
use crate::translate::tree::{Key, Leaf, Plain, leaves};

/// Keys that say something to the person at the client alone.
const OF_CLIENT: &[&str] = &[
    "aliases",
    "cliPluginsExtraDirs",
    "configFormat",
    "currentContext",
    "detachKeys",
    "execFormat",
    "experimental",
    "features",
    "imagesFormat",
    "networksFormat",
    "nodesFormat",
    "pluginsFormat",
    "plugins",
    "psFormat",
    "pruneFilters",
    "secretFormat",
    "serviceInspectFormat",
    "servicesFormat",
    "stackOrchestrator",
    "statsFormat",
    "tasksFormat",
    "volumesFormat",
];

/// Tells of every key of the file what becomes of it.
pub(in crate::translate) fn read(draft: &mut Draft, file: &str, keys: &[Key]) {
    for leaf in leaves(keys) {
        let told = told(draft, keys, &leaf);
        draft.tell(file, &leaf, told);
    }
}

/// The registry of a key of `auths`: docker writes URLs, containers/image hosts.
pub(in crate::translate) fn registry(key: &str) -> &str {
    let rest = key.split_once("://").map_or(key, |(_, rest)| rest);
    canonical(rest.split_once('/').map_or(rest, |(host, _)| host))
}

fn told(draft: &mut Draft, keys: &[Key], leaf: &Leaf) -> Told {
    let host = registry(leaf.part(1)).to_owned();
    one(match leaf.part(0) {
        "auths" if leaf.path.len() == 2 => {
            Outcome::by_hand("there is no login in it: it lies with the helper that credsStore names")
        }
        "auths" => return account(draft, keys, &host, leaf),
        "credHelpers" => match leaf.text() {
            Some(helper) => {
                draft.helpers.insert(host.clone(), helper.into());
                Outcome::to(format!("auth.json: credHelpers.{host}"))
                    .note(format!("docker-credential-{helper} has to be in the PATH of crio.service"))
            }
            None => Outcome::invalid("docker takes a text here"),
        },
        "credsStore" => Outcome::by_hand(
            "a store of a person's logins is nothing to a daemon: log in with `podman login --authfile /etc/crio/auth.json`",
        ),
        "HttpHeaders" => Outcome::not_needed("headers of docker's client to docker's daemon"),
        "proxies" => {
            Outcome::not_needed("what docker's client gives to containers that it makes; a pod says its own")
        }
        name if OF_CLIENT.contains(&name) => Outcome::not_needed("it is of docker's client alone"),
        name => {
            let known = ["auths", "credHelpers", "credsStore", "HttpHeaders", "proxies"];
            Outcome::Unknown { near: near(name, known.into_iter().chain(OF_CLIENT.iter().copied())) }
        }
    })
}

fn account(draft: &mut Draft, keys: &[Key], host: &str, leaf: &Leaf) -> Told {
    let field = leaf.part(2);
    let Some(text) = leaf.text() else { return one(Outcome::invalid("docker takes a text here")) };
    if text.is_empty() {
        return Told::new();
    }
    one(match field {
        "auth" if STANDARD.decode(text).is_err() => Outcome::invalid("it is not USER:PASSWORD in base64"),
        "auth" => add(draft, host, text),
        "username" | "password" => {
            let (user, password) = (sibling(keys, leaf, "username"), sibling(keys, leaf, "password"));
            match user.zip(password) {
                Some((user, password)) => add(draft, host, &encoded(user, password)),
                None => Outcome::invalid("a user and a password go together"),
            }
        }
        "identitytoken" => {
            let entry = draft.auths.entry(host.to_owned()).or_insert_with(|| serde_json::json!({}));
            entry["identitytoken"] = text.into();
            Outcome::to(format!("auth.json: {host}"))
        }
        "email" => Outcome::not_needed("registries ask for no address"),
        "serveraddress" => Outcome::not_needed("the key names the registry"),
        "registrytoken" => Outcome::by_hand("a token of the registry lasts for minutes: log in again"),
        field => {
            let known =
                ["auth", "email", "identitytoken", "password", "registrytoken", "serveraddress", "username"];
            Outcome::Unknown { near: near(field, known.into_iter()) }
        }
    })
}

/// A login as `auth` has it.
pub(in crate::translate) fn encoded(user: &str, password: &str) -> String {
    STANDARD.encode(format!("{user}:{password}"))
}

fn sibling<'k>(keys: &'k [Key], leaf: &Leaf, field: &str) -> Option<&'k str> {
    let below = |keys: &'k [Key], name: &str| keys.iter().rfind(|key| key.name == name).map(|key| &key.value);
    let Plain::Map(auths) = below(keys, leaf.part(0))? else { return None };
    let Plain::Map(account) = below(auths, leaf.part(1))? else { return None };
    match below(account, field)? {
        Plain::Text(text) => Some(text),
        _ => None,
    }
}

/// Adds a login, as containers-auth.json(5) has it.
pub(in crate::translate) fn add(draft: &mut Draft, host: &str, auth: &str) -> Outcome {
    let entry = draft.auths.entry(host.to_owned()).or_insert_with(|| serde_json::json!({}));
    if entry.get("auth").is_some_and(|set| set != auth) {
        return Outcome::by_hand(format!(
            "there are two logins for {host}: only the first one is taken over"
        ));
    }
    entry["auth"] = auth.into();
    Outcome::to(format!("auth.json: {host}"))
}
