//! Keys of containerd's CRI plugin that are about images and registries.

use crio_config::Value;

use super::Context;
use crate::translate::docker::login::{self, encoded};
use crate::translate::draft::{Draft, Told, one};
use crate::translate::fault::Outcome;
use crate::translate::near;
use crate::translate::registry::{Base, Mirror, canonical, place_of};
use crate::translate::tree::Leaf;

/// A key right below the plugin; none where it is not of images.
pub(super) fn told(draft: &mut Draft, leaf: &Leaf) -> Option<Outcome> {
    Some(match leaf.part(1) {
        "sandbox_image" => match leaf.text() {
            Some(image) => draft.crio(&["crio", "image", "pause_image"], Value::from(image)),
            None => Outcome::invalid("containerd takes a text here"),
        },
        "pinned_images" => pinned(draft, leaf),
        "image_pull_progress_timeout" => {
            draft.crio_text(&["crio", "image", "pull_progress_timeout"], leaf.text().unwrap_or_default())
        }
        "max_concurrent_downloads" | "concurrent_layer_fetch_buffer" => Outcome::not_needed(
            "how many images are pulled at a time is the kubelet's: serializeImagePulls, maxParallelImagePulls",
        ),
        "image_pull_with_sync_fs" | "use_local_image_pull" => {
            Outcome::not_needed("of containerd's own store")
        }
        "image_decryption" => match leaf.part(2) {
            "key_model" | "" => Outcome::not_needed(
                "CRI-O decrypts images with the keys in crio.runtime.decryption_keys_path",
            ),
            _ => Outcome::Unknown { near: Some("key_model".into()) },
        },
        "runtime_platforms" => Outcome::by_hand("CRI-O pulls images of the node's own platform alone"),
        _ => return None,
    })
}

fn pinned(draft: &mut Draft, leaf: &Leaf) -> Outcome {
    let Some(image) = leaf.text() else { return Outcome::invalid("containerd takes a text here") };
    let path = ["crio", "image", "pinned_images"].map(str::to_owned).to_vec();
    let mut all = match draft.crio.remove(&path) {
        Some(Value::Strings(all)) => all,
        _ => Vec::new(),
    };
    all.push(image.to_owned());
    draft.crio(&["crio", "image", "pinned_images"], Value::Strings(all))
}

/// Keys of `[plugins.….registry]`.
pub(super) fn registry(draft: &mut Draft, context: &Context, leaf: &Leaf) -> Told {
    let older =
        || one(Outcome::by_hand("containerd refuses it beside config_path: one of the two has to go"));
    match leaf.part(2) {
        "" => Told::new(),
        "config_path" => one(match leaf.text() {
            Some(path) => Outcome::not_needed(format!(
                "the hosts.toml files below {path} are read where they are given"
            )),
            None => Outcome::invalid("containerd takes a text here"),
        }),
        "mirrors" | "configs" if leaf.path.len() < 5 => Told::new(),
        "mirrors" if context.has_config_path => older(),
        "mirrors" => mirrors(draft, leaf),
        "configs" if leaf.part(4) == "tls" && context.has_config_path => older(),
        "configs" => one(config(draft, context, leaf)),
        "auths" => one(account(draft, context, leaf, 3)),
        "headers" => one(Outcome::by_hand("CRI-O sends a registry no headers of its own")),
        name => {
            let known = ["config_path", "mirrors", "configs", "auths", "headers"];
            one(Outcome::Unknown { near: near(name, known.into_iter()) })
        }
    }
}

fn mirrors(draft: &mut Draft, leaf: &Leaf) -> Told {
    let registry = canonical(leaf.part(3));
    if leaf.part(4) != "endpoint" {
        return one(Outcome::Unknown { near: Some("endpoint".into()) });
    }
    let Some(urls) = leaf.texts() else {
        return one(Outcome::invalid("containerd takes a list of URLs here"));
    };
    if registry == "*" {
        return one(Outcome::by_hand(
            "registries.conf has no mirror of all registries: say it of each that is used",
        ));
    }
    if registry.contains('*') {
        return one(Outcome::invalid(
            "containerd knows no wildcard but * alone: nothing was ever asked by it",
        ));
    }
    let mirror = |(at, url): (usize, &str)| {
        let outcome = match place_of(url, Base::Api) {
            Ok((location, insecure)) if canonical(&location) == registry => {
                draft.registries.itself(registry, insecure)
            }
            Ok((location, insecure)) => {
                draft.registries.mirror(registry, Mirror { location, insecure, digest_only: false });
                Outcome::to(format!("registries.conf: a mirror of {registry}"))
            }
            Err(why) => Outcome::by_hand(why),
        };
        (Some(at), outcome)
    };
    urls.into_iter().enumerate().map(mirror).collect()
}

/// `configs."HOST".tls` and `.auth`.
fn config(draft: &mut Draft, context: &Context, leaf: &Leaf) -> Outcome {
    let host = canonical(leaf.part(3)).to_owned();
    let path = leaf.text().unwrap_or_default().to_owned();
    match (leaf.part(4), leaf.part(5)) {
        ("auth", _) => account(draft, context, leaf, 4),
        ("tls", "insecure_skip_verify") => match leaf.flag() {
            Some(true) if host.contains('*') => {
                Outcome::by_hand("registries.conf has no wildcard for it: name each registry that is meant")
            }
            Some(true) => {
                draft.registries.insecure(&host);
                Outcome::to(format!("registries.conf: {host} is insecure"))
            }
            Some(false) => Outcome::not_needed("it is off"),
            None => Outcome::invalid("containerd takes true or false here"),
        },
        ("tls", "ca_file") => draft.certificate(&host, &path, "ca.crt"),
        ("tls", "cert_file") => draft.certificate(&host, &path, "client.cert"),
        ("tls", "key_file") => draft.certificate(&host, &path, "client.key"),
        _ => Outcome::Unknown { near: Some("tls.ca_file".into()) },
    }
}

/// A login; its fields begin behind `at`.
fn account(draft: &mut Draft, context: &Context, leaf: &Leaf, at: usize) -> Outcome {
    let host = login::registry(leaf.part(3)).to_owned();
    let field = leaf.part(at + 1);
    let Some(text) = leaf.text().filter(|text| !text.is_empty()) else {
        return Outcome::not_needed("it is empty");
    };
    match field {
        "auth" => login::add(draft, &host, text),
        "username" | "password" => {
            let sibling = |name: &str| {
                let mut path: Vec<&str> = leaf.path.iter().map(String::as_str).collect();
                *path.last_mut()? = name;
                context.find(&path).and_then(Leaf::text)
            };
            match sibling("username").zip(sibling("password")) {
                Some((user, password)) => login::add(draft, &host, &encoded(user, password)),
                None => Outcome::invalid("a user and a password go together"),
            }
        }
        "identitytoken" => {
            let entry = draft.auths.entry(host.clone()).or_insert_with(|| serde_json::json!({}));
            entry["identitytoken"] = text.into();
            Outcome::to(format!("auth.json: {host}"))
        }
        _ => Outcome::Unknown { near: Some("auth".into()) },
    }
}
