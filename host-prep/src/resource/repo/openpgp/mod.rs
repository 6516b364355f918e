//! OpenPGP public keys (RFC 4880): read strictly, checked, and written anew.
//!
//! Programs read key files by different rules: apt's `apt-key` takes every line of every armour
//! after an empty one, others stop at the first checksum, old rpm believes every subkey. So nothing
//! that was received is ever written. A file is taken apart ([`armour`], [`packet`]), whatever no
//! key file needs is refused, each key is checked ([`certificate`]), and what was checked is
//! written in one form that all of them read alike.

mod algorithm;
mod armour;
mod certificate;
mod packet;
mod signature;

pub(super) use armour::armour;
pub(super) use certificate::{Verified, verified};

use super::key_facts::{KeyError, KeyFacts};
use crate::mirrors::Fingerprint;
use packet::{PUBLIC_KEY, Packet, packets};

/// Larger than the keys of any repository.
pub const MAX_KEY_FILE: usize = 1 << 20;

/// A primary key and the packets that follow it, nothing of which is checked yet.
pub(super) struct Raw<'a> {
    pub(super) fingerprint: Fingerprint,
    body: &'a [u8],
    parts: Vec<Packet<'a>>,
}

/// Every primary key of a key file, armoured or binary, with what its verified self-signatures say.
///
/// # Errors
///
/// [`KeyError`] where there is none, or the file holds anything else.
pub fn read_keys(bytes: &[u8]) -> Result<Vec<KeyFacts>, KeyError> {
    let binary = binary(bytes)?;
    raw(&binary)?.iter().map(|raw| verified(raw, 0).map(|key| key.facts)).collect()
}

/// The packets of a key file.
pub(super) fn binary(bytes: &[u8]) -> Result<Vec<u8>, KeyError> {
    if bytes.len() > MAX_KEY_FILE {
        return Err(KeyError::NoKey { why: format!("it is larger than {MAX_KEY_FILE} bytes") });
    }
    match bytes.first() {
        Some(first) if first & 0x80 != 0 => Ok(bytes.to_vec()),
        _ if is_armoured(bytes) => armour::unarmour(bytes),
        _ => Err(KeyError::NoKey { why: describe(bytes).to_owned() }),
    }
}

/// Takes the packets apart, key by key.
pub(super) fn raw(binary: &[u8]) -> Result<Vec<Raw<'_>>, KeyError> {
    let mut keys: Vec<Raw<'_>> = Vec::new();
    for packet in packets(binary)? {
        match (packet.tag, keys.last_mut()) {
            (PUBLIC_KEY, _) => {
                let fingerprint = Fingerprint::of_key(packet.body).ok_or_else(|| KeyError::Foreign {
                    found: match packet.body.first() {
                        Some(version) => format!("a key of version {version}; only version 4 is supported"),
                        None => "an empty key".into(),
                    },
                })?;
                keys.push(Raw { fingerprint, body: packet.body, parts: Vec::new() });
            }
            (_, Some(key)) => key.parts.push(packet),
            (_, None) => {
                let found = format!("{} before the first key", packet.name());
                return Err(KeyError::Foreign { found });
            }
        }
    }
    if keys.is_empty() { Err(KeyError::NoKey { why: describe(binary).to_owned() }) } else { Ok(keys) }
}

fn is_armoured(bytes: &[u8]) -> bool {
    const BEGIN: &[u8] = b"-----BEGIN PGP ";
    bytes.windows(BEGIN.len()).any(|window| window == BEGIN)
}

/// What a download that is no key most likely is.
fn describe(bytes: &[u8]) -> &'static str {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(512)]).to_ascii_lowercase();
    match () {
        () if bytes.is_empty() => "it is empty",
        () if start.contains("<html") || start.contains("<!doctype") => "it is a web page",
        () if start.contains("<?xml") => "it is XML, as some servers answer errors",
        () => "it is damaged, cut short or something else",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_key_is_said_to_be_what_it_is() {
        let why = |bytes: &[u8]| match read_keys(bytes) {
            Err(KeyError::NoKey { why }) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(why(b""), "it is empty");
        assert_eq!(why(b"<!DOCTYPE html><html>captive portal"), "it is a web page");
        let cut = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBF";
        assert_eq!(why(cut), "its armour has no end: it is cut short");
        assert_eq!(why(b"\x99\x01\x0d\x04"), "it is damaged, cut short or something else");
        assert_eq!(why(&vec![0x99; MAX_KEY_FILE + 1]), "it is larger than 1048576 bytes");
    }

    proptest::proptest! {
        #![proptest_config(test_kit::repeatable!(256))]

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = read_keys(&bytes);
            let mut signature = vec![0xc2, 0x3f];
            signature.extend(&bytes);
            let _ = read_keys(&signature);
            let _ = signature::Signature::parse(&[&[4, 0x13, 1, 8][..], &bytes].concat());
            let text = format!("-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n{}", String::from_utf8_lossy(&bytes));
            let _ = read_keys(text.as_bytes());
        }
    }
}
