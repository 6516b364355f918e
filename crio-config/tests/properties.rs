//! What holds for every input: printing gives the bytes back, an edit says what was set, undoing it
//! leaves no trace, and nothing makes the crate panic.

use crio_config::{CheckOptions, Document, KeyPath, Release, Sources, Value, check};
use proptest::prelude::*;

/// Lines as configuration files have them, odd ones too.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[ \t]{0,3}# ?[a-z_]{1,8} = .{0,6}".prop_map(|line| line.replace(['\r', '\n'], " ")),
        "[ \t]{0,2}[a-c]{1,2} {0,2}= {0,2}(1|\"x\"|'y'|true|\\[\\]|\\[ 1, 2 \\]|\\{\\}|\\{ p = 1 \\})( #.{0,4})?"
            .prop_map(|line| line.replace(['\r', '\n'], " ")),
        "[a-c]\\.[a-c]( \\. [a-c])? = 1",
        "\\[(crio|crio\\.[a-c]|[a-c])\\]( # c)?",
        "\\[\\[[a-c]\\]\\]",
        "[a-c] = \\[( #.{0,3})?\n  \"v\", # c\n\\]".prop_map(|line| line.replace('\r', " ")),
    ]
}

fn text() -> impl Strategy<Value = String> {
    let ends = prop_oneof![Just("\n"), Just("\r\n")];
    (prop::collection::vec(line(), 0..12), ends, any::<bool>(), any::<bool>()).prop_map(
        |(lines, end, last_end, bom)| {
            let mut text = lines.join("\n").replace('\n', end);
            if last_end {
                text.push_str(end);
            }
            if bom { format!("\u{feff}{text}") } else { text }
        },
    )
}

fn path() -> impl Strategy<Value = KeyPath> {
    let part = prop_oneof![Just("crio".to_owned()), "[a-d]", "\\PC{1,3}"];
    prop::collection::vec(part, 1..4).prop_map(|parts| KeyPath::from_parts(parts).unwrap())
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<String>().prop_map(Value::String),
        any::<i64>().prop_map(Value::Integer),
        any::<bool>().prop_map(Value::Boolean),
        prop::collection::vec(any::<String>(), 0..3).prop_map(Value::Strings),
        prop::collection::btree_map(any::<String>(), any::<String>(), 0..3).prop_map(Value::StringMap),
    ]
}

proptest! {
    #![proptest_config(test_kit::repeatable!(600))]

    #[test]
    fn print_is_input(text in text()) {
        if let Ok(document) = Document::parse(&text) {
            prop_assert_eq!(document.to_string(), text);
        }
    }

    #[test]
    fn set_then_get(text in text(), path in path(), value in value()) {
        let Ok(mut document) = Document::parse(&text) else { return Ok(()) };
        if document.set(&path, &value).is_ok() {
            prop_assert_eq!(document.get(&path), Some(value), "{}", document);
        } else {
            prop_assert_eq!(document.to_string(), text);
        }
    }

    #[test]
    fn set_then_unset(text in text(), path in path(), value in value()) {
        let Ok(mut document) = Document::parse(&text) else { return Ok(()) };
        let keys: Vec<_> = document.keys().collect();
        let folded = |path: &KeyPath| path.to_string().to_lowercase();
        let touches = |key: &KeyPath| folded(key).starts_with(&folded(&path)) || folded(&path).starts_with(&folded(key));
        prop_assume!(!keys.iter().any(touches));
        if document.set(&path, &value).is_ok() {
            prop_assert!(document.unset(&path).unwrap());
            prop_assert_eq!(document.to_string(), text);
        }
    }

    #[test]
    fn comments_survive(text in text(), path in path(), value in value()) {
        let Ok(mut document) = Document::parse(&text) else { return Ok(()) };
        // A comment inside a list goes with the list.
        prop_assume!(!text.contains(", #") && !text.contains("[ #") && !text.contains("[#"));
        let comments = |text: &str| text.matches('#').count();
        let before = comments(&text);
        if document.set(&path, &value).is_ok() {
            let own = comments(&value.to_string()) + comments(&path.to_string()) ;
            prop_assert!(comments(document.as_str()) + own >= before, "{}", document);
        }
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..60), minor in 9_u16..=37) {
        let sources = Sources::new().with_main("/etc/crio/crio.conf", bytes);
        let _ = check(&sources, Release::newest_of(minor), &CheckOptions::default());
    }

    #[test]
    fn no_text_panics(text in text(), minor in 9_u16..=37) {
        let sources = Sources::new().with_main("/etc/crio/crio.conf", text);
        let _ = check(&sources, Release::newest_of(minor), &CheckOptions::default());
    }
}

#[test]
fn nesting_without_end_is_refused_and_nothing_overflows() {
    for open in ["[", "{a=", "a.", "{a.a={a=[{a="] {
        let text = format!("a = {}", open.repeat(100_000));
        assert!(Document::parse(&text).is_err());
        let text = format!("{}a = 1", "a.".repeat(100_000));
        assert!(Document::parse(&text).is_err());
    }
    let deep = format!("a = {}{}", "[".repeat(200), "]".repeat(200));
    assert!(Document::parse(&deep).is_ok());
}
