//! Ids of machines: told apart by their digests, so that equal ones stay equal and none is shown.

use sha2::{Digest, Sha256};

/// What a digest begins with.
const PREFIX: &str = "sha256-";

/// The digest of an id; `None`: it is none, or that of no one machine.
pub(super) fn digest_of_id(text: &str) -> Option<String> {
    let id = text.trim();
    let digits = id.to_ascii_lowercase().replace('-', "");
    let blank = ["0", "f"].iter().any(|digit| digits.replace(digit, "").is_empty());
    if blank || id == "uninitialized" {
        return None;
    }
    if id.starts_with(PREFIX) {
        return Some(id.to_owned());
    }
    Some(format!("{PREFIX}{}", hex(&Sha256::digest(id.as_bytes()))))
}

/// Bytes in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
