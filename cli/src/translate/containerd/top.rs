//! Keys of containerd itself, and which rule knows a key.

use crio_config::Value;

use super::server::{OVER_THE_NETWORK, metrics, socket};
use super::{CRI, Context, image, plugin, runtime};
use crate::translate::draft::{Draft, Told, one};
use crate::translate::fault::Outcome;
use crate::translate::near;
use crate::translate::tree::Leaf;

/// Keys at the top of the file, of every version.
const KEYS: [&str; 18] = [
    "cgroup",
    "debug",
    "disabled_plugins",
    "grpc",
    "imports",
    "metrics",
    "oom_score",
    "plugin_dir",
    "plugins",
    "proxy_plugins",
    "required_plugins",
    "root",
    "state",
    "stream_processors",
    "temp",
    "timeouts",
    "ttrpc",
    "version",
];

/// What becomes of a key.
pub(super) fn told(draft: &mut Draft, context: &Context, leaf: &Leaf) -> Told {
    match leaf.part(0) {
        CRI => return cri(draft, context, leaf),
        "plugins" => return plugin::told(draft, leaf),
        name if !KEYS.contains(&name) => {
            return one(Outcome::Unknown { near: near(name, KEYS.into_iter()) });
        }
        _ if leaf.is_empty() => return Told::new(),
        _ => {}
    }
    let text = leaf.text().unwrap_or_default();
    one(match (leaf.part(0), leaf.part(1)) {
        ("version", _) => Outcome::not_needed("the form of the file"),
        ("root", _) => draft.data_root(text, "/var/lib/containerd"),
        ("state", _) => Outcome::not_needed("CRI-O keeps its state in /run/containers/storage"),
        ("temp" | "plugin_dir" | "required_plugins" | "timeouts" | "cgroup", _) => {
            Outcome::not_needed("containerd's own")
        }
        ("imports", _) if leaf.texts().is_some_and(|imports| context.are_given(&imports)) => {
            Outcome::not_needed("the files that it names are among these")
        }
        ("imports", _) => Outcome::by_hand("give the files that it names too: they are read after this one"),
        ("disabled_plugins", _)
            if leaf.texts().is_some_and(|names| names.iter().any(|name| is_cri(name))) =>
        {
            Outcome::not_needed("CRI is off here: this containerd was no kubelet's runtime")
        }
        ("disabled_plugins", _) => Outcome::not_needed("containerd's own"),
        ("oom_score", _) => match leaf.number() {
            Some(0) => Outcome::not_needed("crio.service has a score of its own"),
            Some(score) => draft.service("OOMScoreAdjust", &score.to_string()),
            None => Outcome::invalid("containerd takes a whole number here"),
        },
        ("grpc", "tcp_address") => Outcome::by_hand(OVER_THE_NETWORK),
        ("grpc" | "ttrpc", key) => socket(draft, leaf, key),
        ("debug", "level") => level(draft, text),
        ("debug", _) => Outcome::not_needed("containerd's own"),
        ("metrics", "address") => metrics(draft, text),
        ("metrics", _) => Outcome::not_needed("CRI-O's metrics have their own form"),
        ("proxy_plugins", _) => {
            Outcome::by_hand("CRI-O has no plugins over a socket: a snapshotter's images are pulled again")
        }
        ("stream_processors", _) => Outcome::not_needed(
            "CRI-O decrypts images itself, with the keys in crio.runtime.decryption_keys_path",
        ),
        (name, _) => Outcome::by_hand(format!("what {name} asks for has to be decided")),
    })
}

fn is_cri(name: &str) -> bool {
    name == "cri" || name.ends_with(".cri") || name.contains("containerd.cri.")
}

fn level(draft: &mut Draft, text: &str) -> Outcome {
    match text {
        "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "panic" => {
            draft.crio(&["crio", "runtime", "log_level"], Value::from(text))
        }
        _ => Outcome::invalid("containerd takes trace, debug, info, warn, error, fatal or panic here"),
    }
}

/// A key of the CRI plugin. One that holds nothing says nothing, where it is a key of the plugin.
fn cri(draft: &mut Draft, context: &Context, leaf: &Leaf) -> Told {
    if !leaf.is_empty() {
        return of_cri(draft, context, leaf);
    }
    let told = of_cri(&mut Draft::new(draft.release), context, leaf);
    let is_unknown = told.iter().any(|(_, outcome)| matches!(outcome, Outcome::Unknown { .. }));
    if is_unknown { told } else { Told::new() }
}

fn of_cri(draft: &mut Draft, context: &Context, leaf: &Leaf) -> Told {
    match leaf.part(1) {
        "" => Told::new(),
        "registry" => image::registry(draft, context, leaf),
        "containerd" => one(runtime::containerd(draft, context, leaf)),
        "cni" => one(runtime::cni(draft, leaf)),
        _ => one(image::told(draft, leaf).unwrap_or_else(|| runtime::told(draft, leaf))),
    }
}
