//! Registries and their mirrors, as `registries.conf` has them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crio_config::{RegistryLocation, Value};

use super::fault::Outcome;

/// A registry or a mirror that is fetched from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mirror {
    pub(super) location: String,
    pub(super) insecure: bool,
    /// Asked for what is named by digest alone.
    pub(super) digest_only: bool,
}

/// What is said of one registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Registry {
    location: Option<String>,
    /// Whether its certificate is not checked, or it has none, where it is asked as this registry.
    insecure: bool,
    mirrors: Vec<Mirror>,
}

/// Every registry that something is said of.
#[derive(Clone, Debug, Default)]
pub(super) struct Registries {
    known: BTreeMap<String, Registry>,
    /// Hosts whose certificates are not checked, wherever they are named.
    insecure: BTreeSet<String>,
}

/// How a path of a URL is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// What is below which `/v2/` lies.
    AboveApi,
    /// What the API itself lies at.
    Api,
}

/// The place that a URL names, as `registries.conf` writes it, and whether it is without TLS.
///
/// containers/image asks `https://HOST/v2/PATH/NAME` for a location `HOST/PATH`.
pub(super) fn place_of(url: &str, base: Base) -> Result<(String, bool), String> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
    let insecure = match scheme {
        "https" => false,
        "http" => true,
        _ => return Err("a registry is asked by http or https alone".into()),
    };
    if rest.contains('@') {
        return Err("a URL with a user has no place in registries.conf: say the login in auth.json".into());
    }
    if rest.contains('*') {
        return Err("a place that is asked has no wildcard in its name: name each registry".into());
    }
    if rest.contains(['?', '#']) {
        return Err("a URL with a query has no place in registries.conf".into());
    }
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let path = path.trim_end_matches('/');
    let below = match (base, path) {
        (_, "" | "v2") => "",
        (Base::Api, path) => path.strip_prefix("v2/").ok_or_else(|| api_elsewhere(path))?,
        (Base::AboveApi, path) => return Err(api_elsewhere(path)),
    };
    let location = if below.is_empty() { host.to_owned() } else { format!("{host}/{below}") };
    match location.parse::<RegistryLocation>() {
        Ok(_) => Ok((location, insecure)),
        Err(why) => Err(why.reason.to_owned()),
    }
}

fn api_elsewhere(path: &str) -> String {
    format!(
        "its API lies at /{path}, and CRI-O asks /v2/ of the host alone; ask the registry for a path below /v2/"
    )
}

/// A registry's name as images have it.
pub(super) fn canonical(host: &str) -> &str {
    match host {
        "registry-1.docker.io" | "index.docker.io" | "registry.docker.io" => "docker.io",
        other => other,
    }
}

