//! Fingerprints: what a signer is known by.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use super::Signer;

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
#[error("`{0}` is not a valid fingerprint: 40 hexadecimal digits, as `gpg --show-keys` prints them")]
pub struct InvalidFingerprint(String);

impl Fingerprint {
    /// That of a key packet's body (RFC 4880, 12.2); `None` where it is not of version 4.
    pub(crate) fn of_key(body: &[u8]) -> Option<Self> {
        let len = u16::try_from(body.len()).ok().filter(|_| body.first() == Some(&4))?;
        let mut hash = Sha1::new();
        hash.update([0x99]);
        hash.update(len.to_be_bytes());
        hash.update(body);
        Some(Self(hash.finalize().into()))
    }

    /// Its last eight bytes, by which signatures name it.
    pub(crate) fn key_id(self) -> [u8; 8] {
        let [.., a, b, c, d, e, f, g, h] = self.0;
        [a, b, c, d, e, f, g, h]
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

#[cfg(test)]
mod tests {
    use super::*;

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
