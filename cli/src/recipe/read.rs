//! Reading `k8sprep.yaml`: every problem with its line, not only the first.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::path::Path;
use std::str::FromStr;

use kubeadm_config::yaml::{self, Base, Data, Entry, Node, Position};

use super::kubeadm_file::{ReadFile, bring};
use super::spec::{
    Join, KubeadmDocuments, KubeadmValues, Mirrors, Networking, NodeSpec, Pins, Proxy, RegistryCa,
    RegistryMirror, RegistryTrust,
};

/// From here on, between 0 and 1, two names are taken for the same one misspelt.
const ALIKE: f64 = 0.85;

/// Everything that is wrong with the text of a spec.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}", self.list())]
#[non_exhaustive]
pub struct SpecProblems(pub Vec<SpecProblem>);

/// One thing that is wrong with the text of a spec.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct SpecProblem {
    /// Line and column, where it is at a place.
    pub at: Option<Position>,
    /// The field, dotted; empty for the document.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl NodeSpec {
    /// Reads the text of a `k8sprep.yaml`: YAML as kubeadm reads it, one document.
    ///
    /// # Errors
    /// Every problem there is. An unknown field is one: it would do nothing, and silently.
    pub fn from_yaml(text: &str) -> Result<Self, SpecProblems> {
        let unread = |_: &Path| Err(io::Error::other("this spec is no file, and has none beside it"));
        Self::from_yaml_with(text, &unread)
    }

    /// The same where the spec may name files, which `read` reads.
    ///
    /// # Errors
    /// Those of [`from_yaml`](Self::from_yaml), and what is wrong with the files.
    pub fn from_yaml_with(
        text: &str,
        read: &dyn Fn(&Path) -> io::Result<Vec<u8>>,
    ) -> Result<Self, SpecProblems> {
        let document = match yaml::read_yaml(text.as_bytes(), Base::default()) {
            Ok(document) => document,
            Err(error) => {
                let at = error.position();
                let message = match error {
                    // The reference's message counts lines in a way of its own.
                    yaml::Error::Syntax { problem, .. } => problem,
                    other => other.to_string(),
                };
                return Err(SpecProblems(vec![SpecProblem { at, field: String::new(), message }]));
            }
        };
        let mut reader = Reader { text, read, problems: Vec::new() };
        for duplicate in &document.duplicates {
            let key = shown_key(duplicate.key.trim_matches('"'));
            let message =
                format!("duplicate key, first set in line {}; remove one", duplicate.first.position.line);
            reader.problem(duplicate.key_span.position, key, message);
        }
        let spec = reader.spec(&document.root);
        match spec {
            Some(spec) if reader.problems.is_empty() => Ok(spec),
            _ => {
                reader.problems.sort_by_key(|problem| problem.at);
                Err(SpecProblems(reader.problems))
            }
        }
    }
}

impl SpecProblems {
    fn list(&self) -> String {
        self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Display for SpecProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = self.at {
            write!(f, "line {}, column {}: ", at.line, at.column)?;
        }
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)
    }
}

struct Reader<'a> {
    text: &'a str,
    read: ReadFile<'a>,
    problems: Vec<SpecProblem>,
}

/// The fields of one map that were not taken yet.
struct Fields<'n> {
    path: String,
    entries: Vec<&'n Entry>,
    known: Vec<&'static str>,
}

