//! A drop-in for `/etc/containers/registries.conf.d` that pulls through a mirror.
//!
//! Images keep their canonical names: `registry.k8s.io/pause` stays what it is called, and only the
//! place it is fetched from changes. That needs no change of any manifest, which renaming images
//! does.

mod merge;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::code::Code;
use crate::place::Lines;
use crate::toml::{self, Dialect, push_basic_string};
use crate::{Error, Place};

pub use merge::{add_registries, registry_block};

/// A registry, or a part of one, with the places to fetch from: `registry.k8s.io`, `quay.io/org`,
/// `*.example.org`.
///
/// ```
/// use crio_config::{MirrorEntry, MirroredRegistry, write_registries};
///
/// let registry = MirroredRegistry::with(
///     "docker.io".parse()?,
///     [MirrorEntry::new("mirror.example.com:5000/hub".parse()?)],
/// );
/// assert_eq!(
///     write_registries(&[registry]),
///     "[[registry]]\nprefix = \"docker.io\"\nlocation = \"docker.io\"\n\n\
///      [[registry.mirror]]\nlocation = \"mirror.example.com:5000/hub\"\n"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MirroredRegistry {
    /// What image names begin with.
    pub prefix: RegistryLocation,
    /// Where to look first, in this order.
    pub mirrors: Vec<MirrorEntry>,
    /// May the registry itself be asked when no mirror has the image?
    pub fallback: Fallback,
}

/// A place that has copies of a registry's images.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MirrorEntry {
    /// The place.
    pub location: RegistryLocation,
    /// How to talk to it.
    pub transport: Transport,
}

/// How to talk to a registry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "registries.conf knows these two")]
pub enum Transport {
    /// TLS with a certificate that is checked.
    #[default]
    Verified,
    /// TLS unchecked, or none.
    Insecure,
}

/// What happens when no mirror has an image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "registries.conf knows these two")]
pub enum Fallback {
    /// The registry itself is asked.
    #[default]
    Registry,
    /// The pull fails: a network without a way out.
    None,
}

/// A host with optional port and path, without a scheme: `mirror.example.org:5000/k8s`.
///
/// What it holds can go into `registries.conf` as it is: no scheme, no tag, no digest, no user,
/// nothing that ends a TOML string.
///
/// ```
/// use crio_config::RegistryLocation;
///
/// assert_eq!("*.example.org".parse::<RegistryLocation>()?.as_str(), "*.example.org");
/// let error = "https://quay.io".parse::<RegistryLocation>().unwrap_err();
/// assert_eq!(error.reason, "write it without https://");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistryLocation(String);

/// A text that is no place of a registry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid registry: {reason}")]
#[non_exhaustive]
pub struct InvalidRegistryLocation {
    /// The text refused.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl FromStr for RegistryLocation {
    type Err = InvalidRegistryLocation;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let reason = if text.is_empty() {
            "it is empty"
        } else if text.contains("://") {
            "write it without https://"
        } else if text.ends_with('/') || text.starts_with('/') {
            "it begins or ends with a slash"
        } else if text.contains('@') {
            "it names a digest or a user; a whole registry or a part of one is needed"
        } else if text.rsplit('/').next().is_some_and(|last| text.contains('/') && last.contains(':')) {
            "it names a tag; a whole registry or a part of one is needed"
        } else if text
            .chars()
            .any(|c| !c.is_ascii() || c.is_whitespace() || c.is_ascii_control() || "\"'\\".contains(c))
            || !is_place(text)
        {
            "only a host name with port and path may stand there"
        } else {
            return Ok(Self(text.to_owned()));
        };
        Err(InvalidRegistryLocation { text: text.to_owned(), reason })
    }
}

