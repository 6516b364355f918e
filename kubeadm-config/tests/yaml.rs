//! YAML from outside: what is written is read back, nothing makes it panic, and what is too much is
//! refused in time.

use kubeadm_config::yaml::{self, Base, Error, Limits, SplitRules};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Text out of what YAML gives a meaning to. Not U+0085, U+2028 and U+2029, which go-yaml itself
/// does not keep.
fn text() -> impl Strategy<Value = String> {
    let hostile = prop::sample::select(vec![
        "a",
        "b",
        " ",
        "  ",
        "\n",
        "\t",
        "'",
        "\"",
        "\\",
        ": ",
        " #",
        "- ",
        "? ",
        "&",
        "*",
        "!",
        "|",
        ">",
        "%",
        "@",
        "`",
        "{",
        "}",
        "[",
        "]",
        ",",
        "yes",
        "n",
        "on",
        "null",
        "~",
        "1",
        "0644",
        "0x1F",
        "1_000",
        "1e3",
        ".inf",
        "12:30",
        "2001-12-14",
        "---",
        "...",
        "=",
        "é",
        "专",
        "\u{1F600}",
        "\u{a0}",
        "\u{feff}",
        "\r",
        "\0",
        "words that go on and on ",
        "/var/lib/kubelet",
    ]);
    prop_oneof![
        prop::collection::vec(hostile, 0..12).prop_map(|parts| parts.concat()),
        "[a-zA-Z0-9_./:-]{0,40}",
        any::<String>()
            .prop_filter("kept by go-yaml", |text| !text.contains(['\u{85}', '\u{2028}', '\u{2029}'])),
    ]
}

fn key() -> impl Strategy<Value = String> {
    text().prop_filter("no merge", |key| key != "<<")
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1.0e6..1.0e6f64).prop_filter("a fraction", |float| float.fract() != 0.0).prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key(), inner), 0..6)
                .prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #![proptest_config(test_kit::repeatable!(256))]

    #[test]
    fn what_is_written_is_read_back(value in value()) {
        // Characters that YAML forbids cannot be written.
        let Ok(text) = yaml::write(&value) else { return Ok(()) };
        let document = yaml::read_yaml(text.as_bytes(), Base::default());
        let document = document.map_err(|error| TestCaseError::fail(format!("{error} in {text:?}")))?;
        prop_assert_eq!(document.strict_error(), None);
        prop_assert_eq!(document.root.to_json(), value);
    }

    #[test]
    fn json_is_read_as_json(value in value()) {
        let text = value.to_string();
        let document = yaml::json::read(text.as_bytes(), Base::default());
        prop_assert_eq!(document.map(|document| document.root.to_json()), Ok(value));
    }

    #[test]
    fn another_reader_agrees_about_plain_documents(
        entries in prop::collection::btree_map("[a-z][a-zA-Z]{2,20}", "[a-zA-Z0-9 ./:,=-]{0,120}", 0..10),
    ) {
        let value = json!(entries);
        let text = yaml::write(&value).unwrap();
        let theirs: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        let document = yaml::read(text.as_bytes(), Base::default()).unwrap();
        prop_assert_eq!(theirs, document.root.to_json());
    }

    #[test]
    fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let _ = yaml::json::read(&bytes, Base::default());
        for document in yaml::split(&bytes, &SplitRules::default()).unwrap_or_default() {
            let _ = yaml::read(&document.text, document.base());
        }
    }

    #[test]
    fn yaml_like_text_never_panics(parts in prop::collection::vec(text(), 0..20)) {
        let text = parts.concat();
        for encoded in [text.clone().into_bytes(), utf16(&text)] {
            let _ = yaml::read_yaml(&encoded, Base::default());
        }
    }
}

/// Big endian, with its byte order mark.
fn utf16(text: &str) -> Vec<u8> {
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect()
}

#[test]
fn utf16_is_read() {
    let document = yaml::read(&utf16("kind: Blau😀\nlist:\n- ä\n"), Base::default()).unwrap();
    assert_eq!(document.root.to_json(), json!({"kind": "Blau😀", "list": ["ä"]}));
    assert_eq!(document.root.get("list").unwrap().as_sequence().unwrap()[0].span.position.line, 3);
}

/// Reads what is meant to take forever; tells what is said of it. That it costs as much as it is long is
/// tested where processor time is measured (`tests/suite/growth.rs`).
fn refused(text: &[u8]) -> Error {
    yaml::split(text, &SplitRules::default())
        .and_then(|documents| {
            documents.iter().try_for_each(|document| yaml::read(&document.text, document.base()).map(drop))
        })
        .unwrap_err()
}

#[test]
fn nesting_is_bounded() {
    for text in ["[", "{\"a\":", "a: [", "- ", "? ", "{a: "] {
        let error = refused(text.repeat(100_000).as_bytes());
        let told = matches!(error, Error::TooDeep { .. } | Error::Syntax { .. } | Error::Json { .. });
        assert!(told, "{text}: {error}");
    }
    let depth = Limits::DEFAULT.depth;
    let nested = |levels: usize| format!("a: {}{}\n", "[".repeat(levels), "]".repeat(levels));
    assert!(yaml::read(nested(depth - 1).as_bytes(), Base::default()).is_ok());
    let error = refused(nested(depth).as_bytes());
    assert_eq!(error.to_string(), "lists and maps are nested more than 128 levels deep");
    assert_eq!(error.position().map(|position| (position.line, position.column)), Some((1, 131)));
}