impl Reader<'_> {
    fn problem(&mut self, at: Position, field: &str, message: impl Into<String>) {
        self.problems.push(SpecProblem { at: Some(at), field: field.to_owned(), message: message.into() });
    }

    fn spec(&mut self, root: &Node) -> Option<NodeSpec> {
        let mut fields = self.fields(root, "")?;
        let format = self.one(&mut fields, "apiVersion").unwrap_or_default();
        let version = self.one(&mut fields, "kubernetesVersion");
        if version.is_none() && root.get("kubernetesVersion").is_none() {
            self.problems.push(SpecProblem {
                at: None,
                field: "kubernetesVersion".to_owned(),
                message: "it must be given, such as v1.34.0".to_owned(),
            });
        }
        // A stand-in lets the rest be read, so that all problems are told at once.
        let version = version.unwrap_or_else(|| kubeadm_config::KubernetesVersion::new(1, 0, 0));
        let mut spec = NodeSpec::new(version);
        spec.api_version = format;
        spec.role = self.one(&mut fields, "role").unwrap_or_default();
        spec.crio_version = self.one(&mut fields, "crioVersion");
        if let Some(node) = fields.take("mirrors") {
            spec.mirrors = self.mirrors(node);
        }
        if let Some(node) = fields.take("pins") {
            spec.pins = self.pins(node);
        }
        spec.image_repository = self.one(&mut fields, "imageRepository");
        spec.pause_image = self.one(&mut fields, "pauseImage");
        spec.cgroup_driver = self.one(&mut fields, "cgroupDriver");
        spec.cgroup = self.one(&mut fields, "cgroup").unwrap_or_default();
        spec.cri_socket = self.one(&mut fields, "criSocket");
        spec.swap = self.one(&mut fields, "swap").unwrap_or_default();
        spec.selinux = self.one(&mut fields, "selinux").unwrap_or_default();
        spec.firewall = self.one(&mut fields, "firewall").unwrap_or_default();
        if let Some(node) = fields.take("networking") {
            spec.networking = self.networking(node);
        }
        spec.proxy = fields.take("proxy").filter(|n| !n.is_null()).map(|node| self.proxy(node));
        spec.registry_mirrors = self.pairs(&mut fields, "registryMirrors", |reader, node, path| {
            Some(reader.sequence(node, path, Self::registry_mirror))
        });
        spec.sysctls = self.map(&mut fields, "sysctls");
        spec.modules = self.many(&mut fields, "modules");
        spec.control_plane_endpoint = self.one(&mut fields, "controlPlaneEndpoint");
        spec.advertise_address = self.one(&mut fields, "advertiseAddress");
        spec.node_name = self.one(&mut fields, "nodeName");
        spec.cluster_name = self.one(&mut fields, "clusterName");
        spec.token = self.one(&mut fields, "token");
        if let Some(node) = fields.take("kubeadm") {
            spec.kubeadm = self.kubeadm(node);
        }
        spec.join = fields.take("join").filter(|n| !n.is_null()).map(|node| self.join(node));
        // The last: it is compared with what the other fields say.
        if let Some(node) = fields.take("kubeadmConfig") {
            self.kubeadm_config(node, &mut spec);
        }
        self.finish(fields);
        Some(spec)
    }

    fn mirrors(&mut self, node: &Node) -> Mirrors {
        let mut mirrors = Mirrors::default();
        let Some(mut fields) = self.fields(node, "mirrors") else { return mirrors };
        mirrors.kubernetes_packages = self.one(&mut fields, "kubernetesPackages");
        mirrors.crio_packages = self.one(&mut fields, "crioPackages");
        mirrors.images = self.one(&mut fields, "images");
        self.finish(fields);
        mirrors
    }

    fn pins(&mut self, node: &Node) -> Pins {
        let mut pins = Pins::default();
        let Some(mut fields) = self.fields(node, "pins") else { return pins };
        pins.kubernetes_packages = self.many(&mut fields, "kubernetesPackages");
        pins.crio_packages = self.many(&mut fields, "crioPackages");
        self.finish(fields);
        pins
    }

    fn networking(&mut self, node: &Node) -> Networking {
        let mut networking = Networking::default();
        let Some(mut fields) = self.fields(node, "networking") else { return networking };
        networking.pod_subnet = self.one(&mut fields, "podSubnet");
        networking.service_subnet = self.one(&mut fields, "serviceSubnet");
        networking.plugin = self.one(&mut fields, "plugin");
        networking.dns_domain = self.one(&mut fields, "dnsDomain");
        self.finish(fields);
        networking
    }

    fn proxy(&mut self, node: &Node) -> Proxy {
        let mut proxy = Proxy::default();
        let Some(mut fields) = self.fields(node, "proxy") else { return proxy };
        proxy.http_proxy = self.one(&mut fields, "httpProxy");
        proxy.https_proxy = self.one(&mut fields, "httpsProxy");
        proxy.no_proxy = self.many(&mut fields, "noProxy");
        self.finish(fields);
        proxy
    }

    fn join(&mut self, node: &Node) -> Join {
        let mut join = Join::default();
        let Some(mut fields) = self.fields(node, "join") else { return join };
        join.api_server_endpoint = self.one(&mut fields, "apiServerEndpoint");
        join.token = self.one(&mut fields, "token");
        join.ca_cert_hashes = self.many(&mut fields, "caCertHashes");
        join.discovery_file = self.one(&mut fields, "discoveryFile");
        join.certificate_key = self.one(&mut fields, "certificateKey");
        self.finish(fields);
        join
    }

    fn kubeadm_config(&mut self, node: &Node, spec: &mut NodeSpec) {
        let Some(said) = self.scalar::<String>(node, "kubeadmConfig") else { return };
        for problem in bring(spec, &said, self.read).err().unwrap_or_default() {
            self.problem(node.span.position, "kubeadmConfig", problem);
        }
    }

    fn kubeadm(&mut self, node: &Node) -> KubeadmDocuments {
        let mut values = KubeadmValues::default();
        let entries = match &node.data {
            Data::Null => &[][..],
            Data::String(word) if word == "write" => &[][..],
            Data::String(word) if word == "leave" => return KubeadmDocuments::Leave,
            Data::Mapping(entries) => entries,
            _ => {
                let wanted = "write, leave or a map of values by their paths is wanted here, as `gen-config --set` takes them";
                self.problem(node.span.position, "kubeadm", wanted);
                return KubeadmDocuments::default();
            }
        };
        for entry in entries {
            let text = match &entry.value.data {
                Data::String(text) => text.clone(),
                Data::Sequence(_) | Data::Mapping(_) => entry.value.to_json().to_string(),
                _ => {
                    self.text.get(entry.value.span.start..entry.value.span.end).unwrap_or_default().to_owned()
                }
            };
            if let Err(error) = values.set(&entry.key, &text) {
                let said = without_secrets("kubeadm", &entry.key, error.to_string());
                self.problem(entry.key_span.position, "kubeadm", said);
            }
        }
        KubeadmDocuments::Write(values)
    }

    /// A mirror of a registry: its location alone, or a map.
    fn registry_mirror(&mut self, node: &Node, path: &str) -> Option<RegistryMirror> {
        if !matches!(node.data, Data::Mapping(_)) {
            return self.scalar(node, path);
        }
        let mut fields = self.fields(node, path)?;
        let location = self.one(&mut fields, "location");
        let insecure: Option<bool> = self.one(&mut fields, "insecure");
        let ca: Option<RegistryCa> = self.one(&mut fields, "ca");
        if node.get("location").is_none() {
            self.problem(
                node.span.position,
                path,
                "location must be given, such as registry.example.com:5000",
            );
        }
        self.finish(fields);
        let mut mirror = RegistryMirror::new(location?);
        match (insecure, ca) {
            (Some(true), Some(_)) => {
                let both = "insecure and ca contradict each other; take one away";
                self.problem(node.span.position, path, both);
            }
            (_, Some(ca)) => mirror.trust = RegistryTrust::Ca(ca),
            (Some(true), None) => mirror.trust = RegistryTrust::Insecure,
            _ => {}
        }
        Some(mirror)
    }

    /// The fields of a map; nothing is an empty one.
    fn fields<'n>(&mut self, node: &'n Node, path: &str) -> Option<Fields<'n>> {
        let entries = match &node.data {
            Data::Null => Vec::new(),
            Data::Mapping(entries) => entries.iter().collect(),
            _ => {
                self.problem(
                    node.span.position,
                    path,
                    format!("a map of fields is wanted here, this is {}", with_article(node.kind())),
                );
                return None;
            }
        };
        Some(Fields { path: path.to_owned(), entries, known: Vec::new() })
    }

    fn finish(&mut self, fields: Fields<'_>) {
        for entry in &fields.entries {
            let closeness = |known: &&str| strsim::jaro(&known.to_lowercase(), &entry.key.to_lowercase());
            let closest = fields.known.iter().max_by(|a, b| closeness(a).total_cmp(&closeness(b)));
            let message = match closest {
                Some(known) if known.eq_ignore_ascii_case(&entry.key) => {
                    format!("unknown field; it is spelled {known}")
                }
                Some(known) if closeness(known) > ALIKE => {
                    format!("unknown field; did you mean {known}?")
                }
                _ => format!("unknown field; known fields: {}", fields.known.join(", ")),
            };
            self.problem(entry.key_span.position, &fields.dotted(shown_key(&entry.key)), message);
        }
    }

    fn one<T: FromStr<Err: fmt::Display>>(
        &mut self,
        fields: &mut Fields<'_>,
        key: &'static str,
    ) -> Option<T> {
        let node = fields.take(key)?;
        self.scalar(node, &fields.dotted(key))
    }

    fn many<T: FromStr<Err: fmt::Display>>(&mut self, fields: &mut Fields<'_>, key: &'static str) -> Vec<T> {
        let path = fields.dotted(key);
        fields.take(key).map(|node| self.list(node, &path)).unwrap_or_default()
    }

    fn list<T: FromStr<Err: fmt::Display>>(&mut self, node: &Node, path: &str) -> Vec<T> {
        self.sequence(node, path, Self::scalar)
    }

    /// A list of what `read` reads.
    fn sequence<T>(
        &mut self,
        node: &Node,
        path: &str,
        read: impl Fn(&mut Self, &Node, &str) -> Option<T>,
    ) -> Vec<T> {
        match &node.data {
            Data::Null => Vec::new(),
            Data::Sequence(items) => {
                let read = |(at, item)| read(self, item, &format!("{path}[{at}]"));
                items.iter().enumerate().filter_map(read).collect()
            }
            _ => {
                self.problem(
                    node.span.position,
                    path,
                    format!("a list is wanted here, this is {}", with_article(node.kind())),
                );
                Vec::new()
            }
        }
    }

    fn map<K, V>(&mut self, fields: &mut Fields<'_>, key: &'static str) -> BTreeMap<K, V>
    where
        K: FromStr<Err: fmt::Display> + Ord,
        V: FromStr<Err: fmt::Display>,
    {
        self.pairs(fields, key, |reader, node, path| reader.scalar(node, path))
    }

    /// A map with keys that are read themselves.
    fn pairs<K: FromStr<Err: fmt::Display> + Ord, V>(
        &mut self,
        fields: &mut Fields<'_>,
        key: &'static str,
        read: impl Fn(&mut Self, &Node, &str) -> Option<V>,
    ) -> BTreeMap<K, V> {
        let path = fields.dotted(key);
        let inner = fields.take(key).and_then(|node| self.fields(node, &path));
        let mut map = BTreeMap::new();
        for entry in inner.into_iter().flat_map(|inner| inner.entries) {
            let value = read(self, &entry.value, &format!("{path}.{}", shown_key(&entry.key)));
            match (entry.key.parse::<K>(), value) {
                (Ok(name), Some(value)) => drop(map.insert(name, value)),
                (Err(error), _) => {
                    let said = without_secrets(&path, &entry.key, error.to_string());
                    self.problem(entry.key_span.position, &path, said);
                }
                (_, None) => {}
            }
        }
        map
    }

    /// A scalar by its text as written: `1.30` is not 1.3 here, and `off` is a word.
    fn scalar<T: FromStr<Err: fmt::Display>>(&mut self, node: &Node, path: &str) -> Option<T> {
        let written = || self.text.get(node.span.start..node.span.end).unwrap_or_default().to_owned();
        let text = match &node.data {
            Data::Null => return None,
            Data::String(text) => text.clone(),
            Data::Bool(_) | Data::Number(_) => written(),
            Data::Sequence(_) | Data::Mapping(_) => {
                self.problem(
                    node.span.position,
                    path,
                    format!("one value is wanted here, this is {}", with_article(node.kind())),
                );
                return None;
            }
        };
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem(node.span.position, path, without_secrets(path, &text, error.to_string()));
                None
            }
        }
    }
}

/// What is said of a value, without the value where it is secret or holds a user and a password.
fn without_secrets(path: &str, value: &str, said: String) -> String {
    match path.rsplit('.').next() {
        Some("token") => {
            return "this is not a valid bootstrap token; it has the form abcdef.0123456789abcdef".into();
        }
        Some("certificateKey") => {
            return "this is not a valid certificate key; it has 64 hexadecimal digits".into();
        }
        _ if !value.contains('@') => return said,
        _ => {}
    }
    let without = said.replace(&host_prep::shown(value), "this");
    if without == said { "this is not a valid value".into() } else { without }
}

/// A key of a map as part of a path.
fn shown_key(key: &str) -> &str {
    if key.contains('@') { "***" } else { key }
}

impl<'n> Fields<'n> {
    fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(&self.entries.remove(at).value)
    }

    fn dotted(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// What a value is, with its article; nothing and yes or no in words.
fn with_article(kind: &str) -> String {
    match kind {
        "null" => "nothing".to_owned(),
        "bool" => "true or false".to_owned(),
        "array" => "a list".to_owned(),
        "object" => "a map".to_owned(),
        kind => format!("a {kind}"),
    }
}