/// `host[:port][/path]`, `*.domain`: what a reference to an image can begin with
/// (distribution/reference, grammar).
fn is_place(text: &str) -> bool {
    let (host, path) = text.split_once('/').map_or((text, None), |(host, path)| (host, Some(path)));
    let digits = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let plain = |part: &str| {
        let inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        part.bytes().all(inside) && part.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric())
    };
    let is_host = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            address.parse::<std::net::Ipv6Addr>().is_ok()
                && port.strip_prefix(':').is_none_or(digits)
                && (port.is_empty() || port.starts_with(':'))
        }
        None => {
            let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
            plain(name.strip_prefix("*.").unwrap_or(name)) && port.is_none_or(digits)
        }
    };
    is_host && path.is_none_or(|path| path.split('/').all(plain))
}

impl RegistryLocation {
    /// As written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A place that images can come from. `registries.conf` may name others, and a pull through one fails.
    ///
    /// A first part without a dot and a port is a name on docker.io (`splitDockerDomain` of
    /// distribution/reference): as a registry it stands for no image, and as a mirror it is no canonical name.
    ///
    /// # Errors
    /// What is wrong with it.
    ///
    /// ```
    /// use crio_config::RegistryLocation;
    ///
    /// assert!(RegistryLocation::to_pull_from("mirror:5000/hub").is_ok());
    /// assert!(RegistryLocation::to_pull_from("mirror").is_err());
    /// ```
    pub fn to_pull_from(text: &str) -> Result<Self, InvalidRegistryLocation> {
        let location: Self = text.parse()?;
        let host = text.split('/').next().unwrap_or(text);
        let is_domain =
            host.contains(['.', ':']) || host == "localhost" || host.bytes().any(|b| b.is_ascii_uppercase());
        let port = host.rsplit_once(':').map(|(_, port)| port).filter(|port| !port.ends_with(']'));
        let reason = match port {
            _ if !is_domain => "a host has a dot or a port, or is localhost: this is a name on docker.io",
            Some(port) if !port.parse().is_ok_and(|port: u16| port > 0) => {
                "a port is a number from 1 to 65535"
            }
            _ => return Ok(location),
        };
        Err(InvalidRegistryLocation { text: text.to_owned(), reason })
    }
}

impl MirrorEntry {
    /// A place whose certificate is checked.
    pub fn new(location: RegistryLocation) -> Self {
        Self { location, transport: Transport::default() }
    }
}

impl fmt::Display for RegistryLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl MirroredRegistry {
    /// A registry that is fetched through these mirrors, in their order, itself asked when none has
    /// an image.
    pub fn with(prefix: RegistryLocation, mirrors: impl IntoIterator<Item = MirrorEntry>) -> Self {
        Self { prefix, mirrors: mirrors.into_iter().collect(), fallback: Fallback::default() }
    }

    /// A registry that is fetched through one mirror, itself asked when that has nothing.
    pub fn new(prefix: RegistryLocation, mirror: RegistryLocation) -> Self {
        Self::with(prefix, [MirrorEntry::new(mirror)])
    }
}

/// The text of the drop-in.
///
/// Without fallback the last mirror takes the registry's own place: `blocked` would forbid the
/// mirrors too.
///
/// The containers library reads `/etc/containers/registries.conf.d/*.conf` in the order of their
/// names, and a `[[registry]]` of a later file replaces one of the same prefix as a whole.
pub fn write_registries(registries: &[MirroredRegistry]) -> String {
    let mut out = String::new();
    for registry in registries {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str("[[registry]]\n");
        push_line(&mut out, "prefix", &registry.prefix);
        let mut mirrors = registry.mirrors.as_slice();
        match (registry.fallback, mirrors.split_last()) {
            (Fallback::None, Some((last, before))) => {
                push_place(&mut out, last);
                mirrors = before;
            }
            // A wildcard stands for the registries themselves and has no place of its own.
            _ if registry.prefix.0.starts_with("*.") => {}
            _ => push_line(&mut out, "location", &registry.prefix),
        }
        for mirror in mirrors {
            out.push_str("\n[[registry.mirror]]\n");
            push_place(&mut out, mirror);
        }
    }
    out
}

