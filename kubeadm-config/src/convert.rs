//! Between the API versions and the one form that all of them are brought to.
//!
//! Keys mean the same in every version; what changed is how arguments are written (a map up to
//! v1beta3, a list since) and which keys there are. So a document is converted where it differs and
//! otherwise kept: what the target has no key for is told.

use serde_json::{Map, Value};

use crate::version::ApiVersion;

/// Where arguments stand, by kind.
const ARGUMENTS: &[(&str, &[&[&str]])] = &[
    (
        "ClusterConfiguration",
        &[
            &["apiServer", "extraArgs"],
            &["controllerManager", "extraArgs"],
            &["scheduler", "extraArgs"],
            &["etcd", "local", "extraArgs"],
        ],
    ),
    ("InitConfiguration", &[&["nodeRegistration", "kubeletExtraArgs"]]),
    ("JoinConfiguration", &[&["nodeRegistration", "kubeletExtraArgs"]]),
];

/// Brings a document's content to the common form.
pub(crate) fn to_common(kind: &str, from: ApiVersion, content: &mut Map<String, Value>) {
    if from <= ApiVersion::V1Beta3 {
        each_argument_field(kind, content, &mut |_, value| {
            if let Value::Object(map) = value {
                *value = list_of(map);
            }
        });
    }
}

/// Brings the common form to an API version. Paths of arguments that a map cannot hold are told.
pub(crate) fn from_common(
    kind: &str,
    to: ApiVersion,
    content: &mut Map<String, Value>,
    lost: &mut Vec<String>,
) {
    if to <= ApiVersion::V1Beta3 {
        each_argument_field(kind, content, &mut |path, value| {
            if let Value::Array(list) = value {
                *value = map_of(list, &path.join("."), lost);
            }
        });
    }
}

fn each_argument_field(
    kind: &str,
    content: &mut Map<String, Value>,
    visit: &mut dyn FnMut(&[&str], &mut Value),
) {
    let paths = ARGUMENTS.iter().find(|(name, _)| *name == kind).map_or(&[][..], |(_, paths)| paths);
    for path in paths {
        if let Some(value) = at_mut(content, path) {
            visit(path, value);
        }
    }
}

/// The value at a path of keys.
pub(crate) fn at_mut<'a>(content: &'a mut Map<String, Value>, path: &[&str]) -> Option<&'a mut Value> {
    let (first, rest) = path.split_first()?;
    let first = content.get_mut(*first)?;
    rest.iter().try_fold(first, |value, key| value.get_mut(*key))
}

/// A map of arguments as a list, sorted by name as kubeadm sorts it.
fn list_of(map: &Map<String, Value>) -> Value {
    let mut pairs: Vec<_> = map.iter().collect();
    pairs.sort_by_key(|(name, _)| name.as_bytes());
    let entry = |(name, value): (&String, &Value)| serde_json::json!({"name": name, "value": value});
    pairs.into_iter().map(entry).collect()
}

/// A list of arguments as a map: of a name that comes twice the last one counts.
fn map_of(list: &[Value], path: &str, lost: &mut Vec<String>) -> Value {
    let mut map = Map::new();
    for (index, argument) in list.iter().enumerate() {
        let text = |key: &str| argument.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        if !text("mergeMethod").is_empty() {
            lost.push(format!("{path}[{index}].mergeMethod"));
        }
        if map.insert(text("name"), text("value").into()).is_some() {
            lost.push(format!("{path}: an earlier argument {:?}", text("name")));
        }
    }
    Value::Object(map)
}
