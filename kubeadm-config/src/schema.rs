//! JSON Schema of the kinds, out of the same declarations that decode and print them.

use serde_json::{Map, Value, json};

use crate::release::KubeadmRelease;
use crate::version::Minor;
use crate::wire::shape::{FieldShape, Scalar, Shape, StructShape};
use crate::wire::{Gvk, find, kinds, known_in};

/// A duration as Go's `time.ParseDuration` reads it.
const DURATION: &str = r"^[+-]?(0|(([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$";
/// `id.secret`.
const TOKEN: &str = r"^[a-z0-9]{6}\.[a-z0-9]{16}$";

/// Every kind that has a schema: kubeadm's own in every API version, and the configurations of
/// components.
pub fn schema_kinds() -> impl Iterator<Item = Gvk> {
    kinds()
}

/// The JSON Schema (draft 2020-12) of a kind: as a release has it, or with the fields of all
/// releases. None for a kind that is not known, or not to that release.
///
/// It tells which fields there are and what they hold, as kubeadm's strict decoding does; what
/// kubeadm validates beyond that (subnets, names, what excludes what) no schema can say. `null` is
/// a value that is not given, everywhere.
///
/// ```
/// use kubeadm_config::wire::Gvk;
/// use kubeadm_config::{ApiVersion, json_schema};
///
/// let schema = json_schema(&Gvk::kubeadm(ApiVersion::V1Beta4, "ResetConfiguration"), None).unwrap();
/// assert_eq!(schema["properties"]["force"]["type"][0], "boolean");
/// assert_eq!(schema["additionalProperties"], false);
/// ```
#[must_use]
pub fn json_schema(gvk: &Gvk, release: Option<&KubeadmRelease>) -> Option<Value> {
    let kind = match release {
        Some(release) => find(gvk, release).filter(|kind| kind.is_of(gvk))?,
        None => known_in(gvk)?,
    };
    let mut writer = Writer { minor: release.map(KubeadmRelease::minor), definitions: Map::new() };
    let mut properties = Map::new();
    properties.insert("apiVersion".into(), json!({"const": gvk.api_version()}));
    properties.insert("kind".into(), json!({"const": gvk.kind}));
    writer.properties(kind.fields, &mut properties);
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": gvk.kind,
        "description": described(gvk, release),
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": properties,
        "additionalProperties": false,
    });
    if !writer.definitions.is_empty() {
        schema["$defs"] = Value::Object(writer.definitions);
    }
    Some(schema)
}

fn described(gvk: &Gvk, release: Option<&KubeadmRelease>) -> String {
    let api_version = gvk.api_version();
    match release {
        Some(release) => format!("{} of {api_version} in kubeadm {}", gvk.kind, release.minor()),
        None => format!("{} of {api_version}, with the fields of every kubeadm that has it", gvk.kind),
    }
}

struct Writer {
    /// The minor whose fields count; all of them if none.
    minor: Option<Minor>,
    definitions: Map<String, Value>,
}

impl Writer {
    fn properties(&mut self, shape: &'static StructShape, properties: &mut Map<String, Value>) {
        for field in shape.fields {
            if self.minor.is_some_and(|minor| !field.is_in(minor)) || properties.contains_key(field.json) {
                continue;
            }
            let mut schema = self.schema(field.shape);
            if let (None, Some(bounds), Value::Object(map)) = (self.minor, bounds(field), &mut schema) {
                map.insert("description".into(), bounds.into());
            }
            properties.insert(field.json.to_owned(), schema);
        }
        for inline in shape.inlines {
            self.properties(inline, properties);
        }
    }

    fn schema(&mut self, shape: &'static Shape) -> Value {
        match shape {
            Shape::Named(_, inner) => self.schema(inner),
            Shape::Scalar(scalar, _) => scalar_schema(*scalar),
            Shape::List(item) => json!({"type": ["array", "null"], "items": self.schema(item)}),
            Shape::Map(item) => {
                json!({"type": ["object", "null"], "additionalProperties": self.schema(item)})
            }
            Shape::Struct(fields) => self.reference(fields),
        }
    }

