//! sigs.k8s.io/yaml: `cases.jsonl`, one text a line with the bytes or the error it gives.

use std::collections::BTreeMap;

use kubeadm_config::yaml::{self, Base, Data, Node};
use serde_json::Value;

use super::{Error, Request, Tally, json_lines};

pub(super) fn run(request: &Request, tally: &mut Tally) -> Result<(), Error> {
    for case in json_lines(&request.dir.join("cases.jsonl"))? {
        let text = |key: &str| case[key].as_str();
        let (name, input) = (text("name").unwrap_or_default(), text("text").unwrap_or_default());
        let expected = text("out").ok_or_else(|| text("error").unwrap_or_default());
        match text("mode") {
            Some("write") => write(tally, name, input, expected),
            Some("read-strict") => read(tally, name, input, expected),
            mode => {
                let why = format!("{name} has a mode that is not known: {mode:?}");
                return Err(Error::Unreadable(request.dir.clone(), why));
            }
        }
    }
    Ok(())
}

/// Where the order of keys is a matter of chance in the reference, what both texts hold is compared
/// and not the bytes.
fn write(tally: &mut Tally, name: &str, input: &str, expected: Result<&str, &str>) {
    let value = serde_json::from_str::<Value>(input);
    let by_chance = value.as_ref().is_ok_and(|value| !yaml::has_one_order(value));
    let got = match value.map(|value| yaml::write(&value)) {
        Ok(Ok(text)) => Ok(text),
        Ok(Err(error)) => Err(error.to_string()),
        Err(error) => Err(format!("no JSON: {error}")),
    };
    match (expected, &got) {
        (Ok(expected), Ok(got)) if by_chance => {
            let held = |text| strictly(text).unwrap_or_else(|error| format!("error: {error}"));
            tally.compare("", "write value, order by chance", name, &held(expected), &held(got));
        }
        _ => {
            let shown = |answer: Result<&str, &str>| {
                answer.map_or_else(|error| format!("error: {error}"), str::to_owned)
            };
            let got = got.as_deref().map_err(String::as_str);
            tally.compare("", "write bytes", name, &shown(expected), &shown(got));
        }
    }
}

/// The JSON or the error of strict reading.
fn strictly(input: &str) -> Result<String, String> {
    let document = yaml::read_yaml(input.as_bytes(), Base::default());
    let document = document.map_err(|error| error.strict_error())?;
    match document.strict_error() {
        Some(error) => Err(error),
        None => Ok(go_json(&document.root)),
    }
}

fn read(tally: &mut Tally, name: &str, input: &str, expected: Result<&str, &str>) {
    let got = strictly(input);
    let verdict = |read: bool| if read { "read" } else { "refused" };
    tally.compare("", "read verdict", name, verdict(expected.is_ok()), verdict(got.is_ok()));
    match (expected, got) {
        (Ok(expected), Ok(got)) => tally.compare("", "read value", name, expected, &got),
        (Err(expected), Err(got)) => {
            tally.compare("", "read line", name, &line(expected), &line(&got));
            tally.compare("", "read error", name, expected, &got);
        }
        _ => {}
    }
}

/// The value as Go's `encoding/json` prints it: keys sorted, numbers in their own words.
fn go_json(node: &Node) -> String {
    match &node.data {
        Data::Null => "null".to_owned(),
        Data::Bool(truth) => truth.to_string(),
        Data::Number(number) => number.literal().to_owned(),
        Data::String(text) => go_string(text),
        Data::Sequence(nodes) => {
            let items: Vec<_> = nodes.iter().map(go_json).collect();
            format!("[{}]", items.join(","))
        }
        Data::Mapping(entries) => {
            // Two keys that JSON makes one: Go keeps either, we the later.
            let sorted: BTreeMap<_, _> = entries.iter().map(|entry| (&entry.key, &entry.value)).collect();
            let items = sorted.iter().map(|(key, value)| format!("{}:{}", go_string(key), go_json(value)));
            format!("{{{}}}", items.collect::<Vec<_>>().join(","))
        }
    }
}

fn go_string(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// The first `line N` of a message.
fn line(message: &str) -> String {
    let number = message.split("line ").nth(1).map_or("", |rest| rest.split(':').next().unwrap_or_default());
    if number.bytes().all(|byte| byte.is_ascii_digit()) { number.to_owned() } else { String::new() }
}
