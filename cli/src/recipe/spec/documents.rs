//! What becomes of kubeadm's documents, and values of them that have no field of their own in a
//! spec.

use std::borrow::Cow;

use host_prep::{is_no_secret, is_secret_name};
use kubeadm_config::yaml::{self, Base, Data, Node};
use kubeadm_config::{FieldAssignment, InvalidFieldAssignment};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// What becomes of kubeadm's documents. In a spec `write`, `leave`, or a map of values that are set
/// in what is written.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KubeadmDocuments {
    /// They are written out of the spec, with these values set at the end.
    Write(KubeadmValues),
    /// They are somebody else's, and none is written.
    Leave,
}

/// Values of kubeadm's documents by their paths, as `gen-config --set` takes them, in order.
///
/// ```
/// use k8sprep::recipe::{KubeadmDocuments, NodeSpec};
///
/// let spec = NodeSpec::from_yaml(
///     "kubernetesVersion: v1.34.0
/// kubeadm:
///   apiServer.certSANs: [k8s.example.com]
///   nodeRegistration.kubeletExtraArgs.node-ip: 192.0.2.7
///   KubeletConfiguration.maxPods: 200
/// ",
/// )?;
/// let KubeadmDocuments::Write(values) = &spec.kubeadm else { unreachable!() };
/// assert_eq!(values.iter().count(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct KubeadmValues(Vec<Value>);

#[derive(Clone, Debug, Eq, PartialEq)]
struct Value {
    path: String,
    text: String,
    assignment: FieldAssignment,
}

/// kubeadm's own documents, as a spec brings them along.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct KubeadmFile(String);

impl KubeadmFile {
    /// Only what was checked comes here: [`NodeSpec::from_yaml_with`](super::NodeSpec).
    pub(in crate::recipe) fn new(text: &str) -> Self {
        // More than one line, so that who reads the spec again takes it for no path.
        Self(format!("{}\n", text.trim_end()))
    }

    /// All of them.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl KubeadmValues {
    /// Adds a value, read later by the type of its field. `path` may begin with the kind of the
    /// document, and ends with `[]` to add an element to a list.
    ///
    /// # Errors
    ///
    /// If that is not a path.
    pub fn set(&mut self, path: &str, text: &str) -> Result<(), InvalidFieldAssignment> {
        let assignment = format!("{path}={text}").parse()?;
        self.0.push(Value { path: path.to_owned(), text: text.to_owned(), assignment });
        Ok(())
    }

    /// The texts among them that are secret, whether they are valid or not; the longest first.
    pub(in crate::recipe) fn secrets(&self) -> Vec<String> {
        let mut found = Vec::new();
        for Value { path, text, .. } in &self.0 {
            let field = path.rsplit('.').next().unwrap_or(path);
            let root = yaml::read(text.as_bytes(), Base::default()).map(|document| document.root);
            match root {
                Ok(root) if matches!(root.data, Data::Mapping(_) | Data::Sequence(_)) => {
                    secrets_in(&root, is_secret_name(field), &mut found);
                }
                _ if is_secret_name(field) => found.push(text.trim().to_owned()),
                _ => {}
            }
        }
        found.retain(|secret| !is_no_secret(secret));
        found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        found
    }

    /// Each text with its path; what is in a map has a path of its own.
    pub(in crate::recipe) fn leaves(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for Value { path, text, .. } in &self.0 {
            match yaml::read(text.as_bytes(), Base::default()).map(|document| document.root) {
                Ok(root) => leaves_in(&root, path.clone(), text, &mut found),
                Err(_) => found.push((path.clone(), text.clone())),
            }
        }
        found
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &FieldAssignment> {
        self.0.iter().map(|value| &value.assignment)
    }
}

/// `text` is that of the whole node, as it was written.
fn leaves_in(node: &Node, path: String, text: &str, found: &mut Vec<(String, String)>) {
    let Data::Mapping(entries) = &node.data else {
        let said = node.as_str().map_or(text.trim(), |said| said);
        return found.push((path, said.to_owned()));
    };
    for entry in entries {
        let span = &entry.value.span;
        let own = text.get(span.start..span.end).unwrap_or_default();
        // Places are those of the whole text, of which only leaves take their own.
        match entry.value.data {
            Data::Mapping(_) => leaves_in(&entry.value, format!("{path}.{}", entry.key), text, found),
            _ => leaves_in(&entry.value, format!("{path}.{}", entry.key), own, found),
        }
    }
}

fn secrets_in(node: &Node, secret: bool, found: &mut Vec<String>) {
    match &node.data {
        Data::Mapping(entries) => {
            entries.iter().for_each(|entry| secrets_in(&entry.value, is_secret_name(&entry.key), found));
        }
        Data::Sequence(items) => items.iter().for_each(|item| secrets_in(item, secret, found)),
        Data::String(text) if secret => found.push(text.clone()),
        _ => {}
    }
}

impl Default for KubeadmDocuments {
    fn default() -> Self {
        Self::Write(KubeadmValues::default())
    }
}

impl Serialize for KubeadmDocuments {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Leave => serializer.serialize_str("leave"),
            Self::Write(values) if values.0.is_empty() => serializer.serialize_str("write"),
            Self::Write(values) => {
                serializer.collect_map(values.0.iter().map(|value| (&value.path, &value.text)))
            }
        }
    }
}

impl JsonSchema for KubeadmDocuments {
    fn schema_name() -> Cow<'static, str> {
        "KubeadmDocuments".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "What becomes of kubeadm's documents: write, leave, or values that are set in what is written, \
                by path as `gen-config --set` takes them",
            "oneOf": [{ "enum": ["write", "leave"] }, { "type": "object" }],
        })
    }
}
