//! What a document holds, with the place of every part.

use serde_json::Value as Json;

use super::{Duplicate, Number};

/// A place in a file, both numbers counted from 1; columns count characters, not bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_structs, reason = "line and column are all there is to a place")]
pub struct Position {
    /// Line of the file.
    pub line: u32,
    /// Character of the line.
    pub column: u32,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A stretch of a file. Of a UTF-16 document the offsets are those of its UTF-8 form; the position
/// is right in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "two ends and a place are all there is to a span")]
pub struct Span {
    /// Offset of the first byte in the file.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
    /// Place of the first byte.
    pub position: Position,
}

/// One document that could be read.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Document {
    /// The value; `null` for an empty document.
    pub root: Node,
    /// Keys that a map holds twice, in the order go-yaml reports them. kubeadm refuses them when it
    /// reads strictly and only then; the tree has the later value.
    pub duplicates: Vec<Duplicate>,
}

impl Document {
    /// What go-yaml's strict reading says of the keys that stand twice: `yaml: unmarshal errors:`
    /// and one indented line each, with lines counted from the start of the document. None if
    /// there are none.
    #[must_use]
    pub fn strict_error(&self) -> Option<String> {
        super::error::strict_text(&self.duplicates)
    }
}

/// A value and where it stands. A value that came through an alias or a merge stands where it was
/// written.
///
/// ```
/// use kubeadm_config::yaml::{self, Base};
///
/// let document = yaml::read(b"kind: X\nlist:\n- 0x10\n- yes\n", Base::default())?;
/// let list = document.root.get("list").and_then(|node| node.as_sequence()).unwrap();
/// assert_eq!((list[0].as_i64(), list[1].as_bool()), (Some(16), Some(true)));
/// assert_eq!((list[1].span.position.line, list[1].span.position.column), (4, 3));
/// # Ok::<(), yaml::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "trees are built by the readers of tests and tools too")]
pub struct Node {
    /// The value.
    pub data: Data,
    /// Where it stands.
    pub span: Span,
}

/// The values of JSON, which is all that survives of YAML.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "JSON has these six and no more")]
pub enum Data {
    /// `null`, `~`, nothing at all.
    Null,
    /// `true`, in YAML also `yes`, `on`, `y` …
    Bool(bool),
    /// A number.
    Number(Number),
    /// Text; in YAML also timestamps and what has a tag of its own.
    String(String),
    /// A list.
    Sequence(Vec<Node>),
    /// A map in the order of the file. In a YAML document keys are unique; in a JSON document a key
    /// may stand twice, because Go's decoder reads both, one over the other.
    Mapping(Vec<Entry>),
}

/// One key of a map with its value.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "trees are built by the readers of tests and tools too")]
pub struct Entry {
    /// The key as the JSON has it: a YAML key `y` is `true`, `0x10` is `16`.
    pub key: String,
    /// Where the key stands.
    pub key_span: Span,
    /// Its value.
    pub value: Node,
}

impl Node {
    /// The value of a key, the last one if it is a duplicate. None if there is none or this is no
    /// map.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// As [`Node::get`], with the place of the key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.as_mapping()?.iter().rev().find(|entry| entry.key == key)
    }

    /// The entries of a map.
    #[must_use]
    pub fn as_mapping(&self) -> Option<&[Entry]> {
        if let Data::Mapping(entries) = &self.data { Some(entries) } else { None }
    }

    /// The elements of a list.
    #[must_use]
    pub fn as_sequence(&self) -> Option<&[Self]> {
        if let Data::Sequence(nodes) = &self.data { Some(nodes) } else { None }
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Data::String(text) = &self.data { Some(text) } else { None }
    }

    /// A truth value.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        if let Data::Bool(truth) = self.data { Some(truth) } else { None }
    }

    /// A number.
    #[must_use]
    pub fn as_number(&self) -> Option<&Number> {
        if let Data::Number(number) = &self.data { Some(number) } else { None }
    }

    /// A whole number, see [`Number::as_i64`].
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        self.as_number()?.as_i64()
    }

    /// Whether this is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.data, Data::Null)
    }

    /// What Go's JSON decoder calls this kind of value in its messages: `string`, `number`, `bool`,
    /// `array`, `object` or `null`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.data {
            Data::Null => "null",
            Data::Bool(_) => "bool",
            Data::Number(_) => "number",
            Data::String(_) => "string",
            Data::Sequence(_) => "array",
            Data::Mapping(_) => "object",
        }
    }

    /// The value without its places.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match &self.data {
            Data::Null => Json::Null,
            Data::Bool(truth) => Json::Bool(*truth),
            Data::Number(number) => number.to_json(),
            Data::String(text) => Json::String(text.clone()),
            Data::Sequence(nodes) => Json::Array(nodes.iter().map(Self::to_json).collect()),
            Data::Mapping(entries) => {
                Json::Object(entries.iter().map(|e| (e.key.clone(), e.value.to_json())).collect())
            }
        }
    }
}

/// The bridge to the value type that other tools know. Keys are strings, numbers keep their
/// exactness.
#[cfg(feature = "serde_yaml")]
impl From<&Node> for serde_yaml::Value {
    fn from(node: &Node) -> Self {
        match &node.data {
            Data::Null => Self::Null,
            Data::Bool(truth) => Self::Bool(*truth),
            Data::Number(number) => {
                let exact = number.as_i64().map(serde_yaml::Number::from);
                let exact = exact.or_else(|| number.as_u64().map(serde_yaml::Number::from));
                Self::Number(exact.unwrap_or_else(|| serde_yaml::Number::from(number.as_f64())))
            }
            Data::String(text) => Self::String(text.clone()),
            Data::Sequence(nodes) => Self::Sequence(nodes.iter().map(Self::from).collect()),
            Data::Mapping(entries) => Self::Mapping(
                entries.iter().map(|e| (Self::String(e.key.clone()), Self::from(&e.value))).collect(),
            ),
        }
    }
}
