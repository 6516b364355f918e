//! Whether a key made a signature, for the algorithms that kubeadm and openssl use for a cluster.

use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use rsa::{BoxedUint, Pkcs1v15Sign, PublicKey};
use sha2::{Digest as _, Sha256, Sha384, Sha512};
use x509_cert::der::asn1::ObjectIdentifier;

use super::key::{P256, P384, PublicPart};

/// RFC 8017 and RFC 5758.
const SHA256_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const SHA384_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12");
const SHA512_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13");
const ECDSA_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const ECDSA_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");

/// Whether somebody signed something.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::doctor) enum Signed {
    /// It did.
    Yes,
    /// It did not.
    No,
    /// The algorithm or the kind of key is not known here.
    Unknown,
}

pub(super) fn verify(
    key: &PublicPart,
    algorithm: ObjectIdentifier,
    signed: &[u8],
    signature: &[u8],
) -> Signed {
    let holds = match key {
        PublicPart::Rsa { modulus, exponent } => rsa(modulus, exponent, algorithm, signed, signature),
        PublicPart::Ec { curve, point } => ecdsa(*curve, point, algorithm, signed, signature),
        PublicPart::Unknown => None,
    };
    match holds {
        Some(true) => Signed::Yes,
        Some(false) => Signed::No,
        None => Signed::Unknown,
    }
}

fn rsa(
    modulus: &[u8],
    exponent: &[u8],
    algorithm: ObjectIdentifier,
    signed: &[u8],
    signature: &[u8],
) -> Option<bool> {
    // An algorithm of the other kind of key was not made with this one.
    if [ECDSA_SHA256, ECDSA_SHA384, ECDSA_SHA512].contains(&algorithm) {
        return Some(false);
    }
    let (digest, padding) = match algorithm {
        SHA256_RSA => (Sha256::digest(signed).to_vec(), Pkcs1v15Sign::new::<Sha256>()),
        SHA384_RSA => (Sha384::digest(signed).to_vec(), Pkcs1v15Sign::new::<Sha384>()),
        SHA512_RSA => (Sha512::digest(signed).to_vec(), Pkcs1v15Sign::new::<Sha512>()),
        _ => return None,
    };
    let number = BoxedUint::from_be_slice_vartime;
    let key = PublicKey::new(number(modulus), number(exponent)).ok()?;
    Some(key.verify(padding, &digest, signature).is_ok())
}

fn ecdsa(
    curve: Option<ObjectIdentifier>,
    point: &[u8],
    algorithm: ObjectIdentifier,
    signed: &[u8],
    signature: &[u8],
) -> Option<bool> {
    if [SHA256_RSA, SHA384_RSA, SHA512_RSA].contains(&algorithm) {
        return Some(false);
    }
    let digest = match algorithm {
        ECDSA_SHA256 => Sha256::digest(signed).to_vec(),
        ECDSA_SHA384 => Sha384::digest(signed).to_vec(),
        ECDSA_SHA512 => Sha512::digest(signed).to_vec(),
        _ => return None,
    };
    match curve? {
        P256 => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            let signature = p256::ecdsa::Signature::from_der(signature).ok();
            Some(signature.is_some_and(|signature| key.verify_prehash(&digest, &signature).is_ok()))
        }
        P384 => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(point).ok()?;
            let signature = p384::ecdsa::Signature::from_der(signature).ok();
            Some(signature.is_some_and(|signature| key.verify_prehash(&digest, &signature).is_ok()))
        }
        _ => None,
    }
}
