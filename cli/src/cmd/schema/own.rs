//! The schemas of what this program prints: `own.yaml`, made whole.

use serde_json::{Map, Value, json};

const TEXT: &str = include_str!("own.yaml");

/// The names, each with what it is.
pub(super) fn all() -> Vec<(String, String)> {
    let about =
        |(name, row): (&String, &Value)| (name.clone(), row["about"].as_str().unwrap_or_default().into());
    rows().iter().filter(|(name, _)| !name.starts_with('$')).map(about).collect()
}

/// The schema of that name.
pub(super) fn find(name: &str) -> Option<Value> {
    let rows = rows();
    let row = rows.get(name).filter(|_| !name.starts_with('$'))?;
    let defs = rows.get("$defs")?;
    let mut body = match row["same"].as_str() {
        Some(other) => defs[other].clone(),
        None => row.clone(),
    };
    body["properties"]["schema"] = json!({ "const": format!("k8sprep.{name}/v1") });
    whole(&mut body);
    let mut used = Map::new();
    collect(&body, defs, &mut used);
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("k8sprep.{name}/v1"),
        "description": row["about"],
    });
    for (key, value) in body.as_object().into_iter().flatten().filter(|(key, _)| *key != "about") {
        schema[key] = value.clone();
    }
    if !used.is_empty() {
        schema["$defs"] = used.into();
    }
    Some(schema)
}

fn rows() -> Map<String, Value> {
    // It is a part of the program; a test reads it.
    serde_yaml::from_str(TEXT).unwrap_or_default()
}

/// An object with properties needs all of them but the optional ones.
fn whole(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(whole),
        Value::Object(map) => {
            let optional = map.remove("optional").unwrap_or_default();
            let is_object = map.get("properties").is_some_and(Value::is_object);
            if is_object || map.get("additionalProperties").is_some() {
                map.insert("type".into(), "object".into());
            }
            if let Some(Value::Object(properties)) = map.get_mut("properties") {
                let is_optional =
                    |name: &str| optional.as_array().is_some_and(|all| all.iter().any(|one| one == name));
                let needed: Vec<Value> = properties
                    .keys()
                    .filter(|name| !is_optional(name))
                    .map(|name| name.as_str().into())
                    .collect();
                properties.values_mut().for_each(whole);
                map.insert("required".into(), needed.into());
            }
            for key in ["items", "additionalProperties", "oneOf"] {
                if let Some(below) = map.get_mut(key) {
                    whole(below);
                }
            }
        }
        _ => {}
    }
}

/// The shared parts that a schema names, and those that they name.
fn collect(schema: &Value, defs: &Value, used: &mut Map<String, Value>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| collect(item, defs, used)),
        Value::Object(map) => {
            let name = map.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/$defs/"));
            if let Some(name) = name.filter(|name| !used.contains_key(*name)) {
                let mut part = defs[name].clone();
                whole(&mut part);
                used.insert(name.to_owned(), part.clone());
                collect(&part, defs, used);
            }
            map.values().for_each(|below| collect(below, defs, used));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One style of keys, whatever is printed: camelCase.
    fn keys(schema: &Value, found: &mut Vec<String>) {
        if let Some(Value::Object(properties)) = schema.get("properties") {
            found.extend(properties.keys().cloned());
        }
        match schema {
            Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
            Value::Object(map) => map.values().for_each(|below| keys(below, found)),
            _ => {}
        }
    }

    #[test]
    fn every_schema_is_whole_and_of_one_style() {
        let all = all();
        assert!(all.len() > 40, "{all:?}");
        for (name, about) in all {
            let schema = find(&name).unwrap();
            assert!(!about.is_empty() && schema["type"] == "object", "{name}: {schema}");
            let mut found = Vec::new();
            keys(&schema, &mut found);
            let camel = |key: &&String| {
                key.starts_with(|c: char| c.is_ascii_lowercase())
                    && key.bytes().all(|b| b.is_ascii_alphanumeric())
            };
            let odd: Vec<_> = found.iter().filter(|key| !camel(key)).collect();
            assert!(odd.is_empty(), "{name}: {odd:?}");
            let parts = schema["$defs"].as_object().map(Map::len).unwrap_or_default();
            assert_eq!(schema.to_string().contains("$ref"), parts > 0, "{name}");
        }
        assert_eq!(find("$defs"), None);
    }
}
