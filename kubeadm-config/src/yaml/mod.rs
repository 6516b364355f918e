//! YAML and JSON in, YAML out, as kubeadm's own libraries do it.
//!
//! kubeadm never looks at YAML itself: it cuts a file into documents line by line (apimachinery's
//! `YAMLReader`), turns each document into JSON (`sigs.k8s.io/yaml` on go-yaml v2, which speaks
//! YAML 1.1) and decodes that JSON; printing goes the other way. This module is those three steps,
//! with the place of every key and value kept:
//!
//! ```
//! use kubeadm_config::yaml::{self, Base, SplitRules};
//!
//! let file = b"kind: InitConfiguration\n---\nimagePullSerial: yes\nmode: 0644\n";
//! let documents = yaml::split(file, &SplitRules::default())?;
//! let second = yaml::read(&documents[1].text, documents[1].base())?;
//!
//! let serial = second.root.get("imagePullSerial").unwrap();
//! assert_eq!(serial.as_bool(), Some(true)); // YAML 1.1
//! assert_eq!(serial.span.position.line, 3); // of the file, not of the document
//! assert_eq!(second.root.get("mode").unwrap().as_i64(), Some(420)); // octal
//! # Ok::<(), yaml::Error>(())
//! ```
//!
//! * [`split()`] cuts a file into documents,
//! * [`read()`] reads one document into a [`Node`] tree, whether it is YAML or JSON ([`is_json`]),
//! * [`json::read`] reads strict JSON with the errors of Go's `encoding/json`,
//! * [`write()`] prints a JSON value with the bytes `sigs.k8s.io/yaml` would print.
//!
//! Nothing here knows a kubeadm field. No input makes it panic, recurse without bound or take
//! memory out of proportion: see [`Limits`].

mod error;
pub mod json;
mod locate;
mod node;
mod number;
mod read;
mod split;
mod timestamp;
mod write;

pub use error::{Duplicate, Error};
pub use locate::Place;
pub use node::{Data, Document, Entry, Node, Position, Span};
pub use number::Number;
pub use read::{read, read_yaml, read_yaml_within};
pub use split::{AfterSeparator, RawDocument, SplitRules, split};
pub use write::{WriteError, has_one_order, write};

/// Where a document starts in its file: what [`RawDocument::base`] says, or `Base::default()` for a
/// text that is a whole file.
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

/// What an input may cost. kubeadm itself has none of the first four limits; the last one is below
/// go-yaml's own (10 000 levels) and above anything a kubeadm document holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a file: 32 MiB.
    pub file: usize,
    /// Documents of a file: 20 000, where kubeadm has a use for ten at most.
    pub documents: usize,
    /// Bytes of one document: 4 MiB.
    pub document: usize,
    /// Values and keys of one document, aliases written out: one million.
    pub nodes: usize,
    /// Levels of lists and maps within each other: 128, as in serde_json.
    pub depth: usize,
}

impl Limits {
    /// The limits that [`read()`] and [`split()`] keep.
    pub const DEFAULT: Self =
        Self { file: 32 << 20, documents: 20_000, document: 4 << 20, nodes: 1_000_000, depth: 128 };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Whether kubeadm takes `text` for JSON: its first byte after white space is `{`. Such a document
/// has to be strict JSON; a YAML flow mapping at the root is refused.
#[must_use]
pub fn is_json(text: &[u8]) -> bool {
    // The real test looks at the first 2048 bytes only.
    let head = String::from_utf8_lossy(&text[..text.len().min(2048)]);
    head.trim_start().starts_with('{')
}
