//! YAML and JSON in, YAML out, as kubeadm's own libraries do it.
//!
//! kubeadm never looks at YAML itself: it cuts a file into documents line by line (apimachinery's `YAMLReader`),
//! turns each document into JSON (`sigs.k8s.io/yaml` on go-yaml v2, which speaks YAML 1.1) and decodes that JSON;
//! printing goes the other way. This module is those three steps, with the place of every key and value kept:
//!
//! ```
//! use kubeadm_config::yaml::{self, SplitRules};
//!
//! let documents = yaml::split(b"kind: InitConfiguration\n---\n{\"kind\": \"Other\"}\n", &SplitRules::default())?;
//! let second = yaml::json::read(&documents[1].text, documents[1].base())?;
//! assert_eq!(second.root.get("kind").unwrap().span.position.line, 3); // of the file, not of the document
//! # Ok::<(), yaml::Error>(())
//! ```
//!
//! * [`split`] cuts a file into documents,
//! * [`json::read`] reads strict JSON with the errors of Go's `encoding/json`,
//!
//! Nothing here knows a kubeadm field. No input makes it panic, recurse without bound or take memory out of
//! proportion: see [`Limits`].

mod error;
pub mod json;
mod node;
mod number;
mod split;

pub use error::{Duplicate, Error};
pub use node::{Data, Document, Entry, Node, Position, Span};
pub use number::Number;
pub use split::{AfterSeparator, RawDocument, SplitRules, split};

/// Where a document starts in its file: what [`RawDocument::base`] says, or `Base::default()` for a text that is
/// a whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a plain pair of facts that callers construct")]
pub struct Base {
    /// Line of the document's first byte, counted from 1.
    pub line: u32,
    /// Bytes of the file before the document.
    pub offset: usize,
}

impl Default for Base {
    fn default() -> Self {
        Self { line: 1, offset: 0 }
    }
}

/// What an input may cost. kubeadm itself has none of the first three limits; the last two are below go-yaml's own
/// (10 000 levels) and above anything a kubeadm document holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a file: 32 MiB.
    pub file: usize,
    /// Bytes of one document: 4 MiB.
    pub document: usize,
    /// Values and keys of one document, aliases written out: one million.
    pub nodes: usize,
    /// Levels of lists and maps within each other: 500.
    pub depth: usize,
}

impl Limits {
    /// The limits that [`split`] and the readers keep.
    pub const DEFAULT: Self = Self { file: 32 << 20, document: 4 << 20, nodes: 1_000_000, depth: 500 };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Whether kubeadm takes `text` for JSON: its first byte after white space is `{`. Such a document has to be strict
/// JSON; a YAML flow mapping at the root is refused.
#[must_use]
pub fn is_json(text: &[u8]) -> bool {
    // The real test looks at the first 2048 bytes only.
    let head = String::from_utf8_lossy(&text[..text.len().min(2048)]);
    head.trim_start().starts_with('{')
}