fn push_place(out: &mut String, mirror: &MirrorEntry) {
    push_line(out, "location", &mirror.location);
    if mirror.transport == Transport::Insecure {
        out.push_str("insecure = true\n");
    }
}

fn push_line(out: &mut String, key: &str, location: &RegistryLocation) {
    out.push_str(key);
    out.push_str(" = ");
    push_basic_string(out, &location.0);
    out.push('\n');
}

/// What is odd about a registries file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegistryFinding {
    /// The stable name of the fault.
    pub code: Code,
    /// What is the matter and what to do.
    pub text: String,
    /// Where.
    pub place: Place,
}

/// A registries file, read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegistriesFile {
    /// The registries with mirrors.
    pub registries: Vec<MirroredRegistry>,
    /// What is odd.
    pub findings: Vec<RegistryFinding>,
}

/// Reads a file of `registries.conf.d`, and checks it.
///
/// # Errors
/// [`Error::Syntax`] where it is no TOML.
///
/// ```
/// use crio_config::read_registries;
///
/// let file = read_registries("[[registry]]\nlocation = \"quay.io\"\nblocked = true\n")?;
/// assert!(!file.findings.is_empty());
/// assert!(read_registries("[[registry]\n").is_err());
/// # Ok::<(), crio_config::Error>(())
/// ```
pub fn read_registries(text: &str) -> Result<RegistriesFile, Error> {
    let read = toml::read(text.as_bytes(), Dialect::V1_6).map_err(|fault| Error::Syntax {
        place: Place::of(text.as_bytes(), &fault.span),
        message: fault.message,
    })?;
    let file = RegistriesFile { registries: Vec::new(), findings: Vec::new() };
    let mut reader = Reader { lines: Lines::of(text.as_bytes()), file, kinds: BTreeMap::new() };
    for (key, node) in &read.root {
        match (key.as_str(), node.value.tables()) {
            ("registry", Some(tables)) => {
                for table in tables {
                    reader.registry(table, node);
                }
            }
            ("registry", None) => reader.find(Code::RegistriesConfUnreadable, "`registry` must be written as [[registry]]", node),
            ("registries", _) if NEW_FORM.iter().any(|key| read.root.contains_key(*key)) => {
                reader.find(Code::RegistriesOldForm, "this is the old form, which CRI-O refuses beside the new one", node);
            }
            ("registries", _) => reader.find(
                Code::RegistriesOldForm, "this is the old form: refused in registries.conf.d; write [[registry]] and unqualified-search-registries",
                node,
            ),
            (
                "unqualified-search-registries"
                | "short-name-mode"
                | "credential-helpers"
                | "aliases"
                | "additional-layer-store-auth-helper",
                _,
            ) => {}
            (key, _) => reader.find(Code::UnknownKey, &format!("`{key}` is not known here and passed over"), node),
        }
    }
    Ok(reader.file)
}

/// What only the new form of the file has.
const NEW_FORM: [&str; 3] = ["registry", "unqualified-search-registries", "short-name-mode"];

/// How many registries a file names where images without one are looked for; `None` where it names
/// none.
///
/// More than one is what `short_name_mode = "enforcing"` refuses short names for.
///
/// ```
/// use crio_config::search_registries;
///
/// assert_eq!(search_registries("unqualified-search-registries = [\"docker.io\"]\n"), Some(1));
/// assert_eq!(search_registries(""), None);
/// ```
pub fn search_registries(text: &str) -> Option<usize> {
    let read = toml::read(text.as_bytes(), Dialect::V1_6).ok()?;
    match &read.root.get("unqualified-search-registries")?.value {
        toml::Value::Array(items) => Some(items.len()),
        _ => None,
    }
}

struct Reader<'t> {
    lines: Lines<'t>,
    file: RegistriesFile,
    /// `insecure` and `blocked` of each location, as its first block has them.
    kinds: BTreeMap<String, (bool, bool)>,
}

