//! How a value has to be written that is of another type than its field wants.
//!
//! Help is written so that it can be copied: the field's own name, the value that was given, and
//! the indentation that it needs. It is about the type alone; a value of the right type that may
//! not be is validation's.

use super::{Catalogue, Help, field};
use crate::catalogue::FieldType;
use crate::code::Code;
use crate::wire::Gvk;
use crate::yaml::{Data, Document, Entry, Node};

/// So many lines are written out.
const MOST_SHOWN: usize = 4;

/// Help on a value that its field cannot take.
pub(super) fn of_another_type(
    gvk: &Gvk,
    path: &str,
    document: &Document,
    catalogue: &Catalogue<'_>,
) -> Option<Help> {
    let known = catalogue.fields(gvk);
    let Some(wanted) = field::of_path(&known, path) else {
        return of_a_map(&known, path, document);
    };
    let node = document.node(path)?;
    let name = path.rsplit('.').next().unwrap_or(path);
    let arguments = known.iter().any(|field| field.path == format!("{}[].name", wanted.path));
    let of_a_list = |key: &str| known.iter().any(|field| field.path == format!("{}.{key}", wanted.path));
    let (code, text) = match (wanted.value, &node.data) {
        (FieldType::List, Data::Mapping(entries)) if arguments => (
            Code::ListWanted,
            format!("since v1beta4 {name} is a list of name and value; write:\n{}", as_list(entries)),
        ),
        (FieldType::List, Data::Mapping(_)) => {
            (Code::ListWanted, format!("{name} is a list: start each of its items with `- `"))
        }
        // An empty list is written so, too, and is no fault by itself.
        (FieldType::List, Data::Null) => return None,
        (FieldType::List, Data::String(words)) if arguments => (
            Code::ListWanted,
            format!("{name} is a list of name and value; write:\n{}", flags_as_list(words)),
        ),
        (FieldType::List, _) => {
            (Code::ListWanted, format!("{name} is a list; write:\n- {}", scalar(node).unwrap_or_default()))
        }
        (FieldType::Map, Data::Sequence(items)) => {
            (Code::MapWanted, format!("{name} is a map in {}; write:\n{}", gvk.version, as_map(items)))
        }
        (FieldType::Struct, Data::Sequence(_)) => {
            (Code::MapWanted, format!("{name} is not a list: leave out the `- `"))
        }
        (FieldType::Struct, Data::String(flag)) if of_a_list("name") && of_a_list("value") => {
            (Code::MapWanted, format!("an argument has a name and a value; write:\n{}", flags_as_list(flag)))
        }
        (FieldType::Struct, Data::String(taint)) if of_a_list("effect") && taint.contains(':') => {
            (Code::MapWanted, format!("a taint has fields of its own; write:\n{}", taint_as_fields(taint)))
        }
        (FieldType::Map | FieldType::Struct, _) => (Code::MapWanted, holds(&known, &wanted.path, name)),
        (FieldType::Text, Data::Number(number)) => (Code::TextWanted, quoted(name, number.literal())),
        (FieldType::Text, Data::Bool(truth)) => (Code::TextWanted, quoted(name, &truth.to_string())),
        (FieldType::Text, Data::Sequence(items)) => {
            let items: Vec<String> = items.iter().filter_map(scalar).collect();
            (Code::TextWanted, format!("{name} is one text; write: {name}: \"{}\"", items.join(",")))
        }
        (FieldType::Text, _) => (Code::TextWanted, format!("{name} is a text: write {name}: VALUE")),
        (FieldType::Bool, _) => {
            (Code::TruthWanted, format!("write {name}: true or {name}: false, without quotes"))
        }
        (FieldType::Integer | FieldType::Number, Data::String(text)) if text.parse::<f64>().is_ok() => {
            (Code::NumberWanted, format!("write {name}: {text}, without quotes"))
        }
        (FieldType::Integer, _) => (Code::NumberWanted, format!("{name} is a whole number, without quotes")),
        (FieldType::Number, _) => (Code::NumberWanted, format!("{name} is a number, without quotes")),
        (FieldType::Duration, _) => (
            Code::DurationWanted,
            format!("write a length of time with units of h, m, s, such as {name}: 4m0s"),
        ),
        (FieldType::Time, _) => (
            Code::TimeWanted,
            format!("write a time as RFC 3339 has it, such as {name}: \"2027-01-01T00:00:00Z\""),
        ),
        (FieldType::Token, _) => (
            Code::TokenWanted,
            "a token is six and sixteen of a-z and 0-9; `k8sprep token generate` makes one".into(),
        ),
        (FieldType::Quantity, _) => (Code::QuantityWanted, format!("write a quantity, such as {name}: 1Gi")),
        (FieldType::Any, _) => return None,
    };
    Some(Help { code, text })
}

