//! Printing documents: from the internal form through an API version's tags to YAML.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::convert;
use crate::error::Error;
use crate::version::{ApiVersion, Minor};
use crate::wire::{self, Gvk};

/// A document in the internal form as an API version holds it, with `apiVersion` and `kind`.
pub(crate) fn in_version<T: Serialize>(
    kind: &str,
    internal: &T,
    version: ApiVersion,
    minor: Minor,
) -> Result<Map<String, Value>, Error> {
    let mut content = match serde_json::to_value(internal) {
        Ok(Value::Object(map)) => map,
        Ok(_) | Err(_) => Map::new(),
    };
    let gvk = Gvk::kubeadm(version, kind);
    let shape = wire::known_in(&gvk).ok_or_else(|| Error::KindNotInVersion { kind: kind.into(), version })?;
    convert::from_common(kind, version, &mut content, &mut Vec::new());
    Ok(with_type(&gvk, wire::normalised(content, shape.fields, minor)))
}

/// A component's configuration as its own type prints it.
pub(crate) fn component(gvk: &Gvk, content: Map<String, Value>, minor: Minor) -> Map<String, Value> {
    match wire::known_in(gvk) {
        Some(kind) => with_type(gvk, wire::normalised(content, kind.fields, minor)),
        None => with_type(gvk, content),
    }
}

/// Adds `apiVersion` and `kind`.
pub(crate) fn with_type(gvk: &Gvk, mut content: Map<String, Value>) -> Map<String, Value> {
    content.insert("apiVersion".into(), gvk.api_version().into());
    content.insert("kind".into(), gvk.kind.clone().into());
    content
}

/// The documents as one YAML text, `---` between them.
pub(crate) fn to_yaml(documents: Vec<Map<String, Value>>) -> Result<String, Error> {
    let mut text = String::new();
    for (index, document) in documents.into_iter().enumerate() {
        if index > 0 {
            text.push_str("---\n");
        }
        let document = Value::Object(document);
        text.push_str(
            &crate::yaml::write(&document).map_err(|source| Error::Print { why: source.to_string() })?,
        );
    }
    Ok(text)
}
