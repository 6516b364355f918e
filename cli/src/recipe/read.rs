//! Reading `k8sprep.yaml`: every problem with its line, not only the first.
//!
//! YAML -> tree with places -> fields by name, each read by its type's `FromStr` -> [`NodeSpec`],
//! or every problem sorted by place. Written by hand and not derived from serde, since serde stops
//! at the first error and knows no line. The YAML reader is kubeadm's own
//! (`kubeadm_config::yaml`), so that a value means the same in both files.

mod fields;

use std::fmt;
use std::io;
use std::path::Path;

use kubeadm_config::yaml::{self, Base, Data, Node, Position};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use self::fields::{Fields, shown_key, without_secrets};
use super::kubeadm_file::{ReadFile, bring};
use super::spec::{
    Join, KubeadmDocuments, KubeadmValues, Mirrors, Networking, NodeSpec, Pins, Proxy, RegistryCa,
    RegistryMirror, RegistryTrust,
};

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

/// As [`from_yaml`](NodeSpec::from_yaml) reads it, from any format: a spec that is part of another
/// document. Without places, which that format keeps to itself.
impl<'de> Deserialize<'de> for NodeSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        // JSON is YAML, and one reader judges both.
        Self::from_yaml(&value.to_string()).map_err(|SpecProblems(problems)| {
            let texts = problems.into_iter().map(|problem| SpecProblem { at: None, ..problem }.to_string());
            D::Error::custom(texts.collect::<Vec<_>>().join("; "))
        })
    }
}

impl SpecProblems {
    /// One problem a line.
    fn list(&self) -> String {
        self.0.iter().map(ToString::to_string).collect::<Vec<_>>().join(
            "
",
        )
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

/// The text is kept, because a value is read as it was written.
struct Reader<'a> {
    text: &'a str,
    read: ReadFile<'a>,
    problems: Vec<SpecProblem>,
}

impl Reader<'_> {
    /// Fields in the order of the documentation. `None` only for a document that is no map.
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
        self.artefacts(&mut fields, &mut spec);
        self.host(&mut fields, &mut spec);
        self.cluster(&mut fields, &mut spec);
        // The last: it is compared with what the other fields say.
        if let Some(node) = fields.take("kubeadmConfig") {
            self.kubeadm_config(node, &mut spec);
        }
        self.finish(fields);
        Some(spec)
    }

    /// What the node is made of, and where that comes from.
    fn artefacts(&mut self, fields: &mut Fields<'_>, spec: &mut NodeSpec) {
        spec.crio_version = self.one(fields, "crioVersion");
        if let Some(node) = fields.take("mirrors") {
            spec.mirrors = self.mirrors(node);
        }
        if let Some(node) = fields.take("pins") {
            spec.pins = self.pins(node);
        }
        spec.image_repository = self.one(fields, "imageRepository");
        spec.pause_image = self.one(fields, "pauseImage");
    }

    /// What the host shall be.
    fn host(&mut self, fields: &mut Fields<'_>, spec: &mut NodeSpec) {
        spec.cgroup_driver = self.one(fields, "cgroupDriver");
        spec.cgroup = self.one(fields, "cgroup");
        spec.cri_socket = self.one(fields, "criSocket");
        spec.swap = self.one(fields, "swap").unwrap_or_default();
        spec.selinux = self.one(fields, "selinux").unwrap_or_default();
        spec.firewall = self.one(fields, "firewall").unwrap_or_default();
        if let Some(node) = fields.take("networking") {
            spec.networking = self.networking(node);
        }
        spec.proxy = fields.take("proxy").filter(|n| !n.is_null()).map(|node| self.proxy(node));
        spec.registry_mirrors = self.pairs(fields, "registryMirrors", |reader, node, path| {
            Some(reader.sequence(node, path, Self::registry_mirror))
        });
        spec.sysctls = self.map(fields, "sysctls");
        spec.modules = self.many(fields, "modules");
    }

    /// The cluster, and how the node gets into it.
    fn cluster(&mut self, fields: &mut Fields<'_>, spec: &mut NodeSpec) {
        spec.control_plane_endpoint = self.one(fields, "controlPlaneEndpoint");
        spec.advertise_address = self.one(fields, "advertiseAddress");
        spec.node_name = self.one(fields, "nodeName");
        spec.cluster_name = self.one(fields, "clusterName");
        spec.token = self.one(fields, "token");
        if let Some(node) = fields.take("kubeadm") {
            spec.kubeadm = self.kubeadm(node);
        }
        spec.join = fields.take("join").filter(|n| !n.is_null()).map(|node| self.join(node));
    }

    /// What is no map gives the default, with a problem told.
    fn mirrors(&mut self, node: &Node) -> Mirrors {
        let mut mirrors = Mirrors::default();
        let Some(mut fields) = self.fields(node, "mirrors") else { return mirrors };
        mirrors.kubernetes_packages = self.one(&mut fields, "kubernetesPackages");
        mirrors.crio_packages = self.one(&mut fields, "crioPackages");
        mirrors.images = self.one(&mut fields, "images");
        self.finish(fields);
        mirrors
    }

    /// As [`Reader::mirrors`].
    fn pins(&mut self, node: &Node) -> Pins {
        let mut pins = Pins::default();
        let Some(mut fields) = self.fields(node, "pins") else { return pins };
        pins.kubernetes_packages = self.many(&mut fields, "kubernetesPackages");
        pins.crio_packages = self.many(&mut fields, "crioPackages");
        self.finish(fields);
        pins
    }

    /// As [`Reader::mirrors`].
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

    /// As [`Reader::mirrors`].
    fn proxy(&mut self, node: &Node) -> Proxy {
        let mut proxy = Proxy::default();
        let Some(mut fields) = self.fields(node, "proxy") else { return proxy };
        proxy.http_proxy = self.one(&mut fields, "httpProxy");
        proxy.https_proxy = self.one(&mut fields, "httpsProxy");
        proxy.no_proxy = self.many(&mut fields, "noProxy");
        self.finish(fields);
        proxy
    }

    /// As [`Reader::mirrors`].
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

    /// The problems of the documents stand at the field that brings them along.
    fn kubeadm_config(&mut self, node: &Node, spec: &mut NodeSpec) {
        let Some(said) = self.scalar::<String>(node, "kubeadmConfig") else { return };
        for problem in bring(spec, &said, self.read).err().unwrap_or_default() {
            self.problem(node.span.position, "kubeadmConfig", problem);
        }
    }

    /// `write`, `leave`, or values by path.
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
}
