//! Keys of repositories, known by their fingerprint before anything signed by them is used.
//!
//! A package manager trusts whatever key it is handed. So the key file is read here first: every key in it has to be one
//! that is pinned, usable and not expired, and only then is it written where the package manager finds it. Fingerprints
//! cover the key material alone; the expiry comes from the newest self-signature, which is read and not verified:
//! a forged one can only make us refuse.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use crate::mirrors::Signer;

const ARMOUR: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";
const ARMOUR_END: &str = "-----END PGP PUBLIC KEY BLOCK-----";

/// The fingerprint of an OpenPGP version 4 key (RFC 4880, 12.2), read and printed in hexadecimal.
///
/// ```
/// use host_prep::repo::Fingerprint;
///
/// let kubernetes: Fingerprint = "DE15 B144 86CD 377B 9E87  6E1A 2346 54DA 9A29 6436".parse()?;
/// assert_eq!(kubernetes.to_string(), "DE15B14486CD377B9E876E1A234654DA9A296436");
/// # Ok::<(), host_prep::repo::InvalidFingerprint>(())
/// ```
#[derive(Clone, Copy, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 20]);

/// Text that is no fingerprint.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("`{0}` is no fingerprint: 40 hexadecimal digits, as `gpg --show-keys` prints them")]
pub struct InvalidFingerprint(String);

/// What is known of one key in a key file.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct KeyFacts {
    /// Its fingerprint.
    pub fingerprint: Fingerprint,
    /// When it was made, in seconds since 1970.
    pub created: u64,
    /// When it ends; `None`: never.
    pub expires: Option<u64>,
    /// Whether its owner revoked it.
    pub revoked: bool,
    /// What strict verifiers (apt 3 with sqv) hold against its newest self-signature.
    pub dated: Option<&'static str>,
}

/// A key file every key of which is pinned, valid and usable.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CheckedKeys {
    bytes: Vec<u8>,
    keys: Vec<KeyFacts>,
}

/// Why a key file is not used.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum KeyError {
    /// Not OpenPGP, or cut short: a web page of a proxy, an empty download.
    #[error("it holds no OpenPGP public key: {why}")]
    NoKey { why: String },
    /// A key that nobody pinned.
    #[error("it holds the key {found}, which is not pinned; expected {}", list(.pinned))]
    NotPinned { found: Fingerprint, pinned: Vec<Fingerprint> },
    /// A key whose time is over.
    #[error("the key {fingerprint} expired on {}", date(*.at))]
    Expired { fingerprint: Fingerprint, at: u64 },
    /// A key that its owner took back.
    #[error("the key {fingerprint} was revoked by its owner")]
    Revoked { fingerprint: Fingerprint },
}

impl CheckedKeys {
    /// Reads a key file, armoured or binary, and compares every key in it with the pins. `now` is in seconds since 1970.
    ///
    /// # Errors
    ///
    /// [`KeyError`], the first one of the file.
    pub fn check(bytes: impl Into<Vec<u8>>, pinned: &[Fingerprint], now: u64) -> Result<Self, KeyError> {
        let bytes = bytes.into();
        let keys = read_keys(&bytes)?;
        for key in &keys {
            let fingerprint = key.fingerprint;
            if !pinned.contains(&fingerprint) {
                return Err(KeyError::NotPinned { found: fingerprint, pinned: pinned.to_vec() });
            }
            if key.revoked {
                return Err(KeyError::Revoked { fingerprint });
            }
            if let Some(at) = key.expires.filter(|at| *at <= now) {
                return Err(KeyError::Expired { fingerprint, at });
            }
        }
        Ok(Self { bytes, keys })
    }

    /// Several key files as one; rpm and apt read armoured blocks one after the other.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        if !self.bytes.ends_with(b"\n") && is_armoured(&self.bytes) {
            self.bytes.push(b'\n');
        }
        self.bytes.extend(other.bytes);
        self.keys.extend(other.keys);
        self
    }

    /// The file as it was read.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Its keys.
    #[must_use]
    pub fn keys(&self) -> &[KeyFacts] {
        &self.keys
    }

    /// Whether the file is ASCII armour; apt tells by the name's end, `.asc` or `.gpg`.
    #[must_use]
    pub fn is_armoured(&self) -> bool {
        is_armoured(&self.bytes)
    }
}

impl Signer {
    /// The fingerprints as values.
    #[must_use]
    pub fn pins(self) -> Vec<Fingerprint> {
        self.fingerprints.iter().filter_map(|text| text.parse().ok()).collect()
    }
}

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

const SIGNATURE: u8 = 2;
const PUBLIC_KEY: u8 = 6;

fn is_armoured(bytes: &[u8]) -> bool {
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

impl FromStr for Fingerprint {
    type Err = InvalidFingerprint;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits: Option<Vec<u8>> = text
            .chars()
            .filter(|c| !c.is_ascii_whitespace())
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        let bytes = digits
            .map(|digits| digits.chunks(2).map(|two| two.iter().fold(0, |sum, d| sum << 4 | d)).collect());
        let whole = |bytes: &Vec<u8>| text.chars().filter(char::is_ascii_hexdigit).count() == 2 * bytes.len();
        let found = bytes.filter(whole).and_then(|bytes: Vec<u8>| <[u8; 20]>::try_from(bytes).ok());
        found.map(Self).ok_or_else(|| InvalidFingerprint(text.to_owned()))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = InvalidFingerprint;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

fn list(pins: &[Fingerprint]) -> String {
    pins.iter().map(Fingerprint::to_string).collect::<Vec<_>>().join(" or ")
}

/// `2027-04-22` for seconds since 1970: days to a date by the civil calendar.
fn date(seconds: u64) -> String {
    let days = seconds / 86_400 + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    format!("{year}-{month:02}-{:02}", of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_of_the_civil_calendar() {
        assert_eq!([0, 951_782_400, 1_808_352_000].map(date), ["1970-01-01", "2000-02-29", "2027-04-22"]);
    }

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

    #[test]
    fn fingerprints_are_whole_or_refused() {
        for text in [
            "",
            "234654DA9A296436",
            "zz15B14486CD377B9E876E1A234654DA9A296436",
            "DE15B14486CD377B9E876E1A234654DA9A29643",
        ] {
            assert!(text.parse::<Fingerprint>().is_err(), "{text}");
        }
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
