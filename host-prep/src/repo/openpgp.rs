//! Reads OpenPGP public keys (RFC 4880): as much of them as says which key it is and how long it is good.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha1::{Digest, Sha1};

use super::key::{Fingerprint, KeyError, KeyFacts};

const ARMOUR: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
const ARMOUR_END: &str = "-----END PGP PUBLIC KEY BLOCK-----";
const SIGNATURE: u8 = 2;
const PUBLIC_KEY: u8 = 6;

/// Every primary key of a key file.
///
/// # Errors
///
/// [`KeyError::NoKey`] where there is none, or one that cannot be read.
pub fn read_keys(bytes: &[u8]) -> Result<Vec<KeyFacts>, KeyError> {
    let no_key = |why: &str| KeyError::NoKey { why: why.to_owned() };
    let binary = if is_armoured(bytes) { unarmour(bytes).map_err(no_key)? } else { bytes.to_vec() };
    let mut keys: Vec<KeyFacts> = Vec::new();
    let mut rest = binary.as_slice();
    while !rest.is_empty() {
        let (tag, body, after) = packet(rest).ok_or_else(|| no_key(&describe(bytes)))?;
        match (tag, keys.last_mut()) {
            (PUBLIC_KEY, _) => keys.push(primary(body).map_err(no_key)?),
            (SIGNATURE, Some(key)) => key.learn(body),
            _ => {}
        }
        rest = after;
    }
    if keys.is_empty() { Err(no_key(&describe(bytes))) } else { Ok(keys) }
}

pub(super) fn is_armoured(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes).contains(ARMOUR)
}

/// What a download that is no key most likely is.
fn describe(bytes: &[u8]) -> String {
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(512)]).to_ascii_lowercase();
    let what = match () {
        () if bytes.is_empty() => "it is empty",
        () if start.contains("<html") || start.contains("<!doctype") => "it is a web page",
        () if start.contains("-----begin pgp") => "it is OpenPGP, but no public key",
        () if start.contains("<?xml") => "it is XML, as some servers answer errors",
        () => "it is damaged, cut short or something else",
    };
    what.to_owned()
}

/// The bytes of every armoured block (RFC 4880, 6.2), one after the other.
fn unarmour(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    let text = String::from_utf8_lossy(bytes);
    let mut binary = Vec::new();
    for block in text.split(ARMOUR).skip(1) {
        let (block, _) = block.split_once(ARMOUR_END).ok_or("its armour has no end: it is cut short")?;
        // Header lines such as `Version: ...` end with an empty line.
        let lines = block.lines().skip(1).map(str::trim);
        let body = lines.skip_while(|line| line.contains(": ")).filter(|line| !line.is_empty());
        // The last line, `=` and four characters, is a checksum that newer writers leave out.
        let base64: String = body.take_while(|line| !line.starts_with('=')).collect();
        binary.extend(BASE64_STANDARD.decode(&base64).map_err(|_| "its armour is damaged")?);
    }
    Ok(binary)
}

/// Tag, body and what follows (RFC 4880, 4.2).
fn packet(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    if first & 0x80 == 0 {
        return None;
    }
    let (tag, (len, rest)) = if first & 0x40 == 0 {
        let old = |size: usize| big_endian(rest, size);
        let length = match first & 3 {
            0 => old(1)?,
            1 => old(2)?,
            2 => old(4)?,
            _ => return None,
        };
        ((first >> 2) & 0xf, length)
    } else {
        (first & 0x3f, length(rest)?)
    };
    let (body, after) = (rest.get(..len)?, rest.get(len..)?);
    Some((tag, body, after))
}

/// A length of the new kind, as packets and subpackets have it.
fn length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match *bytes.first()? {
        one @ 0..192 => Some((usize::from(one), &bytes[1..])),
        first @ 192..224 => {
            let second = usize::from(*bytes.get(1)?);
            Some((((usize::from(first) - 192) << 8) + second + 192, &bytes[2..]))
        }
        255 => big_endian(&bytes[1..], 4),
        // Partial lengths are for data, never for keys.
        _ => None,
    }
}

