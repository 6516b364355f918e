//! Reading YAML as go-yaml v2 does: text, tokens, tree, values.
//!
//! The YAML crates read YAML 1.2 or libyaml's 1.1, and each accepts or refuses a few things
//! otherwise than go-yaml; none has its errors. Those follow, word and line, from the order in
//! which it looks at things, so that order is kept here: characters are judged in pieces of 512
//! bytes, tokens are made no sooner than asked for, and aliases are resolved while the tree grows.
//! Checked against go-yaml on millions of broken documents, see `tests/`.

mod base64;
mod block_scalar;
mod collection;
mod cursor;
mod decode;
mod encoding;
mod golang;
mod key;
pub(super) mod resolve;
mod scalar;
mod scanner;
mod tag;
mod token;
mod tree;

pub(super) use base64::to_text;

use super::{Base, Data, Document, Error, Limits, Node, Position, Span};
use decode::Decoder;
use encoding::Text;
use tree::Parser;

/// Reads one document: JSON if [`is_json`](super::is_json) says so, else YAML as [`read_yaml`].
///
/// # Errors
///
/// Those of [`read_yaml`] and [`json::read`](super::json::read).
pub fn read(text: &[u8], base: Base) -> Result<Document, Error> {
    if super::is_json(text) { super::json::read(text, base) } else { read_yaml(text, base) }
}

/// Reads the first YAML document of a text into what `sigs.k8s.io/yaml` makes JSON of. Go reads a
/// text of several documents like this too; [`split`](super::split()) comes before.
///
/// # Errors
///
/// Every error but those of JSON and of separators.
///
/// Only what JSON has survives: comments, anchors and styles are gone, and `yes`, `0o17` or `1e3`
/// are what go-yaml v2 takes them for. A key that stands twice counts as written last, and is
/// listed in [`Document::duplicates`].
///
/// ```
/// use kubeadm_config::yaml::{Base, read_yaml};
///
/// let document = read_yaml(b"a: 1\na: 2\n", Base::default())?;
/// assert_eq!(document.root.to_json(), serde_json::json!({"a": 2}));
/// assert_eq!(document.duplicates[0].first.position.line, 1);
/// let error = read_yaml(b"a: [1\n", Base::default()).unwrap_err();
/// assert!(error.to_string().starts_with("yaml: line 1:"), "{error}");
/// # Ok::<(), kubeadm_config::yaml::Error>(())
/// ```
pub fn read_yaml(text: &[u8], base: Base) -> Result<Document, Error> {
    read_yaml_within(text, base, &Limits::DEFAULT)
}

/// As [`read_yaml`] with other limits.
///
/// # Errors
///
/// As [`read_yaml`].
pub fn read_yaml_within(text: &[u8], base: Base, limits: &Limits) -> Result<Document, Error> {
    if text.len() > limits.document {
        let limit = limits.document;
        return Err(Error::TooLarge { what: "document", size: text.len(), limit });
    }
    let text = Text::of(if text.is_empty() { b"\n" } else { text });
    let tree = Parser::new(&text, base, limits).parse()?;
    let Some(root) = tree.root else {
        let position = Position { line: base.line, column: 1 };
        let span = Span { start: base.offset, end: base.offset, position };
        return Ok(Document { root: Node { data: Data::Null, span }, duplicates: Vec::new() });
    };
    let mut decoder = Decoder::new(&tree, limits);
    let root = decoder.root(root)?;
    Ok(Document { root, duplicates: decoder.duplicates })
}
