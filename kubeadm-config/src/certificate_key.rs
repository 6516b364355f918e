//! The key that certificates are encrypted with on their way to another control plane.

use std::fmt;
use std::str::FromStr;

use crate::go::{NotHex, decode_hex, encode_hex};
use crate::token::GenerateError;

const LENGTH: usize = 32;

/// An AES-256 key as 64 hexadecimal digits: `kubeadm certs certificate-key`, `certificateKey`,
/// `--certificate-key`.
///
/// Who has it and the `kubeadm-certs` Secret has the cluster's CA keys, so `Debug` leaves it out.
///
/// ```
/// use kubeadm_config::CertificateKey;
///
/// let key: CertificateKey = "5a".repeat(32).parse()?;
/// assert_eq!(key.to_string().len(), 64);
/// assert_eq!(format!("{key:?}"), "CertificateKey(<secret>)");
/// # Ok::<(), kubeadm_config::InvalidCertificateKey>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct CertificateKey([u8; LENGTH]);

impl CertificateKey {
    /// A new key out of random bytes; `fill` fills its argument from a cryptographically secure
    /// source.
    ///
    /// # Errors
    /// What `fill` says, or [`GenerateError::NotRandom`] where it gives the same byte over and
    /// over.
    pub fn generate<E>(mut fill: impl FnMut(&mut [u8]) -> Result<(), E>) -> Result<Self, GenerateError<E>> {
        let mut key = [0; LENGTH];
        fill(&mut key).map_err(GenerateError::Source)?;
        if key.iter().all(|byte| *byte == key[0]) { Err(GenerateError::NotRandom) } else { Ok(Self(key)) }
    }

    /// The key itself.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; LENGTH] {
        &self.0
    }
}

impl fmt::Display for CertificateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&encode_hex(&self.0))
    }
}

impl fmt::Debug for CertificateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CertificateKey(<secret>)")
    }
}

impl FromStr for CertificateKey {
    type Err = InvalidCertificateKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = decode_hex(text).map_err(InvalidCertificateKey::NotHex)?;
        let found = bytes.len();
        bytes.try_into().map(Self).map_err(|_| InvalidCertificateKey::Length { found })
    }
}

/// Why a text is no certificate key, in kubeadm's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum InvalidCertificateKey {
    /// Not a hexadecimal number.
    #[error("certificate key decoding error: {0}")]
    NotHex(NotHex),
    /// Too many or too few bytes.
    #[error("invalid certificate key size {found}, the key must be an AES key of size {LENGTH}")]
    Length { found: usize },
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[test]
    fn reads_and_prints() {
        let digits = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
        let key: CertificateKey = digits.to_uppercase().parse().unwrap();
        assert_eq!(key.to_string(), digits);
        assert_eq!(format!("{key:?}"), "CertificateKey(<secret>)");
    }

    #[test]
    fn refuses_in_kubeadms_words() {
        let say = |text: &str| text.parse::<CertificateKey>().unwrap_err().to_string();
        assert_eq!(say("zz"), "certificate key decoding error: encoding/hex: invalid byte: U+007A 'z'");
        assert_eq!(say("abc"), "certificate key decoding error: encoding/hex: odd length hex string");
        assert_eq!(say("abcd"), "invalid certificate key size 2, the key must be an AES key of size 32");
        assert_eq!(say(""), "invalid certificate key size 0, the key must be an AES key of size 32");
    }

    #[test]
    fn generates_from_the_bytes_given() {
        let mut next = 0;
        let key = CertificateKey::generate(|bytes| {
            for byte in bytes {
                *byte = next;
                next += 1;
            }
            Ok::<_, Infallible>(())
        });
        assert_eq!(key.unwrap().as_bytes()[..3], [0, 1, 2]);
        assert_eq!(CertificateKey::generate(|_| Ok::<_, Infallible>(())), Err(GenerateError::NotRandom));
    }
}
