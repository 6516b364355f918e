//! `hosts.toml`, one for each directory of a registry.

use crate::translate::draft::{Draft, Told, one};
use crate::translate::fault::Outcome;
use crate::translate::near;
use crate::translate::registry::{Base, Mirror, canonical, not_read, of_directory, place_of, read_instead};
use crate::translate::tree::{Key, Leaf, Plain, leaves};

const KEYS: [&str; 8] =
    ["ca", "capabilities", "client", "dial_timeout", "header", "override_path", "server", "skip_verify"];

/// A directory of the tree, and what is asked for its images.
struct Directory<'a> {
    /// Absolute, where the file's name was: what relative paths are below.
    dir: &'a str,
    registry: String,
    keys: &'a [Key],
}

/// The directory that a file lies in.
pub(in crate::translate) fn registry_of(file: &str) -> Option<&str> {
    let (dir, _) = file.rsplit_once('/')?;
    Some(dir.rsplit_once('/').map_or(dir, |(_, name)| name))
}

/// Tells of every key of the file what becomes of it.
pub(in crate::translate) fn read(draft: &mut Draft, (file, given): (&str, &[&str]), keys: &[Key]) {
    let name = registry_of(file).unwrap_or("");
    let dir = file.rsplit_once('/').map_or("", |(dir, _)| dir);
    let directory = Directory { dir, registry: of_directory(name), keys };
    let whole = if let Some(first) = read_instead(file, given) {
        Some(Outcome::not_needed(not_read(&first)))
    } else if name == "_default" {
        Some(Outcome::by_hand("registries.conf has no mirror of all registries: say it of each that is used"))
    } else if name.contains('*') || directory.registry.parse::<crio_config::RegistryLocation>().is_err() {
        Some(Outcome::invalid(format!(
            "the directory {name} is no name of a registry: containerd never reads it"
        )))
    } else {
        None
    };
    if let Some(outcome) = whole {
        for leaf in leaves(keys) {
            draft.tell(file, &leaf, one(outcome.clone()));
        }
        return;
    }
    for leaf in leaves(keys) {
        let told = directory.told(draft, &leaf);
        draft.tell(file, &leaf, told);
    }
    // A table without a key is a mirror all the same, and told of as such.
    for key in directory.hosts() {
        directory.mirror(draft, key);
    }
}

