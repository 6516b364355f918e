//! Node labels and taints, as apimachinery's `util/validation` and the kubelet's own rules judge
//! them.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::go::subdomain_errors;

/// Printed in messages; the check itself is written out below.
const NAME_FORM: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
/// Bytes of a name or value, not of its prefix.
const MAX: usize = 63;

/// What `--node-labels` may set under `kubernetes.io`: `pkg/apis/well_known_labels.go` of
/// k8s.io/kubelet.
// `kubeletLabels` of staging/src/k8s.io/kubelet/pkg/apis/well_known_labels.go, sorted as the
// message has them.
const OWN_LABELS: [&str; 11] = [
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/instance-type",
    "beta.kubernetes.io/os",
    "failure-domain.beta.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "kubernetes.io/arch",
    "kubernetes.io/hostname",
    "kubernetes.io/os",
    "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
];
/// Prefixes below which a node may label itself. Any other label of `kubernetes.io` is refused so
/// that a kubelet that was taken over cannot draw work to itself (KEP-279, NodeRestriction).
const OWN_NAMESPACES: [&str; 2] = ["kubelet.kubernetes.io", "node.kubernetes.io"];

/// `ValidateKubeletFlags`: what is wrong with the labels, if something is.
///
/// Labels that are not allowed hide those that are malformed: the kubelet returns in between.
pub(super) fn fault(labels: &Map<String, Value>) -> Option<String> {
    // A set of strings prints in Go as a sorted list without commas (`%v`).
    let unknown: BTreeSet<&str> = labels.keys().map(String::as_str).filter(|key| is_unknown(key)).collect();
    if !unknown.is_empty() {
        let unknown = unknown.into_iter().collect::<Vec<_>>().join(" ");
        let (namespaces, own) = (OWN_NAMESPACES.join(", "), OWN_LABELS.join(", "));
        return Some(format!(
            "unknown 'kubernetes.io' or 'k8s.io' labels specified with --node-labels: [{unknown}]\n\
             --node-labels in the 'kubernetes.io' namespace must begin with an allowed prefix ({namespaces}) \
             or be in the specifically allowed set ({own})"
        ));
    }
    let mut wrong = Vec::new();
    for (key, value) in labels {
        let value = value.as_str().unwrap_or_default();
        for (text, errors) in [(key.as_str(), qualified_name_errors(key)), (value, label_value_errors(value))]
        {
            if !errors.is_empty() {
                wrong.push(format!("'{text}' - {}", errors.join(", ")));
            }
        }
    }
    (!wrong.is_empty()).then(|| format!("invalid node labels: {}", wrong.join("; ")))
}

/// Of the value of `--node-labels` the labels that a node may not give itself.
pub(crate) fn unknown_labels(text: &str) -> BTreeSet<&str> {
    let keys = text.split(',').map(|item| item.split('=').next().unwrap_or_default().trim());
    keys.filter(|key| is_unknown(key)).collect()
}

fn is_unknown(key: &str) -> bool {
    is_kubernetes(key) && !is_own(key)
}

/// The part before the slash; empty without one.
fn namespace(key: &str) -> &str {
    key.split_once('/').map_or("", |(namespace, _)| namespace)
}

/// `kubernetes.io`, `k8s.io` and domains below them.
fn is_kubernetes(key: &str) -> bool {
    let namespace = namespace(key);
    let below = |domain: &str| namespace == domain || namespace.ends_with(&format!(".{domain}"));
    below("kubernetes.io") || below("k8s.io")
}

/// Whether a node may set the label itself.
fn is_own(key: &str) -> bool {
    let namespace = namespace(key);
    let below = |domain: &str| namespace == domain || namespace.ends_with(&format!(".{domain}"));
    OWN_LABELS.contains(&key) || OWN_NAMESPACES.into_iter().any(below)
}

