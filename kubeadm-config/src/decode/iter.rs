//! Decoding as json-iterator does it, which kubeadm up to 1.22 uses (v1.1.10, with exact letter
//! case).
//!
//! Pipeline: bytes -> `Reader` (where in the text, what went wrong) -> `Target` (which struct,
//! which fields in this minor) -> JSON values. The wording of errors is the library's own, so that
//! `like_kubeadm` and `check` say what such a kubeadm says; from 1.23 on kubeadm uses
//! `sigs.k8s.io/json`, a fork of `encoding/json`, and this module is not asked.

mod go_field;
mod number;
mod reader;
mod skip;
#[cfg(test)]
mod tests;
mod value;

use serde_json::{Map, Value};

use self::reader::{Reader, Trouble};
use self::value::Target;
use super::{Order, decode, raw};
use crate::failure::Failure;
use crate::recognise::Recognised;
use crate::version::Minor;
use crate::wire::Kind;
use crate::yaml;

/// The content of a document, or json-iterator's complaint.
///
/// YAML is turned into JSON first, keys sorted, as `sigs.k8s.io/yaml` does: excerpts in messages
/// are of that JSON and not of the file.
/// # Errors
/// The first error, with the place that Go's own decoder would have found for it.
pub(crate) fn content(
    document: &Recognised<'_>,
    kind: &'static Kind,
    minor: Minor,
) -> Result<Map<String, Value>, Failure> {
    if document.is_json() {
        let json = yaml::json::read(&document.text, document.base).map_err(|error| {
            let span = error.span();
            Failure::new(format!("couldn't get version/kind; json parse error: {error}")).at_maybe(span)
        })?;
        return read(&document.text, kind, minor)
            .map_err(|text| placed(text, decode(&json.root, kind, minor, Order::Written)));
    }
    let root = &document.document.root;
    read(raw::text(root).as_bytes(), kind, minor)
        .map_err(|text| placed(text, decode(root, kind, minor, Order::Sorted)))
}

/// The error where Go's own decoder would have found it: json-iterator itself knows no place in the
/// file.
fn placed(text: String, decoded: super::Decoded) -> Failure {
    Failure::new(text).at_maybe(decoded.fatal().map(|finding| finding.span))
}

/// `Unmarshal` into a kind.
///
/// Whether an error came of trailing bytes is asked last, as in `Unmarshal`.
fn read(text: &[u8], kind: &'static Kind, minor: Minor) -> Result<Map<String, Value>, String> {
    let mut reader = Reader::new(text);
    let mut content = Map::new();
    Target { shape: kind.fields, type_meta: kind.type_meta, minor }.read(&mut reader, &mut content);
    if reader.token() != 0 {
        reader.report("Unmarshal", "there are bytes left after unmarshal");
    }
    match reader.trouble {
        Some(Trouble::Error(error)) => Err(shown(&error)),
        _ => {
            content.remove("apiVersion");
            content.remove("kind");
            Ok(content)
        }
    }
}

/// An error as text: a character that an excerpt cuts in two is shown by its bytes, `\xc3`.
fn shown(error: &[u8]) -> String {
    let mut text = String::new();
    for chunk in error.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}