impl<'a> Directory<'a> {
    fn hosts(&self) -> &'a [Key] {
        match self.keys.iter().find(|key| key.name == "host").map(|key| &key.value) {
            Some(Plain::Map(hosts)) => hosts,
            _ => &[],
        }
    }

    /// The keys of the host that a leaf is of: those at the top are of the registry itself.
    fn table(&self, leaf: &Leaf) -> &'a [Key] {
        if leaf.part(0) != "host" {
            return self.keys;
        }
        let host = self.hosts().iter().find(|key| key.name == leaf.part(1));
        match host.map(|key| &key.value) {
            Some(Plain::Map(keys)) => keys,
            _ => &[],
        }
    }

    /// The URL that a leaf is of.
    fn url(&self, leaf: &Leaf) -> String {
        match leaf.part(0) {
            "host" => leaf.part(1).to_owned(),
            _ => server(self.keys).unwrap_or(&self.registry).to_owned(),
        }
    }

    /// Where the URL is in registries.conf, and whether it is without TLS.
    fn place(&self, url: &str, keys: &[Key]) -> Result<(String, bool), String> {
        let base = if flag(keys, "override_path") { Base::Api } else { Base::AboveApi };
        place_of(url, base).map(|(location, insecure)| (location, insecure || flag(keys, "skip_verify")))
    }

    fn told(&self, draft: &mut Draft, leaf: &Leaf) -> Told {
        let at = if leaf.part(0) == "host" { 2 } else { 0 };
        let key = leaf.part(at);
        if leaf.path.len() <= at {
            // `[host."URL"]` without a key of its own.
            return one(self.target(draft, leaf));
        }
        if !KEYS.contains(&key) || key == "server" && at > 0 {
            return one(Outcome::Unknown { near: near(key, KEYS.into_iter().chain(["host"])) });
        }
        if leaf.is_empty() {
            return Told::new();
        }
        one(match key {
            "server" => self.server(draft, leaf),
            "capabilities" => self.capabilities(draft, leaf),
            "skip_verify" if leaf.flag() == Some(true) => self.skip_verify(draft, leaf, at),
            "override_path" if leaf.flag() == Some(true) => self.target(draft, leaf),
            "skip_verify" | "override_path" if leaf.flag().is_none() => {
                Outcome::invalid("containerd takes true or false here")
            }
            "skip_verify" | "override_path" => Outcome::not_needed("it is off"),
            "ca" => self.ca(draft, leaf),
            "client" => self.client(draft, leaf),
            "dial_timeout" => Outcome::not_needed("CRI-O gives up a mirror by its own time"),
            _ => Outcome::by_hand("CRI-O sends a registry no headers of its own"),
        })
    }

    /// Whether the mirror can be said at all.
    fn target(&self, draft: &mut Draft, leaf: &Leaf) -> Outcome {
        match self.place(&self.url(leaf), self.table(leaf)) {
            Ok((location, insecure)) if canonical(&location) == self.registry => {
                draft.registries.itself(&self.registry, insecure)
            }
            Ok((location, _)) => Outcome::to(format!("registries.conf: {location}, for {}", self.registry)),
            Err(why) => Outcome::by_hand(why),
        }
    }

    fn server(&self, draft: &mut Draft, leaf: &Leaf) -> Outcome {
        let Some(url) = leaf.text() else { return Outcome::invalid("containerd takes a URL here") };
        match self.place(url, self.keys) {
            Ok((location, insecure)) if canonical(&location) == self.registry => {
                draft.registries.itself(&self.registry, insecure)
            }
            Ok((location, insecure)) => {
                draft.registries.location(&self.registry, &location);
                let _ = draft.registries.itself(&self.registry, insecure);
                Outcome::to(format!("registries.conf: location of {}", self.registry))
            }
            Err(why) => Outcome::by_hand(why),
        }
    }

    fn capabilities(&self, draft: &mut Draft, leaf: &Leaf) -> Outcome {
        let Some(all) = leaf.texts() else {
            return Outcome::invalid("containerd takes a list of texts here");
        };
        let known = ["pull", "resolve", "push", "referrers"];
        if let Some(other) = all.iter().find(|one| !known.contains(&one.to_ascii_lowercase().as_str())) {
            return Outcome::invalid(format!("{other} is no capability: pull, resolve, push or referrers"));
        }
        let has = |name: &str| all.iter().any(|one| one.eq_ignore_ascii_case(name));
        match (leaf.part(0) == "host", has("pull"), has("resolve")) {
            (true, true, true) => self.target(draft, leaf),
            (true, true, false) => match self.target(draft, leaf) {
                out @ Outcome::Translated { .. } if self.is_itself(leaf) => out,
                Outcome::Translated { to, .. } => {
                    Outcome::to(format!("{to}, with pull-from-mirror \"digest-only\""))
                }
                other => other,
            },
            (true, false, _) => Outcome::not_needed("nothing is pulled from it: CRI-O does not push"),
            (false, true, true) => Outcome::not_needed("the registry itself is asked for everything"),
            (false, ..) => Outcome::by_hand(
                "registries.conf always asks the registry last: give it a location that is a mirror, as `k8sprep crio \
                 registries --no-fallback` does",
            ),
        }
    }

    fn skip_verify(&self, draft: &mut Draft, leaf: &Leaf, at: usize) -> Outcome {
        if at > 0 {
            return self.target(draft, leaf);
        }
        match self.place(&self.url(leaf), self.keys) {
            Ok(_) => draft.registries.itself(&self.registry, true),
            Err(why) => Outcome::by_hand(why),
        }
    }

    fn is_itself(&self, leaf: &Leaf) -> bool {
        let place = self.place(&self.url(leaf), self.table(leaf));
        place.is_ok_and(|(location, _)| canonical(&location) == self.registry)
    }

    fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", self.dir) }
    }

    /// The host whose directory below certs.d a certificate belongs in.
    fn certificate_host(&self, leaf: &Leaf) -> Result<String, String> {
        let (location, _) = self.place(&self.url(leaf), self.table(leaf))?;
        Ok(host_of(canonical(&location)).to_owned())
    }

    fn ca(&self, draft: &mut Draft, leaf: &Leaf) -> Outcome {
        let Some(files) = leaf.texts() else {
            return Outcome::invalid("containerd takes a path or a list of paths here");
        };
        let host = match self.certificate_host(leaf) {
            Ok(host) => host,
            Err(why) => return Outcome::by_hand(why),
        };
        let mut last = Outcome::not_needed("it is empty");
        for (at, file) in files.iter().enumerate() {
            let name = if at == 0 { "ca.crt".to_owned() } else { format!("ca-{at}.crt") };
            last = draft.certificate(&host, &self.absolute(file), &name);
        }
        last
    }

    fn client(&self, draft: &mut Draft, leaf: &Leaf) -> Outcome {
        let host = match self.certificate_host(leaf) {
            Ok(host) => host,
            Err(why) => return Outcome::by_hand(why),
        };
        let pair = match &leaf.value {
            Plain::Text(both) => Some((both.as_str(), both.as_str())),
            Plain::List(items) => match items.as_slice() {
                [Plain::Text(both)] => Some((both.as_str(), both.as_str())),
                [Plain::List(pair)] => match pair.as_slice() {
                    [Plain::Text(certificate), Plain::Text(key)] => {
                        Some((certificate.as_str(), key.as_str()))
                    }
                    _ => None,
                },
                _ => {
                    return Outcome::by_hand(
                        "certs.d takes one pair of a name: name each pair there yourself",
                    );
                }
            },
            _ => None,
        };
        let Some((certificate, key)) = pair else {
            return Outcome::invalid("containerd takes a path, or pairs of a certificate and its key, here");
        };
        draft.certificate(&host, &self.absolute(certificate), "client.cert");
        draft.certificate(&host, &self.absolute(key), "client.key")
    }

    /// Adds the mirror of a table `[host."URL"]`, where it can be said and is pulled from.
    fn mirror(&self, draft: &mut Draft, key: &Key) {
        let keys: &[Key] = match &key.value {
            Plain::Map(keys) => keys,
            _ => &[],
        };
        let all = texts(keys, "capabilities");
        let has = |name: &str| all.is_empty() || all.iter().any(|one| one.eq_ignore_ascii_case(name));
        let Ok((location, insecure)) = self.place(&key.name, keys) else { return };
        if has("pull") && canonical(&location) != self.registry {
            let mirror = Mirror { location, insecure, digest_only: !has("resolve") };
            draft.registries.mirror(&self.registry, mirror);
        }
    }
}

