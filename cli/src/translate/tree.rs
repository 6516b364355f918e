//! What a file of another runtime says: one tree for JSON and TOML, and its leaves with their places.

use std::borrow::Cow;

use crio_config::{TomlEntry, TomlValue};
use kubeadm_config::yaml::{self, Base, Data, Limits, Node};

use super::fault::{Fault, Place};
use crate::masked::masked;

/// As many keys as a file may hold; one with more is no configuration. What becomes of a key may ask for
/// others, so that the work grows faster than the file.
pub(super) const MOST_KEYS: usize = 10_000;

/// A value, whatever it was written in.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Plain {
    Null,
    Bool(bool),
    /// As it was written.
    Number(String),
    Text(String),
    List(Vec<Plain>),
    Map(Vec<Key>),
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) place: Place,
    pub(super) value: Plain,
}

/// A key that holds no further keys.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    /// From the top of the file.
    pub(super) path: Vec<String>,
    pub(super) place: Place,
    pub(super) value: Plain,
}

impl Leaf {
    /// The part of the path there, or nothing.
    pub(super) fn part(&self, at: usize) -> &str {
        self.path.get(at).map_or("", String::as_str)
    }

    /// The path, for people.
    pub(super) fn name(&self) -> String {
        let parts: Vec<String> = self.path.iter().map(|part| quoted(part)).collect();
        host_prep::without_passwords(&parts.join("."))
    }

