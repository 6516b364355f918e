//! The JSON Schemas against what real kubeadm releases said of files: what was accepted fits, what
//! was refused for an unknown field or a wrong type does not.

use std::collections::BTreeMap;
use std::sync::Mutex;

use kubeadm_config::wire::Gvk;
use kubeadm_config::yaml::{self, SplitRules};
use kubeadm_config::{ApiVersion, KubeadmRelease, json_schema};
use serde_json::Value;

/// The releases with a strict `config validate`.
const RELEASES: [&str; 9] =
    ["1.29.6", "1.30.14", "1.31.14", "1.32.13", "1.33.13", "1.34.0", "1.35.4", "1.36.3", "1.37.2"];

/// Whether a value fits a schema, for the keywords that the schemas use. Another keyword is an
/// error of the test.
fn fits(value: &Value, schema: &Value, root: &Value) -> bool {
    let schema = schema.as_object().expect("a schema is a map");
    schema.iter().all(|(keyword, wanted)| match keyword.as_str() {
        "$schema" | "$defs" | "title" | "description" => true,
        "$ref" => {
            let pointer = wanted.as_str().unwrap().trim_start_matches('#');
            fits(value, root.pointer(pointer).expect("a reference leads somewhere"), root)
        }
        "const" => value == wanted,
        "type" => match wanted {
            Value::Array(types) => types.iter().any(|wanted| is_a(value, wanted.as_str().unwrap())),
            wanted => is_a(value, wanted.as_str().unwrap()),
        },
        "minimum" => value.as_f64().is_none_or(|number| number >= wanted.as_f64().unwrap()),
        "maximum" => value.as_f64().is_none_or(|number| number <= wanted.as_f64().unwrap()),
        "pattern" => value.as_str().is_none_or(|text| matches(wanted.as_str().unwrap(), text)),
        // An annotation, unless a validator is told otherwise.
        "format" => true,
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| fits(item, wanted, root))),
        "required" => {
            let names = wanted.as_array().unwrap();
            value
                .as_object()
                .is_none_or(|map| names.iter().all(|name| map.contains_key(name.as_str().unwrap())))
        }
        "properties" => {
            let known = wanted.as_object().unwrap();
            let fitting = |(key, value): (&String, &Value)| {
                known.get(key).is_none_or(|schema| fits(value, schema, root))
            };
            value.as_object().is_none_or(|map| map.iter().all(fitting))
        }
        "additionalProperties" => {
            let known = schema.get("properties").and_then(Value::as_object);
            let more = |key: &&String| known.is_none_or(|known| !known.contains_key(*key));
            value.as_object().is_none_or(|map| {
                map.keys().filter(more).all(|key| match wanted {
                    Value::Bool(allowed) => *allowed,
                    wanted => fits(&map[key], wanted, root),
                })
            })
        }
        other => panic!("the schemas use {other}, which this test does not know"),
    })
}

/// Whether a text matches; patterns are built once.
fn matches(pattern: &str, text: &str) -> bool {
    static BUILT: Mutex<BTreeMap<String, regex::Regex>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap();
    let build = || regex::Regex::new(pattern).unwrap();
    built.entry(pattern.to_owned()).or_insert_with(build).is_match(text)
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        other => panic!("{other} is not a type of JSON Schema"),
    }
}

fn lines(name: &str) -> Option<Vec<Value>> {
    let path = test_kit::recorded(&format!("conformance/kubeadm/{name}"))?;
    let text = std::fs::read_to_string(path).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// The documents of a file as JSON, each with what it is; none where one cannot be read or is not
/// in kubeadm's own words.
fn documents(file: &str) -> Option<Vec<(Gvk, Value)>> {
    let split = yaml::split(file.as_bytes(), &SplitRules::default()).ok()?;
    let document = |raw: &yaml::RawDocument<'_>| {
        let read =
            yaml::read(&raw.text, raw.base()).ok().filter(|read| read.duplicates.is_empty())?.root.to_json();
        let (group, version) = read["apiVersion"].as_str()?.split_once('/')?;
        let kind = read["kind"].as_str()?.to_owned();
        Some((Gvk { group: group.into(), version: version.into(), kind }, read))
    };
    split.iter().map(document).collect()
}