fn host_of(location: &str) -> &str {
    location.split_once('/').map_or(location, |(host, _)| host)
}

fn value<'k>(keys: &'k [Key], name: &str) -> Option<&'k Plain> {
    keys.iter().rfind(|key| key.name == name).map(|key| &key.value)
}

fn flag(keys: &[Key], name: &str) -> bool {
    value(keys, name) == Some(&Plain::Bool(true))
}

fn server(keys: &[Key]) -> Option<&str> {
    match value(keys, "server") {
        Some(Plain::Text(url)) if !url.is_empty() => Some(url),
        _ => None,
    }
}

fn texts<'k>(keys: &'k [Key], name: &str) -> Vec<&'k str> {
    let items = match value(keys, name) {
        Some(Plain::List(items)) => items.as_slice(),
        _ => &[],
    };
    let text = |item: &'k Plain| match item {
        Plain::Text(text) => Some(text.as_str()),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_names_its_registry() {
        assert_eq!(registry_of("/etc/containerd/certs.d/docker.io/hosts.toml"), Some("docker.io"));
        assert_eq!(registry_of("reg_5000_/hosts.toml"), Some("reg_5000_"));
        assert_eq!(registry_of("hosts.toml"), None);
        assert_eq!(of_directory("reg_5000_"), "reg:5000");
        assert_eq!(of_directory("registry-1.docker.io"), "docker.io");
        assert_eq!((of_directory("a_b_"), of_directory("_5000_")), ("a_b_".into(), "_5000_".into()));
    }
}