    /// Says it nothing at all: `""`, `[]`, `{}`, `null`?
    pub(super) fn is_empty(&self) -> bool {
        match &self.value {
            Plain::Null => true,
            Plain::Text(text) => text.is_empty(),
            Plain::List(items) => items.is_empty(),
            Plain::Map(keys) => keys.is_empty(),
            Plain::Bool(_) | Plain::Number(_) => false,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Plain::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn flag(&self) -> Option<bool> {
        match &self.value {
            Plain::Bool(flag) => Some(*flag),
            // A flag of a command line.
            Plain::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    pub(super) fn number(&self) -> Option<i64> {
        match &self.value {
            Plain::Number(text) | Plain::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A list of texts; one text is a list of one.
    pub(super) fn texts(&self) -> Option<Vec<&str>> {
        match &self.value {
            Plain::Text(text) => Some(vec![text]),
            Plain::List(items) => items
                .iter()
                .map(|item| match item {
                    Plain::Text(text) => Some(text.as_str()),
                    _ => None,
                })
                .collect(),
            _ => None,
        }
    }
}

fn quoted(part: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !part.is_empty() && part.chars().all(bare) { part.to_owned() } else { format!("{part:?}") }
}

/// The leaves below the keys, in their order.
pub(super) fn leaves(keys: &[Key]) -> Vec<Leaf> {
    let mut all = Vec::new();
    gather(keys, &mut Vec::new(), &mut all);
    all
}

fn gather(keys: &[Key], above: &mut Vec<String>, all: &mut Vec<Leaf>) {
    for key in keys {
        above.push(key.name.clone());
        match &key.value {
            Plain::Map(below) if !below.is_empty() => gather(below, above, all),
            value => all.push(Leaf { path: above.clone(), place: key.place, value: value.clone() }),
        }
        above.pop();
    }
}

/// The text of a file without the mark of its encoding: dockerd takes JSON in UTF-8 and UTF-16 with one
/// (moby, `daemon/config/config.go`).
pub(super) fn unmarked(bytes: &[u8]) -> Cow<'_, [u8]> {
    let of_utf_16 = |bytes: &[u8], number: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|pair| number([pair[0], pair[1]]));
        let text: String =
            char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        Cow::Owned(text.into_bytes())
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, text @ ..] => Cow::Borrowed(text),
        [0xFF, 0xFE, text @ ..] => of_utf_16(text, u16::from_le_bytes),
        [0xFE, 0xFF, text @ ..] => of_utf_16(text, u16::from_be_bytes),
        _ => Cow::Borrowed(bytes),
    }
}

/// Reads a file of JSON that has to be an object; one that is empty says nothing, to docker too.
pub(super) fn json(file: &str, bytes: &[u8]) -> Result<Vec<Key>, Fault> {
    let fault = |place, what: String| Fault { file: file.to_owned(), place, what };
    let bytes = &*unmarked(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Vec::new());
    }
    if !yaml::is_json(bytes) {
        let what = "it is not a JSON object: the first character has to be {";
        return Err(fault(Some(first_of(bytes)), what.into()));
    }
    let mut limits = Limits::default();
    limits.nodes = 2 * MOST_KEYS;
    let read = yaml::json::read_within(bytes, Base::default(), &limits).map_err(|error| {
        let place = error.position().map(|at| Place { line: at.line, column: at.column });
        fault(place, harmless(&error.to_string(), bytes, place))
    })?;
    match of_json(&read.root) {
        Plain::Map(keys) => Ok(keys),
        _ => Err(fault(Some(first_of(bytes)), "it is not a JSON object".into())),
    }
}

/// The first character that is no blank.
fn first_of(bytes: &[u8]) -> Place {
    let blank = bytes.iter().take_while(|byte| byte.is_ascii_whitespace());
    let mut place = Place { line: 1, column: 1 };
    for byte in blank {
        match byte {
            b'\n' => place = Place { line: place.line + 1, column: 1 },
            _ => place.column += 1,
        }
    }
    place
}

/// The text of an error, less what it quotes of a line that holds a secret.
fn harmless(text: &str, bytes: &[u8], place: Option<Place>) -> String {
    let at = place.map_or(0, |place| place.line.saturating_sub(1)) as usize;
    let all = String::from_utf8_lossy(bytes);
    let line = all.lines().nth(at).unwrap_or_default();
    if masked(line) == line && !super::secret::is_named_in(line) {
        return text.to_owned();
    }
    "the line cannot be read; it holds a secret and is not shown".into()
}

fn of_json(node: &Node) -> Plain {
    match &node.data {
        Data::Null => Plain::Null,
        Data::Bool(flag) => Plain::Bool(*flag),
        Data::Number(number) => Plain::Number(number.literal().to_owned()),
        Data::String(text) => Plain::Text(text.clone()),
        Data::Sequence(items) => Plain::List(items.iter().map(of_json).collect()),
        Data::Mapping(entries) => {
            let key = |entry: &yaml::Entry| Key {
                name: entry.key.clone(),
                place: Place { line: entry.key_span.position.line, column: entry.key_span.position.column },
                value: of_json(&entry.value),
            };
            Plain::Map(entries.iter().map(key).collect())
        }
    }
}

/// Reads a file of TOML.
pub(super) fn toml(file: &str, bytes: &[u8]) -> Result<Vec<Key>, Fault> {
    match crio_config::read_toml(bytes) {
        Ok(entries) if keys_in(&entries) > MOST_KEYS => {
            let what = format!("it holds more than {MOST_KEYS} keys: it is no runtime's configuration");
            Err(Fault { file: file.to_owned(), place: None, what })
        }
        Ok(entries) => Ok(of_toml(&entries)),
        Err(crio_config::Error::Syntax { place, message }) => {
            let place = Some(place_of(&place));
            Err(Fault { file: file.to_owned(), place, what: harmless(&message, bytes, place) })
        }
        Err(error) => Err(Fault { file: file.to_owned(), place: None, what: error.to_string() }),
    }
}

fn place_of(place: &crio_config::Place) -> Place {
    let short = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place { line: short(place.line), column: short(place.column) }
}

fn keys_in(entries: &[TomlEntry]) -> usize {
    let below = |entry: &TomlEntry| match &entry.value {
        TomlValue::Table(entries) => 1 + keys_in(entries),
        _ => 1,
    };
    entries.iter().map(below).sum()
}

fn of_toml(entries: &[TomlEntry]) -> Vec<Key> {
    let key = |entry: &TomlEntry| Key {
        name: entry.key.clone(),
        place: place_of(&entry.place),
        value: of_toml_value(&entry.value),
    };
    entries.iter().map(key).collect()
}

fn of_toml_value(value: &TomlValue) -> Plain {
    match value {
        TomlValue::String(text) | TomlValue::Datetime(text) => Plain::Text(text.clone()),
        TomlValue::Integer(number) => Plain::Number(number.to_string()),
        TomlValue::Float(number) => Plain::Number(number.to_string()),
        TomlValue::Boolean(flag) => Plain::Bool(*flag),
        TomlValue::Array(items) => Plain::List(items.iter().map(of_toml_value).collect()),
        TomlValue::Table(entries) => Plain::Map(of_toml(entries)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_file_names_its_place_and_no_secret() {
        let fault = json("daemon.json", b"{\n  \"a\": 1,\n}").unwrap_err();
        assert_eq!(fault.place, Some(Place { line: 3, column: 1 }), "{fault}");
        let fault = json("daemon.json", b"\n [1]").unwrap_err();
        assert_eq!(fault.place, Some(Place { line: 2, column: 2 }));
        assert!(json("daemon.json", &[0; 9]).is_err());
        let fault = toml("config.toml", b"[a]\npassword = hunter2\n").unwrap_err();
        assert_eq!(fault.place.map(|place| place.line), Some(2));
        assert!(!fault.to_string().contains("hunter2"), "{fault}");
        let fault = toml("config.toml", b"[a]\nlevel = high\n").unwrap_err();
        assert!(fault.to_string().contains("high"), "{fault}");
    }

    #[test]
    fn json_is_read_with_the_mark_of_its_encoding_and_may_be_empty() {
        let text = r#"{"debug": true}"#;
        let utf_16 = |number: fn(u16) -> [u8; 2]| -> Vec<u8> {
            format!("\u{feff}{text}").encode_utf16().flat_map(number).collect()
        };
        let marked = format!("\u{feff}{text}\r\n").into_bytes();
        for bytes in [marked, utf_16(u16::to_le_bytes), utf_16(u16::to_be_bytes)] {
            assert_eq!(leaves(&json("daemon.json", &bytes).unwrap())[0].flag(), Some(true), "{bytes:?}");
        }
        for empty in [&b""[..], b" \r\n", "\u{feff}".as_bytes()] {
            assert_eq!(json("daemon.json", empty).unwrap(), []);
        }
    }

    #[test]
    fn leaves_have_their_path_and_place() {
        let keys = toml("x", b"[a.\"b.c\"]\nd = [1]\n[e]\n").unwrap();
        let all = leaves(&keys);
        assert_eq!(all.iter().map(Leaf::name).collect::<Vec<_>>(), ["a.\"b.c\".d", "e"]);
        assert_eq!(all[0].place, Place { line: 2, column: 1 });
        assert!(all[1].is_empty() && !all[0].is_empty());
    }
}