/// The registry that a directory of `certs.d` is for. `HOST_PORT_` is containerd's form for file systems without
/// colons (`hostDirectory` of `core/remotes/docker/config`).
pub(super) fn of_directory(directory: &str) -> String {
    let host = directory.strip_suffix('_').and_then(|rest| rest.rsplit_once('_'));
    let port = host.filter(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    let name = port.map_or_else(|| directory.to_owned(), |(host, port)| format!("{host}:{port}"));
    canonical(&name).to_owned()
}

/// The directory `HOST_PORT_` beside the `HOST:PORT` of a file, where it was given too: containerd reads the first
/// of the two that there is (`hostPaths`).
pub(super) fn read_instead(file: &str, given: &[&str]) -> Option<String> {
    let (dir, _) = file.rsplit_once('/')?;
    let (above, name) = dir.rsplit_once('/').unwrap_or(("", dir));
    let (host, port) = name.rsplit_once(':')?;
    let first = format!("{above}{}{host}_{port}_", if above.is_empty() { "" } else { "/" });
    given
        .iter()
        .any(|file| file.strip_prefix(&*first).is_some_and(|rest| rest.starts_with('/')))
        .then_some(first)
}

/// Why what lies in the second of them says nothing.
pub(super) fn not_read(first: &str) -> String {
    format!("containerd reads {first} in its place")
}

impl Registries {
    /// Adds a mirror that is asked after those that are there.
    pub(super) fn mirror(&mut self, registry: &str, mirror: Mirror) {
        let known = self.known.entry(registry.to_owned()).or_default();
        if !known.mirrors.contains(&mirror) {
            known.mirrors.push(mirror);
        }
    }

    /// Where the registry itself is.
    pub(super) fn location(&mut self, registry: &str, location: &str) {
        self.known.entry(registry.to_owned()).or_default().location = Some(location.to_owned());
    }

    /// The registry is named among its own mirrors. It is asked last anyway, and what that says more is how.
    pub(super) fn itself(&mut self, registry: &str, insecure: bool) -> Outcome {
        if !insecure {
            return Outcome::not_needed("the registry itself, which is asked last");
        }
        self.known.entry(registry.to_owned()).or_default().insecure = true;
        Outcome::to(format!("registries.conf: {registry} is insecure"))
    }

    /// The certificate of a host is not checked, or it has none, as which registry it is asked.
    pub(super) fn insecure(&mut self, host: &str) {
        self.insecure.insert(host.to_owned());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.known.is_empty() && self.insecure.is_empty()
    }

    /// The text, without a header.
    pub(super) fn text(&self) -> String {
        let mut known = self.known.clone();
        // Images may name the host itself too.
        for host in &self.insecure {
            known.entry(host.clone()).or_default();
        }
        let mut text = String::new();
        for (prefix, registry) in &known {
            let location = registry.location.as_ref().unwrap_or(prefix);
            text.push_str("\n[[registry]]\n");
            line(&mut text, "prefix", prefix);
            line(&mut text, "location", location);
            if registry.insecure || self.insecure.contains(host_of(location)) {
                text.push_str("insecure = true\n");
            }
            for mirror in &registry.mirrors {
                text.push_str("\n[[registry.mirror]]\n");
                line(&mut text, "location", &mirror.location);
                if mirror.insecure || self.insecure.contains(host_of(&mirror.location)) {
                    text.push_str("insecure = true\n");
                }
                if mirror.digest_only {
                    text.push_str("pull-from-mirror = \"digest-only\"\n");
                }
            }
        }
        text
    }
}

fn host_of(location: &str) -> &str {
    location.split_once('/').map_or(location, |(host, _)| host)
}

pub(super) fn line(text: &mut String, key: &str, value: &str) {
    let _ = writeln!(text, "{key} = {}", Value::from(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_becomes_what_containers_image_would_ask() {
        let good = [
            ("https://m.example.com", Base::AboveApi, "m.example.com", false),
            ("http://m:5000/", Base::AboveApi, "m:5000", true),
            ("m:5000", Base::Api, "m:5000", false),
            ("https://h/v2", Base::AboveApi, "h", false),
            ("https://h/v2/hub-proxy/", Base::Api, "h/hub-proxy", false),
        ];
        for (url, base, location, insecure) in good {
            assert_eq!(place_of(url, base), Ok((location.to_owned(), insecure)), "{url}");
        }
        let bad = [
            ("https://h/hub", Base::AboveApi, "its API lies at /hub"),
            ("https://h/hub/v2", Base::Api, "its API lies at /hub/v2"),
            ("ftp://h", Base::Api, "http or https alone"),
            ("https://u:p@h", Base::Api, "a URL with a user"),
            ("https://h h", Base::Api, "only a host name"),
        ];
        for (url, base, wanted) in bad {
            let why = place_of(url, base).unwrap_err();
            assert!(why.contains(wanted), "{url}: {why}");
        }
    }

    #[test]
    fn an_insecure_host_is_insecure_wherever_it_is_named() {
        let mut all = Registries::default();
        let mirror =
            |location: &str| Mirror { location: location.into(), insecure: false, digest_only: false };
        all.mirror("docker.io", mirror("m:5000"));
        all.mirror("docker.io", mirror("n"));
        all.insecure("m:5000");
        all.insecure("r:80");
        let text = all.text();
        assert_eq!(text.matches("insecure = true").count(), 3, "{text}");
        assert!(text.contains("location = \"m:5000\"\ninsecure = true\n"), "{text}");
        assert!(text.contains("prefix = \"r:80\"\nlocation = \"r:80\"\ninsecure = true\n"), "{text}");
        assert!(crio_config::read_registries(&text).unwrap().findings.is_empty());
    }
}