/// Help on a value of a map, whose keys are no fields: a truth of a gate, else a text.
fn of_a_map(known: &[crate::catalogue::Field], path: &str, document: &Document) -> Option<Help> {
    let maps = known.iter().filter(|field| field.value == FieldType::Map);
    // Keys hold dots of their own.
    let (map, name) = maps
        .filter_map(|field| Some((&field.path, path.strip_prefix(&field.path)?.strip_prefix('.')?)))
        .max_by_key(|(map, _)| map.len())?;
    let node = document.node(map)?.get(name)?;
    if map.ends_with("featureGates") {
        let text = format!("write {name}: true or {name}: false, without quotes");
        return Some(Help { code: Code::TruthWanted, text });
    }
    let literal = match &node.data {
        Data::Number(number) => number.literal().to_owned(),
        Data::Bool(truth) => truth.to_string(),
        _ => return None,
    };
    Some(Help { code: Code::TextWanted, text: quoted(name, &literal) })
}

/// A version is a text that starts with a `v`.
fn quoted(name: &str, literal: &str) -> String {
    if name == "kubernetesVersion" {
        let parts: Vec<&str> = literal.split('.').collect();
        let is_minor =
            matches!(parts.as_slice(), ["1", minor] if minor.bytes().all(|byte| byte.is_ascii_digit()));
        // YAML reads 1.30 as the number 1.3, and no release from 1.1 to 1.9 reads such a file.
        // `kubernetesVersion: 1.30` without quotes is a number to YAML and arrives as `1.3`.
        let zero = if parts.last().is_some_and(|minor| minor.len() == 1) { "0" } else { "" };
        let version = if is_minor { format!("v{literal}{zero}.0") } else { "v1.34.0".to_owned() };
        return format!("write the whole version in quotes, such as {name}: \"{version}\"");
    }
    let key = if name.contains('[') { "" } else { name };
    let colon = if key.is_empty() { "" } else { ": " };
    format!("write it in quotes: {key}{colon}\"{literal}\"")
}

fn holds(known: &[crate::catalogue::Field], path: &str, name: &str) -> String {
    let prefix = format!("{path}.");
    let inner = known.iter().filter_map(|field| field.path.strip_prefix(&prefix));
    let inner: Vec<&str> = inner.filter(|rest| !rest.contains(['.', '[', '{'])).take(6).collect();
    match inner.as_slice() {
        [] => format!("{name} is a map: write its keys indented below it, each as KEY: VALUE"),
        inner => format!("{name} holds fields of its own, indented below it: {}", inner.join(", ")),
    }
}

fn as_list(entries: &[Entry]) -> String {
    let items = entries.iter().take(MOST_SHOWN);
    let value = |entry: &Entry| scalar(&entry.value).unwrap_or_default();
    let items = items.map(|entry| format!("- name: {}\n  value: {}", entry.key, text(&value(entry))));
    ended(items.collect(), entries.len())
}

/// Flags as they stand on a command line, as the list that the API has.
fn flags_as_list(words: &str) -> String {
    let all: Vec<(&str, &str)> = words.split_ascii_whitespace().map(flag).collect();
    let items = all.iter().take(MOST_SHOWN);
    ended(items.map(|(name, value)| format!("- name: {name}\n  value: {}", text(value))).collect(), all.len())
}

/// Name and value of a flag; one that stands alone is true.
fn flag(word: &str) -> (&str, &str) {
    word.trim_start_matches('-').split_once('=').unwrap_or((word.trim_start_matches('-'), "true"))
}

/// A taint as kubectl writes it, as the fields that the API has.
fn taint_as_fields(taint: &str) -> String {
    let (key, effect) = taint.rsplit_once(':').unwrap_or((taint, ""));
    let (key, value) = key.split_once('=').unwrap_or((key, ""));
    let value = if value.is_empty() { String::new() } else { format!("\n  value: {}", text(value)) };
    format!("- key: {key}{value}\n  effect: {effect}")
}

fn as_map(items: &[Node]) -> String {
    let pair = |item: &Node| {
        if let Some(word) = item.as_str() {
            let (name, value) = flag(word);
            return Some(format!("  {name}: {}", text(value)));
        }
        let part = |key: &str| item.get(key).and_then(scalar);
        Some(format!("  {}: {}", part("name")?, text(&part("value")?)))
    };
    ended(items.iter().filter_map(pair).take(MOST_SHOWN).collect(), items.len())
}

/// Says that there is more, rather than to print a hundred lines of help.
fn ended(mut lines: Vec<String>, all: usize) -> String {
    if all > lines.len() {
        lines.push("and so on".into());
    }
    lines.join("\n")
}

/// Text of what has one; maps and lists have none.
fn scalar(node: &Node) -> Option<String> {
    match &node.data {
        Data::String(text) => Some(text.clone()),
        Data::Number(number) => Some(number.literal().to_owned()),
        Data::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// A value that stays a text.
///
/// Quoted where YAML 1.1 would read something else: go-yaml still takes `yes`, `on` and `n` for
/// truth values.
fn text(value: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let starts = value.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
    let word = !matches!(
        value.to_ascii_lowercase().as_str(),
        "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n" | "null"
    );
    if starts && word && value.chars().all(plain) {
        value.to_owned()
    } else {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    }
}
