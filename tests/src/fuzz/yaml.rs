//! Cutting, reading and writing YAML.

use kubeadm_config::yaml::{self, Base, Data, Error, Node, Span, SplitRules};
use serde_json::Value;

/// Texts to start from.
pub const SEEDS: &[&str] = &[
    "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nnetworking:\n  podSubnet: 10.244.0.0/16\n---\n\
     kind: InitConfiguration\nnodeRegistration:\n  taints:\n  - key: a\n    effect: NoSchedule\n",
    "a: &x {k: [1, 0x1F, yes, ~], 'q': \"\\u0041\\n\"}\nb: {<<: *x, k: 2}\n? - complex\n: |+\n  text\n\n",
    "{\"kind\": \"InitConfiguration\", \"list\": [1.5, true, null, \"\\ud83d\\ude00\"], \"n\": -0}\n",
    "%TAG !e! tag:e,1:\n--- !e!map\nlong: plain text that goes on\n  and on # comment\nk: >-\n   folded\n    more\n...\n",
];

/// What YAML is made of.
pub const TOKENS: &[&str] = &[
    "a",
    ":",
    ": ",
    "- ",
    "? ",
    "\n",
    "\n  ",
    " ",
    "\t",
    "#",
    "&a ",
    "*a",
    "!",
    "!!int ",
    "!!binary ",
    "<<: ",
    "|\n",
    ">+\n",
    "|2",
    "'",
    "\"",
    "\\",
    "\\x41",
    "[",
    "]",
    "{",
    "}",
    ",",
    "---\n",
    "--- ",
    "...\n",
    "%YAML 1.1\n",
    "yes",
    "null",
    "0644",
    "1e3",
    ".inf",
    "1_000",
    "2001-12-14",
    "12:30:45",
    "é",
    "\u{1F600}",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "\u{7f}",
    "\r\n",
    "\0",
    "@",
    "`",
];

/// Every byte of a file is in a document or on a separator line, and places are true.
pub fn split(file: &[u8]) {
    let Ok(documents) = yaml::split(file, &SplitRules::default()) else { return };
    let mut end = 0;
    for document in documents {
        let between = &file[end..document.offset];
        assert!(between.is_empty() || between.starts_with(b"---"), "lost: {between:?}");
        let lines = file[..document.offset].iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(document.line as usize, lines + 1);
        end = document.offset + document.text.len();
        if let std::borrow::Cow::Borrowed(text) = document.text {
            assert_eq!(&file[document.offset..end], text);
        } else {
            assert!(document.text.ends_with(b"\n"));
            end = file[document.offset..]
                .windows(4)
                .position(|bytes| bytes == b"\n---")
                .map_or(file.len(), |at| document.offset + at + 1);
        }
        let _ = yaml::read(&document.text, document.base());
    }
}

/// Reading ends in a value or an error whose places are within the text; a value survives being
/// written.
pub fn read(text: &[u8]) {
    let base = Base { line: 7, offset: 1000 };
    let _ = yaml::json::read(text, base);
    match yaml::read_yaml(text, base) {
        Ok(document) => {
            check_spans(text, &document.root);
            for duplicate in &document.duplicates {
                check_span(text, duplicate.key_span);
                check_span(text, duplicate.first);
            }
            round_trip(&document.root.to_json());
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            if let (Some(span), false) = (error.span(), matches!(error, Error::Encoding { .. })) {
                assert!(span.start >= base.offset && span.position.line >= base.line, "{error:?}");
            }
        }
    }
}

fn check_spans(text: &[u8], node: &Node) {
    check_span(text, node.span);
    match &node.data {
        Data::Sequence(items) => items.iter().for_each(|item| check_spans(text, item)),
        Data::Mapping(entries) => entries.iter().for_each(|entry| {
            check_span(text, entry.key_span);
            check_spans(text, &entry.value);
        }),
        _ => {}
    }
}

/// The place of a span is the place of its first byte, as anybody would count.
fn check_span(text: &[u8], span: Span) {
    assert!(span.start <= span.end, "{span:?}");
    let Ok(text) = std::str::from_utf8(text) else { return };
    // go-yaml's own idea of lines and of byte order marks is not for counting; carriage returns alone
    // neither.
    if text.contains(['\u{85}', '\u{2028}', '\u{2029}', '\u{feff}', '\r']) {
        return;
    }
    assert!(span.end <= 1000 + text.len(), "{span:?} in {text:?}");
    let before = &text[..span.start - 1000];
    let line = before.matches('\n').count();
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count();
    // Where nothing is written, go-yaml gives the end of the text a line of its own.
    if span.start - 1000 < text.len() {
        let got = (span.position.line as usize, span.position.column as usize);
        assert_eq!(got, (7 + line, 1 + column), "{span:?} in {text:?}");
    }
}

/// JSON, or any text as a string: what is written is read back.
pub fn write(input: &[u8]) {
    let value = serde_json::from_slice(input)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(input).into_owned()));
    round_trip(&value);
    round_trip(&serde_json::json!({ "key": [value.clone()], String::from_utf8_lossy(input): value }));
}

fn round_trip(value: &Value) {
    let Ok(text) = yaml::write(value) else { return };
    if !is_reversible(value) {
        return;
    }
    assert!(text.ends_with('\n'), "{text:?}");
    match yaml::read_yaml(text.as_bytes(), Base::default()) {
        Ok(document) => {
            assert_eq!(document.duplicates, [], "{text:?}");
            assert_eq!(document.root.to_json(), normal(value), "{text:?}");
        }
        Err(error) => panic!("{error} in {text:?}"),
    }
}

/// What go-yaml itself cannot read back as it was: a key `<<`, characters that are line breaks to
/// YAML 1.1 only.
fn is_reversible(value: &Value) -> bool {
    let tame = |text: &str| !text.contains(['\u{85}', '\u{2028}', '\u{2029}']);
    match value {
        Value::String(text) => tame(text),
        Value::Array(items) => items.iter().all(is_reversible),
        Value::Object(map) => map.iter().all(|(key, value)| key != "<<" && tame(key) && is_reversible(value)),
        _ => true,
    }
}

/// Whole floats are read as integers.
fn normal(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            let text = yaml::write(value).unwrap_or_default();
            let read = yaml::read_yaml(text.as_bytes(), Base::default());
            let read = read.map(|document| document.root.to_json()).unwrap_or(Value::Null);
            assert_eq!(read.as_f64(), number.as_f64(), "{text}");
            read
        }
        Value::Array(items) => items.iter().map(normal).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), normal(value))).collect(),
        _ => value.clone(),
    }
}
