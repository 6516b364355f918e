//! Keys of repositories, known by their fingerprint before anything signed by them is used.
//!
//! A package manager trusts whatever key it is handed. So the key file is read here first: every key in it has to be one
//! that is pinned, usable and not expired, and only then is it written where the package manager finds it. Fingerprints
//! cover the key material alone; the expiry comes from the newest self-signature, which is read and not verified:
//! a forged one can only make us refuse.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::openpgp::{is_armoured, read_keys};
use crate::mirrors::Signer;

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
pub struct Fingerprint(pub(super) [u8; 20]);

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
}