#[test]
fn aliases_are_bounded() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    assert_eq!(refused(bomb.as_bytes()).to_string(), "yaml: document contains excessive aliasing");
    assert_eq!(refused(b"a: &a [*a]\n").to_string(), "yaml: anchor 'a' value contains itself");
}

#[test]
fn size_is_bounded() {
    let error = refused("a: b\n".repeat(10 << 20).as_bytes());
    assert_eq!(error.to_string(), "the file has 52428800 bytes, more than the 33554432 that are read");
    let error = refused("a: b\n".repeat(1 << 20).as_bytes());
    assert_eq!(error.to_string(), "the document has 5242880 bytes, more than the 4194304 that are read");
    let error = refused("- \n".repeat(1_100_000).as_bytes());
    assert_eq!(error.to_string(), "the document holds more than 1000000 values");
}

#[test]
fn bytes_that_are_no_text_have_a_place() {
    let error = refused(b"kind: A\nname: \"b\0\"\n");
    assert_eq!(error.to_string(), "yaml: control characters are not allowed");
    assert_eq!(error.position().map(|position| (position.line, position.column)), Some((2, 9)));
    let error = refused(b"kind: A\n---\nname: gr\xFCn\n");
    assert_eq!(error.to_string(), "yaml: invalid leading UTF-8 octet");
    assert_eq!(
        error.span().map(|span| (span.start, span.position.line, span.position.column)),
        Some((20, 3, 9))
    );
}

#[test]
fn keys_that_stand_twice() {
    let text = b"kind: A\n---\na:\n  b: 1\n  b:\n  - 2\n'a': 3\n5: x\n5: z\n";
    let documents = yaml::split(text, &SplitRules::default()).unwrap();
    let document = yaml::read(&documents[1].text, documents[1].base()).unwrap();
    let expected = "yaml: unmarshal errors:\n  line 4: key \"b\" already set in map\n  line 5: key \"a\" already set in map\n  \
                    line 7: key 5 already set in map";
    assert_eq!(document.strict_error().as_deref(), Some(expected));
    assert_eq!(document.root.to_json(), json!({"a": 3, "5": "z"}));
    let places: Vec<_> = document
        .duplicates
        .iter()
        .map(|duplicate| (duplicate.key_span.position.line, duplicate.first.position.line))
        .collect();
    assert_eq!(places, [(5, 4), (7, 3), (9, 8)]);
}

#[test]
fn keys_that_only_json_takes_for_one() {
    let document =
        yaml::read("1: a\n'1': b\n0x1: c\n.nan: d\n.NaN: e\n".as_bytes(), Base::default()).unwrap();
    let entries: Vec<_> =
        document.root.as_mapping().unwrap().iter().map(|entry| entry.key.as_str()).collect();
    assert_eq!(entries, ["1", ".nan"]);
    assert_eq!(document.root.to_json(), json!({"1": "b", ".nan": "e"}));
    assert_eq!(document.duplicates.len(), 1, "0x1 is 1");
    let error = yaml::read(b"null: a\n'null': b\n", Base::default()).unwrap_err();
    assert_eq!(error.to_string(), "unsupported map key of type: %!s(<nil>), key: <nil>, value: \"a\"");
    let error = yaml::read(b"a: &x\n*x : b\n", Base::default()).unwrap_err();
    assert_eq!(error.position().map(|position| position.line), Some(2));
}

#[test]
fn merges_and_aliases() {
    let text = "base: &base {a: 1, b: 2}\nover: &over {b: 3}\none: {<<: *base, b: 4}\ntwo: {<<: [*over, *base], c: 5}\n";
    let document = yaml::read(text.as_bytes(), Base::default()).unwrap();
    assert_eq!(document.root.get("one").unwrap().to_json(), json!({"a": 1, "b": 4}));
    assert_eq!(document.root.get("two").unwrap().to_json(), json!({"a": 1, "b": 3, "c": 5}));
    assert_eq!(document.root.get("two").unwrap().get("b").unwrap().span.position.line, 2);
    let error = yaml::read(b"a: 1\nb: {<<: 2}\n", Base::default()).unwrap_err();
    assert_eq!(error.to_string(), "yaml: map merge requires map or sequence of maps as the value");
}

/// The bench of the same name tells how the time grows.
#[test]
fn a_long_stream_keeps_its_places() {
    const COUNT: usize = 20_000;
    let file = "kind: ClusterConfiguration\nnetworking:\n  podSubnet: 10.244.0.0/16\n---\n".repeat(COUNT);
    let documents = yaml::split(file.as_bytes(), &SplitRules::default()).unwrap();
    assert_eq!(documents.len(), COUNT);
    let last = documents.iter().map(|raw| yaml::read(&raw.text, raw.base()).unwrap()).next_back().unwrap();
    assert_eq!(last.root.span.position.line as usize, 4 * (COUNT - 1) + 1);
}