impl Reader<'_> {
    fn find(&mut self, code: Code, text: &str, node: &toml::Node) {
        let place = self.lines.place(&node.span);
        self.file.findings.push(RegistryFinding { code, text: text.to_owned(), place });
    }

    fn registry(&mut self, table: &toml::Table, at: &toml::Node) {
        let Some(prefix) = table.get("prefix").or_else(|| table.get("location")) else {
            return self.find(
                Code::RegistriesConfUnreadable,
                "a [[registry]] needs a location or a prefix",
                at,
            );
        };
        let at = prefix;
        let Some(prefix) = self.location(at) else { return };
        // `postProcessRegistries` of containers/image refuses both; so CRI-O 1.22 to 1.37.
        if !table.contains_key("location") && !prefix.0.starts_with("*.") {
            let text =
                format!("{prefix} has no location, which only a prefix such as *.example.com may lack");
            self.find(Code::RegistriesConfUnreadable, &text, at);
        }
        self.conflicts(table, &prefix, at);
        let mut mirrors = Vec::new();
        match table.get("mirror").map(|node| (node.value.tables(), node)) {
            Some((Some(tables), _)) => {
                for mirror in tables {
                    mirrors.extend(self.mirror(mirror, at));
                }
            }
            Some((None, node)) => {
                let text = "`mirror` must be written as [[registry.mirror]]";
                self.find(Code::RegistriesConfUnreadable, text, node);
            }
            None => {}
        }
        if matches!(table.get("blocked").map(|node| &node.value), Some(toml::Value::Boolean(true))) {
            self.find(
                Code::RegistryEntryBlocked,
                &format!("{prefix} is blocked: nothing can be pulled, not from its mirrors either"),
                at,
            );
        }
        let mut fallback = Fallback::Registry;
        if table.contains_key("location") {
            let own = self.mirror(table, at);
            if let Some(own) = own.filter(|own| own.location != prefix) {
                mirrors.push(own);
                fallback = Fallback::None;
            }
        }
        self.file.registries.push(MirroredRegistry { prefix, mirrors, fallback });
    }

    /// Several blocks of one location may not differ in `insecure` and `blocked`.
    fn conflicts(&mut self, table: &toml::Table, prefix: &RegistryLocation, at: &toml::Node) {
        let is_on =
            |key: &str| matches!(table.get(key).map(|node| &node.value), Some(toml::Value::Boolean(true)));
        let location = match table.get("location").map(|node| &node.value) {
            Some(toml::Value::String(text)) => text.clone(),
            _ => prefix.0.clone(),
        };
        let now = (is_on("insecure"), is_on("blocked"));
        let before = *self.kinds.entry(location.clone()).or_insert(now);
        let differs = [("insecure", before.0 != now.0), ("blocked", before.1 != now.1)];
        for (key, _) in differs.into_iter().filter(|(_, differs)| *differs) {
            let text = format!("{location} is there several times, and `{key}` differs");
            self.find(Code::RegistriesConfUnreadable, &text, at);
        }
    }

    fn mirror(&mut self, table: &toml::Table, at: &toml::Node) -> Option<MirrorEntry> {
        let Some(location) = table.get("location") else {
            self.find(Code::RegistriesConfUnreadable, "a [[registry.mirror]] needs a location", at);
            return None;
        };
        let location = self.location(location)?;
        let insecure =
            matches!(table.get("insecure").map(|node| &node.value), Some(toml::Value::Boolean(true)));
        Some(MirrorEntry {
            location,
            transport: if insecure { Transport::Insecure } else { Transport::Verified },
        })
    }

    fn location(&mut self, node: &toml::Node) -> Option<RegistryLocation> {
        let toml::Value::String(text) = &node.value else {
            self.find(Code::RegistriesConfUnreadable, "a registry must be a string", node);
            return None;
        };
        match text.parse() {
            Ok(location) => Some(location),
            Err(InvalidRegistryLocation { text, reason }) => {
                self.find(
                    Code::RegistriesConfUnreadable,
                    &format!("`{text}` is not a valid registry: {reason}"),
                    node,
                );
                None
            }
        }
    }
}
