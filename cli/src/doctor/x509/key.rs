//! The public half of a key: out of a certificate, a public key, or a private key.

use rustls_pki_types::pem::{PemObject as _, SectionKind};
use x509_cert::der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef, UintRef};
use x509_cert::der::{self, Decode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(super) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
pub(super) const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// What a private key, its public key and its certificate have in common.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::doctor) enum PublicPart {
    /// Modulus and exponent.
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    /// A curve and the encoded point.
    Ec { curve: Option<ObjectIdentifier>, point: Vec<u8> },
    /// Another kind of key, or one that does not say its public half.
    Unknown,
}

impl PublicPart {
    /// Of a DER SubjectPublicKeyInfo.
    pub(super) fn of_info(bytes: &[u8]) -> Self {
        info(bytes).unwrap_or(Self::Unknown)
    }

    /// Of the first key of a PEM file, private or public.
    ///
    /// # Errors
    ///
    /// A file without a key.
    pub(in crate::doctor) fn of_pem(bytes: &[u8]) -> Result<Self, String> {
        Self::all_of_pem(bytes).into_iter().next().ok_or_else(|| "it has no key".to_owned())
    }

    /// Of every key of a PEM file, in file order.
    pub(in crate::doctor) fn all_of_pem(bytes: &[u8]) -> Vec<Self> {
        let blocks = <(SectionKind, Vec<u8>)>::pem_slice_iter(bytes).map_while(Result::ok);
        let read = blocks.filter_map(|(kind, der)| match kind {
            SectionKind::PublicKey => Some(info(&der)),
            SectionKind::RsaPrivateKey => Some(private_rsa(&der)),
            SectionKind::EcPrivateKey => Some(private_ec(&der, None)),
            SectionKind::PrivateKey => Some(private(&der)),
            _ => None,
        });
        read.map(|read| read.unwrap_or(Self::Unknown)).collect()
    }

    /// Whether both are of one key; `None` where that cannot be told.
    pub(in crate::doctor) fn is_of_the_key_of(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => None,
            (Self::Ec { point: one, .. }, Self::Ec { point: other, .. }) => Some(one == other),
            _ => Some(self == other),
        }
    }

    /// The length of an RSA modulus in bits.
    pub(in crate::doctor) fn rsa_bits(&self) -> Option<usize> {
        match self {
            Self::Rsa { modulus, .. } => {
                let zeros = modulus.first().map_or(0, |byte| byte.leading_zeros());
                Some(modulus.len() * 8 - usize::try_from(zeros).unwrap_or_default())
            }
            _ => None,
        }
    }
}

/// The elements of a SEQUENCE.
fn sequence(bytes: &[u8]) -> der::Result<SliceReader<'_>> {
    let any = AnyRef::from_der(bytes)?;
    any.tag().assert_eq(Tag::Sequence)?;
    SliceReader::new(any.value())
}

/// RFC 5280: `SEQUENCE { AlgorithmIdentifier, BIT STRING }`.
fn info(bytes: &[u8]) -> der::Result<PublicPart> {
    let mut reader = sequence(bytes)?;
    let (algorithm, curve) = algorithm(reader.tlv_bytes()?)?;
    let key = BitStringRef::decode(&mut reader)?.raw_bytes();
    if algorithm == RSA {
        return rsa(key);
    }
    Ok(if algorithm == EC { PublicPart::Ec { curve, point: key.to_vec() } } else { PublicPart::Unknown })
}

fn algorithm(bytes: &[u8]) -> der::Result<(ObjectIdentifier, Option<ObjectIdentifier>)> {
    let mut reader = sequence(bytes)?;
    let algorithm = ObjectIdentifier::decode(&mut reader)?;
    Ok((algorithm, ObjectIdentifier::decode(&mut reader).ok()))
}

/// RFC 8017: `SEQUENCE { modulus, exponent }`.
fn rsa(bytes: &[u8]) -> der::Result<PublicPart> {
    let mut reader = sequence(bytes)?;
    numbers(&mut reader)
}

fn numbers(reader: &mut SliceReader<'_>) -> der::Result<PublicPart> {
    let modulus = UintRef::decode(reader)?.as_bytes().to_vec();
    let exponent = UintRef::decode(reader)?.as_bytes().to_vec();
    Ok(PublicPart::Rsa { modulus, exponent })
}

/// RFC 8017: `SEQUENCE { version, modulus, exponent, ... }`.
fn private_rsa(bytes: &[u8]) -> der::Result<PublicPart> {
    let mut reader = sequence(bytes)?;
    reader.tlv_bytes()?;
    numbers(&mut reader)
}

/// RFC 5915: `SEQUENCE { version, OCTET STRING, [0] curve, [1] BIT STRING }`; the last is optional.
fn private_ec(bytes: &[u8], curve: Option<ObjectIdentifier>) -> der::Result<PublicPart> {
    let mut reader = sequence(bytes)?;
    reader.tlv_bytes()?;
    reader.tlv_bytes()?;
    while !reader.is_finished() {
        let field = AnyRef::decode(&mut reader)?;
        if field.tag() == (Tag::ContextSpecific { constructed: true, number: TagNumber(1) }) {
            let point = BitStringRef::from_der(field.value())?.raw_bytes().to_vec();
            return Ok(PublicPart::Ec { curve, point });
        }
    }
    Ok(PublicPart::Unknown)
}

/// RFC 5208: `SEQUENCE { version, AlgorithmIdentifier, OCTET STRING }`.
fn private(bytes: &[u8]) -> der::Result<PublicPart> {
    let mut reader = sequence(bytes)?;
    reader.tlv_bytes()?;
    let (algorithm, curve) = algorithm(reader.tlv_bytes()?)?;
    let key = <&OctetStringRef>::decode(&mut reader)?.as_bytes();
    if algorithm == RSA {
        return private_rsa(key);
    }
    if algorithm == EC { private_ec(key, curve) } else { Ok(PublicPart::Unknown) }
}
