//! Decoding as json-iterator does it, which kubeadm up to 1.22 uses.

use serde_json::{Map, Value};

use super::{Order, decode};
use crate::failure::Failure;
use crate::recognise::Recognised;
use crate::version::Minor;
use crate::wire::Kind;
use crate::yaml;

/// The content of a document, or json-iterator's complaint.
pub(crate) fn content(
    document: &Recognised<'_>,
    kind: &'static Kind,
    minor: Minor,
) -> Result<Map<String, Value>, Failure> {
    let decoded = if document.is_json() {
        let json = yaml::json::read(&document.text, document.base).map_err(|error| {
            let position = error.position();
            Failure::new(format!("couldn't get version/kind; json parse error: {error}")).at_maybe(position)
        })?;
        decode(&json.root, kind, minor, Order::Written)
    } else {
        decode(&document.document.root, kind, minor, Order::Sorted)
    };
    match decoded.fatal() {
        Some(finding) => Err(Failure::new(finding.text.clone()).at(finding.position)),
        None => Ok(decoded.content),
    }
}
