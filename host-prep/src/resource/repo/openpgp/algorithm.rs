//! Keys and hashes that signatures are checked with.
//!
//! RSA and Ed25519 are what origins of packages use: the Open Build Service and Google sign with
//! RSA, gpg makes Ed25519 by default. DSA is refused by apt 3 and rpm 6 themselves.

use rsa::traits::PublicKeyParts as _;
use rsa::{BoxedUint, Pkcs1v15Sign, PublicKey as Rsa};
use sha1::{Digest, Sha1};
use sha2::{Sha224, Sha256, Sha384, Sha512};

use super::packet::mpi;

/// OID of Ed25519 in keys of version 4 (RFC 9580, 9.2), with its length before it.
const ED25519: &[u8] = b"\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01";

/// A key that can be asked whether it made a signature.
pub(super) enum PublicKey {
    Rsa(Rsa),
    Ed25519(ed25519_dalek::VerifyingKey),
}

/// A hash as signatures name it (RFC 4880, 9.4).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Hash {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl PublicKey {
    /// Reads the body of a key packet of version 4.
    ///
    /// # Errors
    ///
    /// Why signatures of it cannot be checked.
    pub(super) fn parse(body: &[u8]) -> Result<Self, String> {
        let damaged = || "the key is damaged".to_owned();
        let [4, _, _, _, _, algorithm, material @ ..] = body else { return Err(damaged()) };
        match algorithm {
            1 | 3 => {
                let (n, rest) = mpi(material).ok_or_else(damaged)?;
                let (e, rest) = mpi(rest).filter(|(e, _)| e.len() <= 8).ok_or_else(damaged)?;
                let number = BoxedUint::from_be_slice_vartime;
                let key = Rsa::new(number(n), number(e)).map_err(|error| error.to_string())?;
                if rest.is_empty() { Ok(Self::Rsa(key)) } else { Err(damaged()) }
            }
            22 => {
                let rest =
                    material.strip_prefix(ED25519).ok_or("its curve is not supported, only Ed25519 is")?;
                let (point, rest) = mpi(rest).ok_or_else(damaged)?;
                let bytes = point.strip_prefix(&[0x40]).and_then(|point| point.try_into().ok());
                let key = bytes.and_then(|bytes| ed25519_dalek::VerifyingKey::from_bytes(bytes).ok());
                key.filter(|_| rest.is_empty()).map(Self::Ed25519).ok_or_else(damaged)
            }
            17 => Err("it is a DSA key, which is not supported, nor by apt 3 and rpm 6".into()),
            19 => Err("it is an ECDSA key, which is not supported; RSA and Ed25519 are".into()),
            other => Err(format!("its algorithm {other} is not supported; RSA and Ed25519 are")),
        }
    }

    /// Whether this key made the signature of `values` over `digest`.
    pub(super) fn made(&self, values: &[Vec<u8>], hash: Hash, digest: &[u8]) -> bool {
        match (self, values) {
            (Self::Rsa(key), [s]) => {
                let mut padded = vec![0; key.size().saturating_sub(s.len())];
                padded.extend(s);
                key.verify(hash.padding(), digest, &padded).is_ok()
            }
            (Self::Ed25519(key), [r, s]) if r.len() <= 32 && s.len() <= 32 => {
                let mut both = [0; 64];
                both[32 - r.len()..32].copy_from_slice(r);
                both[64 - s.len()..].copy_from_slice(s);
                key.verify_strict(digest, &ed25519_dalek::Signature::from_bytes(&both)).is_ok()
            }
            _ => false,
        }
    }
}

impl Hash {
    pub(super) fn of(number: u8) -> Option<Self> {
        match number {
            2 => Some(Self::Sha1),
            8 => Some(Self::Sha256),
            9 => Some(Self::Sha384),
            10 => Some(Self::Sha512),
            11 => Some(Self::Sha224),
            _ => None,
        }
    }

    pub(super) fn number(self) -> u8 {
        match self {
            Self::Sha1 => 2,
            Self::Sha256 => 8,
            Self::Sha384 => 9,
            Self::Sha512 => 10,
            Self::Sha224 => 11,
        }
    }

    pub(super) fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        fn all<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut hash = D::new();
            parts.iter().for_each(|part| hash.update(part));
            hash.finalize().to_vec()
        }
        match self {
            Self::Sha1 => all::<Sha1>(parts),
            Self::Sha224 => all::<Sha224>(parts),
            Self::Sha256 => all::<Sha256>(parts),
            Self::Sha384 => all::<Sha384>(parts),
            Self::Sha512 => all::<Sha512>(parts),
        }
    }

    fn padding(self) -> Pkcs1v15Sign {
        match self {
            Self::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
            Self::Sha224 => Pkcs1v15Sign::new::<Sha224>(),
            Self::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
            Self::Sha384 => Pkcs1v15Sign::new::<Sha384>(),
            Self::Sha512 => Pkcs1v15Sign::new::<Sha512>(),
        }
    }
}
