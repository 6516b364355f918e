//! Private keys: of each its public half stays, so that it can be compared with its certificate.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Hidden, MASK, count};
use crate::doctor::x509::PublicPart;

/// RFC 7468.
const BEGIN: &str = "-----BEGIN ";
/// Ends a label.
const DASHES: &str = "-----";

/// The text with public keys in place of private ones.
pub(super) fn hide(text: &str, hidden: &mut Hidden) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(BEGIN) {
        let (before, block) = rest.split_at(at);
        shown.push_str(before);
        let label = block[BEGIN.len()..].split(DASHES).next().unwrap_or_default();
        if !label.ends_with("PRIVATE KEY") || label.len() > 40 {
            shown.push_str(BEGIN);
            rest = &block[BEGIN.len()..];
            continue;
        }
        let end = format!("-----END {label}-----");
        let length = block.find(&end).map_or(block.len(), |at| at + end.len());
        count(hidden, "private-key");
        shown.push_str(&public(&block[..length]));
        rest = &block[length..];
    }
    shown.push_str(rest);
    shown
}

/// The public half as a block of PEM, in the manner in which the private one stands there.
fn public(block: &str) -> String {
    // In JSON and in logs a line ends in `\n`; in YAML it is indented.
    let escaped = block.contains("\\n");
    let plain = if escaped { block.replace("\\r", "").replace("\\n", "\n") } else { block.to_owned() };
    let plain: String = plain.lines().map(|line| line.trim().to_owned() + "\n").collect();
    let key = PublicPart::of_pem(plain.as_bytes());
    if key.is_err() && !plain.contains("-----END ") {
        return MASK.to_owned();
    }
    let shown = key.unwrap_or(PublicPart::Unknown).to_pem();
    let indent = block.lines().nth(1).map_or("", |line| &line[..line.len() - line.trim_start().len()]);
    let lines: Vec<&str> = shown.lines().collect();
    if escaped { lines.join("\\n") } else { lines.join(&format!("\n{indent}")) }
}

/// Base64 of a private key, `client-key-data`: base64 of its public half; `None`: it has no private key.
pub(super) fn hide_encoded(value: &str, hidden: &mut Hidden) -> Option<String> {
    let packed: String = value.split_whitespace().collect();
    let decoded = STANDARD.decode(packed).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let mut own = Hidden::new();
    let shown = hide(&text, &mut own);
    if own.is_empty() {
        return None;
    }
    count(hidden, "private-key");
    Some(STANDARD.encode(shown))
}
