//! The strict check of kubeadm up to 1.23: Go's own decoder over what `sigs.k8s.io/yaml` makes of a
//! document.
//!
//! It takes a key in any letter case, turns numbers and truth values into text where text is
//! wanted, and ends with the first thing it does not like.

use super::{Decoder, Order};
use crate::recognise::Recognised;
use crate::version::Minor;
use crate::wire::Kind;

/// What it says, if anything.
pub(crate) fn strict_error(document: &Recognised<'_>, kind: &'static Kind, minor: Minor) -> Option<String> {
    if let Some(text) = document.document.strict_error() {
        return Some(format!("error converting YAML to JSON: {text}"));
    }
    let mut decoder = Decoder::new(minor, Order::Sorted);
    decoder.tolerant = true;
    let decoded = decoder.root(&document.document.root, kind);
    let fatal = decoded.fatal()?;
    Some(format!("error unmarshaling JSON: while decoding JSON: {}", fatal.text))
}