    /// A struct is written once; another one of the same name gets a number.
    fn reference(&mut self, shape: &'static StructShape) -> Value {
        let mut properties = Map::new();
        self.properties(shape, &mut properties);
        let definition =
            json!({"type": ["object", "null"], "properties": properties, "additionalProperties": false});
        let names = std::iter::once(shape.name.to_owned()).chain((2..).map(|n| format!("{}{n}", shape.name)));
        for name in names {
            match self.definitions.get(&name) {
                Some(known) if *known != definition => {}
                _ => {
                    let reference = json!({"$ref": format!("#/$defs/{name}")});
                    self.definitions.insert(name, definition);
                    return reference;
                }
            }
        }
        unreachable!("there is always one more number")
    }
}

/// Between which releases a field is there, where it is not in all of them.
fn bounds(field: &FieldShape) -> Option<String> {
    match (field.since, field.until) {
        (0, u8::MAX) => None,
        (since, u8::MAX) => Some(format!("Since kubeadm 1.{since}.")),
        (0, until) => Some(format!("Up to kubeadm 1.{until}.")),
        (since, until) => Some(format!("From kubeadm 1.{since} to 1.{until}.")),
    }
}

fn scalar_schema(scalar: Scalar) -> Value {
    match scalar {
        Scalar::Text => json!({"type": ["string", "null"]}),
        Scalar::Bool => json!({"type": ["boolean", "null"]}),
        Scalar::Int(32) => json!({"type": ["integer", "null"], "minimum": i32::MIN, "maximum": i32::MAX}),
        Scalar::Int(_) => json!({"type": ["integer", "null"], "minimum": i64::MIN, "maximum": i64::MAX}),
        Scalar::Uint(_) => json!({"type": ["integer", "null"], "minimum": 0, "maximum": u32::MAX}),
        Scalar::Float(_) => json!({"type": ["number", "null"]}),
        Scalar::Duration => json!({"type": ["string", "null"], "pattern": DURATION}),
        Scalar::DurationOrNanos => json!({"type": ["string", "integer", "null"], "pattern": DURATION}),
        Scalar::Time => json!({"type": ["string", "null"], "format": "date-time"}),
        Scalar::Quantity => json!({"type": ["string", "number", "null"]}),
        Scalar::Token => json!({"type": ["string", "null"], "pattern": TOKEN}),
        Scalar::Raw => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::ApiVersion;

    #[test]
    fn every_kind_has_a_schema_that_leads_nowhere_else() {
        for gvk in schema_kinds() {
            let schema = json_schema(&gvk, None).unwrap();
            assert_eq!(schema["properties"]["kind"]["const"], gvk.kind.as_str());
            let text = schema.to_string();
            for reference in text.split("#/$defs/").skip(1) {
                let name = reference.split('"').next().unwrap();
                assert!(schema["$defs"][name].is_object(), "{gvk}: {name}");
            }
        }
    }

    #[test]
    fn a_release_has_its_own_fields() {
        let cluster = Gvk::kubeadm(ApiVersion::V1Beta4, "ClusterConfiguration");
        let endpoints = |release: Option<&str>| {
            let release = release.map(|release| release.parse().unwrap());
            let schema = json_schema(&cluster, release.as_ref()).unwrap();
            schema["$defs"]["ExternalEtcd"]["properties"]["httpEndpoints"].clone()
        };
        assert!(endpoints(Some("v1.34.0")).is_null());
        assert!(endpoints(Some("v1.35.0")).is_object());
        assert_eq!(endpoints(None)["description"], "Since kubeadm 1.35.");
        let old = "v1.20.2".parse().unwrap();
        assert!(json_schema(&cluster, Some(&old)).is_none());
    }
}
