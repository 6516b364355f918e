//! Pins of cluster CAs: `--discovery-token-ca-cert-hash` and `caCertHashes`.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest as _, Sha256};

use crate::go::{NotHex, decode_hex, encode_hex, quote};

const FORMAT: &str = "sha256";
const LENGTH: usize = 32;

/// The pin of one CA certificate: SHA-256 over its DER `SubjectPublicKeyInfo`, as kubeadm has had
/// it since 1.8.
///
/// Prints as `sha256:` and 64 lower-case digits, reads either letter case.
///
/// ```
/// let pin = kubeadm_config::CaPin::of_spki(b"not really a key");
/// assert_eq!(pin.to_string().parse(), Ok(pin));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CaPin([u8; LENGTH]);

impl CaPin {
    /// The pin of a certificate, given its DER `SubjectPublicKeyInfo` (the whole SEQUENCE, not the
    /// bare key).
    #[must_use]
    pub fn of_spki(der: &[u8]) -> Self {
        Self(Sha256::digest(der).into())
    }

    /// The hash itself.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }

    /// Looks for one of the `found` certificates of a CA bundle among the `pinned`, as a joining
    /// node does: one is enough, and where nothing is pinned everything passes.
    ///
    /// # Errors
    /// [`CaNotPinned`], naming the pins of all certificates of the bundle.
    ///
    /// ```
    /// use kubeadm_config::CaPin;
    ///
    /// let [old, new] = [b"old", b"new"].map(|key| CaPin::of_spki(key));
    /// assert!(CaPin::check(&[old], &[new, old]).is_ok());
    /// assert_eq!(CaPin::check(&[old], &[new]).unwrap_err().found, [new]);
    /// ```
    pub fn check(pinned: &[Self], found: &[Self]) -> Result<(), CaNotPinned> {
        if pinned.is_empty() || found.iter().any(|pin| pinned.contains(pin)) {
            Ok(())
        } else {
            Err(CaNotPinned { found: found.to_vec() })
        }
    }
}

impl fmt::Display for CaPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{FORMAT}:{}", encode_hex(&self.0))
    }
}

impl FromStr for CaPin {
    type Err = InvalidCaPin;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(':');
        let (Some(format), Some(value), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(InvalidCaPin::Shape);
        };
        if !format.eq_ignore_ascii_case(FORMAT) {
            return Err(InvalidCaPin::UnknownFormat { format: format.to_owned() });
        }
        // The length is looked at first, as half that of the text.
        let given = || text.to_owned();
        let found = value.len() / 2;
        if found != LENGTH {
            return Err(InvalidCaPin::Length { given: given(), found });
        }
        let bytes = decode_hex(value).map_err(|why| InvalidCaPin::NotHex { given: given(), why })?;
        bytes.try_into().map(Self).map_err(|_| InvalidCaPin::Length { given: given(), found })
    }
}

/// Why a text is no pin, in kubeadm's words; kubeadm puts `invalid discovery token CA certificate
/// hash: ` in front.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum InvalidCaPin {
    /// Not two parts with a colon between them.
    #[error("invalid hash, expected \"format:hex-value\". Known format(s) are: {FORMAT}")]
    Shape,
    /// Another kind of hash.
    #[error("unknown hash format {}. Known format(s) are: {FORMAT}", quote(.format))]
    UnknownFormat { format: String },
    /// Not a hexadecimal number.
    #[error("invalid hash {}, could not decode SHA-256 from hex: {why}", quote(.given))]
    NotHex { given: String, why: NotHex },
    /// Too many or too few bytes.
    #[error("invalid hash {}, expected a {LENGTH} byte SHA-256 hash, found {found} bytes", quote(.given))]
    Length { given: String, found: usize },
}

/// None of the CA certificates a cluster shows is pinned. The message is kubeadm's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "cluster CA found in cluster-info ConfigMap is invalid: none of the public keys \"{}\" are pinned",
    .found.iter().map(ToString::to_string).collect::<Vec<_>>().join(":")
)]
#[non_exhaustive]
pub struct CaNotPinned {
    /// The pins of the certificates found, in their order.
    pub found: Vec<CaPin>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn hashes_prints_and_reads() {
        let pin = CaPin::of_spki(b"");
        assert_eq!(pin.to_string(), EMPTY);
        assert_eq!(EMPTY.to_uppercase().parse(), Ok(pin));
    }

    #[test]
    fn refuses_in_kubeadms_words() {
        let say = |text: &str| text.parse::<CaPin>().unwrap_err().to_string();
        let shape = r#"invalid hash, expected "format:hex-value". Known format(s) are: sha256"#;
        assert_eq!(say(""), shape);
        assert_eq!(say("sha256:ab:cd"), shape);
        assert_eq!(say("md5:ab"), r#"unknown hash format "md5". Known format(s) are: sha256"#);
        assert_eq!(
            say("sha256:xy"),
            r#"invalid hash "sha256:xy", expected a 32 byte SHA-256 hash, found 1 bytes"#
        );
        let late = format!("SHA256:{}z", "A".repeat(63));
        let why = "could not decode SHA-256 from hex: encoding/hex: invalid byte: U+007A 'z'";
        assert_eq!(say(&late), format!("invalid hash \"{late}\", {why}"));
        let odd = format!("sha256:{}", "a".repeat(65));
        let why = "could not decode SHA-256 from hex: encoding/hex: odd length hex string";
        assert_eq!(say(&odd), format!("invalid hash \"{odd}\", {why}"));
    }

    #[test]
    fn one_pinned_certificate_of_a_bundle_is_enough() {
        let (a, b, c) = (CaPin::of_spki(b"a"), CaPin::of_spki(b"b"), CaPin::of_spki(b"c"));
        assert_eq!(CaPin::check(&[c, b], &[a, b]), Ok(()));
        assert_eq!(CaPin::check(&[], &[a]), Ok(()));
        let error = CaPin::check(&[c], &[a, b]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "cluster CA found in cluster-info ConfigMap is invalid: none of the public keys \"{a}:{b}\" are pinned"
            )
        );
    }
}