/// `IsQualifiedName`.
///
/// Every error, in apimachinery's words; none for a good name.
pub(crate) fn qualified_name_errors(text: &str) -> Vec<String> {
    let form = || {
        format!(
            "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric \
             character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '{NAME_FORM}')"
        )
    };
    // `IsQualifiedName` of apimachinery, and its errors in its order.
    let parts: Vec<&str> = text.split('/').collect();
    let mut errors = Vec::new();
    let name = match parts.as_slice() {
        [name] => name,
        ["", name] => {
            errors.push("prefix part must be non-empty".to_owned());
            name
        }
        [prefix, name] => {
            errors.extend(subdomain_errors(prefix).into_iter().map(|error| format!("prefix part {error}")));
            name
        }
        _ => {
            return vec![format!(
                "a qualified name {} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
                form()
            )];
        }
    };
    if name.is_empty() {
        errors.push("name part must be non-empty".to_owned());
    } else if name.len() > MAX {
        errors.push(format!("name part must be no more than {MAX} characters"));
    }
    if !is_name(name) {
        errors.push(format!("name part {}", form()));
    }
    errors
}

/// `IsValidLabelValue`.
pub(crate) fn label_value_errors(text: &str) -> Vec<String> {
    let mut errors = Vec::new();
    if text.len() > MAX {
        errors.push(format!("must be no more than {MAX} characters"));
    }
    if !text.is_empty() && !is_name(text) {
        errors.push(format!(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start \
             and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for \
             validation is '({NAME_FORM})?')"
        ));
    }
    errors
}

/// Letters, digits and `-_.`, with a letter or digit at either end. Length is looked at elsewhere.
fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
}

/// `CheckTaintValidation`: whether a taint of a file can stand.
pub(super) fn is_taint(taint: &Value) -> bool {
    let text = |key: &str| taint.get(key).and_then(Value::as_str).unwrap_or_default();
    qualified_name_errors(text("key")).is_empty()
        && label_value_errors(text("value")).is_empty()
        && (text("effect").is_empty() || is_effect(text("effect")))
}

/// The three effects of core/v1, exactly so written.
fn is_effect(text: &str) -> bool {
    ["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(&text)
}

/// One taint of `--register-with-taints`.
///
/// `key=value:Effect` or `key:Effect`.
/// # Errors
/// In the words of `parseTaint` of `pkg/util/taints`. A taint without an effect is refused last,
/// after its key.
pub(super) fn parse_taint(text: &str) -> Result<Value, String> {
    let spec = || format!("invalid taint spec: {text}");
    let parts: Vec<&str> = text.split(':').collect();
    let (key, value, effect) = match parts.as_slice() {
        // `parseTaint` of pkg/util/taints: a key alone is read, and refused further below for want
        // of an effect.
        [key] => (*key, "", ""),
        [pair, effect] => {
            if !is_effect(effect) {
                return Err(format!("invalid taint effect: {effect}, unsupported taint effect"));
            }
            let mut halves = pair.split('=');
            let (key, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
            if halves.next().is_some() {
                return Err(spec());
            }
            let errors = label_value_errors(value);
            if !errors.is_empty() {
                return Err(format!("{}, {}", spec(), errors.join("; ")));
            }
            (key, value, *effect)
        }
        _ => return Err(spec()),
    };
    let errors = qualified_name_errors(key);
    if !errors.is_empty() {
        return Err(format!("{}, {}", spec(), errors.join("; ")));
    }
    if effect.is_empty() {
        return Err(spec());
    }
    Ok(json!({ "key": key, "value": value, "effect": effect }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_label_is_refused_and_an_own_one_is_not() {
        let label = |key: &str| fault(&Map::from_iter([(key.to_owned(), Value::from(""))]));
        assert!(label("node-role.kubernetes.io/worker").is_some());
        assert!(label("node.kubernetes.io/worker").is_none());
        assert!(label("kubernetes.io/hostname").is_none());
        assert!(label("example.com/a").is_none());
    }

    #[test]
    fn a_taint_needs_an_effect() {
        assert!(parse_taint("a=b:NoSchedule").is_ok());
        assert!(parse_taint("a=b").is_err());
    }
}