/// Whether a `config validate` looks at every one of these kinds: components only beside a cluster.
fn all_are_checked(documents: &[(Gvk, Value)], minor: u64) -> bool {
    let cluster = |kind: &str| kind == "InitConfiguration" || kind == "ClusterConfiguration";
    let component = |kind: &str| kind == "KubeletConfiguration" || kind == "KubeProxyConfiguration";
    let alone = |kind: &str| match kind {
        "JoinConfiguration" | "ResetConfiguration" => true,
        kind => kind == "UpgradeConfiguration" && minor >= 36,
    };
    match documents {
        [(gvk, _)] => cluster(&gvk.kind) || alone(&gvk.kind),
        several => {
            several.iter().any(|(gvk, _)| cluster(&gvk.kind))
                && several.iter().all(|(gvk, _)| cluster(&gvk.kind) || component(&gvk.kind))
        }
    }
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn the_schemas_agree_with_real_releases() {
    let Some(cases) = lines("cases.jsonl") else { return };
    let answers: BTreeMap<&str, BTreeMap<String, Value>> = RELEASES
        .into_iter()
        .map(|release| {
            let lines = lines(&format!("answers/{release}.jsonl")).expect("the answers of a release");
            (release, lines.into_iter().map(|line| (line["id"].as_str().unwrap().to_owned(), line)).collect())
        })
        .collect();
    let (mut accepted, mut refused) = (0, 0);
    for name in RELEASES {
        let release: KubeadmRelease = name.parse().unwrap();
        let mut schemas: BTreeMap<Gvk, Option<Value>> = BTreeMap::new();
        for case in &cases {
            let (Some(id), Some(config)) = (case["id"].as_str(), case["config"].as_str()) else { continue };
            let record = &answers[name][id];
            let record = record["same"].as_str().map_or(record, |other| &answers[other][id]);
            let validate = match record["validate"]["same"].as_str() {
                Some(command) => &record[command],
                None => &record["validate"],
            };
            let Some(exit) = validate["exit"].as_i64() else { continue };
            let config = config
                .replace("@RELEASE@", &format!("v{name}"))
                .replace("@API@", &release.writes().to_string());
            let Some(documents) = documents(&config) else { continue };
            if !all_are_checked(&documents, release.minor().number()) {
                continue;
            }
            let mut all_fit = true;
            for (gvk, document) in &documents {
                let schema = schemas.entry(gvk.clone()).or_insert_with(|| json_schema(gvk, Some(&release)));
                all_fit &= schema.as_ref().is_some_and(|schema| fits(document, schema, schema));
            }
            let said = validate["stderr"].as_str().unwrap_or_default();
            let strict = said.contains("unknown field") || said.contains("cannot unmarshal");
            if exit == 0 {
                accepted += 1;
                assert!(all_fit, "{name} takes {id}, its schema does not:\n{config}");
            } else if strict {
                refused += 1;
                assert!(!all_fit, "{name} refuses {id}, its schema does not: {said}\n{config}");
            }
        }
    }
    assert!(accepted > 5000 && refused > 1500, "{accepted} accepted, {refused} refused");
}

#[test]
fn a_schema_of_all_releases_takes_the_fields_of_each() {
    let gvk = Gvk::kubeadm(ApiVersion::V1Beta4, "ClusterConfiguration");
    let schema = json_schema(&gvk, None).unwrap();
    let document = |extra: Value| {
        let mut document = serde_json::json!({"apiVersion": gvk.api_version(), "kind": gvk.kind});
        document["apiServer"] = extra;
        document
    };
    assert!(fits(&document(serde_json::json!({"timeoutForControlPlane": "4m0s"})), &schema, &schema));
    for wrong in [serde_json::json!({"timeoutForControlPlane": 4}), serde_json::json!({"colour": "red"})] {
        assert!(!fits(&document(wrong), &schema, &schema));
    }
}