fn big_endian(bytes: &[u8], size: usize) -> Option<(usize, &[u8])> {
    let (number, rest) = (bytes.get(..size)?, bytes.get(size..)?);
    Some((number.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest))
}

fn primary(body: &[u8]) -> Result<KeyFacts, &'static str> {
    let [4, a, b, c, d, ..] = *body else { return Err("its key is not of version 4") };
    let len = u16::try_from(body.len()).map_err(|_| "its key is too long")?;
    let mut hash = Sha1::new();
    hash.update([0x99]);
    hash.update(len.to_be_bytes());
    hash.update(body);
    Ok(KeyFacts {
        fingerprint: Fingerprint(hash.finalize().into()),
        created: u64::from(u32::from_be_bytes([a, b, c, d])),
        expires: None,
        revoked: false,
        dated: None,
    })
}

impl KeyFacts {
    /// Takes what a signature over this key says, if it is the newest of the key's own.
    fn learn(&mut self, body: &[u8]) {
        let Some(signature) = SelfSignature::parse(body) else {
            if body.first() == Some(&3) {
                self.dated = Some("a signature of version 3");
            }
            return;
        };
        if !self.fingerprint.0.ends_with(&signature.issuer) {
            return;
        }
        match signature.kind {
            // Revocation of the key itself.
            0x20 => self.revoked = true,
            // Certifications of a user id, and the direct signature; a later one in the file replaces an earlier one
            // in practice, so the order of the file stands for the order in time.
            0x10..=0x13 | 0x1f => {
                self.expires = signature.lifetime.map(|seconds| self.created + seconds);
                self.dated = signature.dated;
            }
            _ => {}
        }
    }
}

struct SelfSignature {
    kind: u8,
    issuer: [u8; 8],
    /// Seconds after the key was made.
    lifetime: Option<u64>,
    dated: Option<&'static str>,
}

impl SelfSignature {
    fn parse(body: &[u8]) -> Option<Self> {
        let [4, kind, _, hash, ..] = *body else { return None };
        let dated = match hash {
            1 => Some("a self-signature over MD5"),
            2 => Some("a self-signature over SHA-1"),
            _ => None,
        };
        let (len, rest) = big_endian(&body[4..], 2)?;
        let (hashed, rest) = (rest.get(..len)?, rest.get(len..)?);
        let (len, rest) = big_endian(rest, 2)?;
        let mut signature = Self { kind, issuer: [0; 8], lifetime: None, dated };
        signature.subpackets(hashed, true)?;
        signature.subpackets(rest.get(..len)?, false)?;
        Some(signature)
    }

    /// Subpackets outside the hashed part may only name the issuer.
    fn subpackets(&mut self, mut bytes: &[u8], hashed: bool) -> Option<()> {
        while !bytes.is_empty() {
            let (len, rest) = length(bytes)?;
            let (one, after) = (rest.get(..len)?, rest.get(len..)?);
            bytes = after;
            let (kind, body) = one.split_first()?;
            match kind & 0x7f {
                9 if hashed => {
                    let (seconds, _) = big_endian(body, 4)?;
                    self.lifetime = (seconds != 0).then_some(seconds as u64);
                }
                16 => self.issuer = body.try_into().ok()?,
                33 => self.issuer = body.get(body.len().checked_sub(8)?..)?.try_into().ok()?,
                _ => {}
            }
        }
        Some(())
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
        assert_eq!(why(format!("{ARMOUR}\n\nmQENBF").as_bytes()), "its armour has no end: it is cut short");
        assert_eq!(why(b"\x99\x01\x0d\x04"), "it is damaged, cut short or something else");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            let _ = read_keys(&bytes);
            let mut signature = vec![0xc2, 0x3f];
            signature.extend(&bytes);
            let _ = read_keys(&signature);
            let _ = SelfSignature::parse(&[&[4, 0x13, 1, 8][..], &bytes].concat());
        }
    }
}
