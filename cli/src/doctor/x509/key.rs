//! The public half of a key: out of a certificate, a public key, or a private key.
//!
//! A private key is read no further than to its public half, and the rest of its bytes is dropped.
//! Forms: PKCS #1 (RFC 8017), SEC 1 (RFC 5915), PKCS #8 (RFC 5208) and SubjectPublicKeyInfo (RFC
//! 5280); kubeadm itself writes PKCS #1 for RSA and SEC 1 for ECDSA, cert-manager and openssl PKCS
//! #8 by default.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::pem::{PemObject as _, SectionKind};
use x509_cert::der::asn1::{AnyRef, BitStringRef, ObjectIdentifier, OctetStringRef, UintRef};
use x509_cert::der::{self, Decode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};

/// rsaEncryption of PKCS #1 (RFC 8017, appendix C).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// id-ecPublicKey (RFC 5480, 2.1.1); the curve is its parameter.
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub(super) const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
pub(super) const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");

/// "Any extended key usage" is the algorithm of no key.
const SOME_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");

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
            // A key of SEC 1 may leave its curve out; two curves do not share a point by chance.
            (Self::Ec { point: one, .. }, Self::Ec { point: other, .. }) => Some(one == other),
            _ => Some(self == other),
        }
    }

    /// As a PEM file. A key that is not known here stays one that is not known.
    pub(in crate::doctor) fn to_pem(&self) -> String {
        let oid = |oid: &ObjectIdentifier| tlv(0x06, oid.as_bytes());
        let (algorithm, key) = match self {
            Self::Rsa { modulus, exponent } => {
                let key = [number(modulus), number(exponent)].concat();
                ([oid(&RSA), tlv(0x05, &[])].concat(), tlv(0x30, &key))
            }
            Self::Ec { curve, point } => {
                // Keys are compared by their points; one that does not say its curve is of the usual one.
                ([oid(&EC), oid(&curve.unwrap_or(P256))].concat(), point.clone())
            }
            Self::Unknown => (oid(&SOME_KEY), Vec::new()),
        };
        let bits = [&[0], key.as_slice()].concat();
        let info = tlv(0x30, &[tlv(0x30, &algorithm), tlv(0x03, &bits)].concat());
        let text = STANDARD.encode(info);
        let lines: Vec<&str> =
            (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"))
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

/// Tag, length and value (X.690, 8.1).
fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let length = value.len();
    let mut bytes = vec![tag];
    if length < 0x80 {
        bytes.push(u8::try_from(length).unwrap_or_default());
    } else {
        let long = length.to_be_bytes();
        let long = &long[long.iter().position(|byte| *byte != 0).unwrap_or_default()..];
        bytes.push(0x80 | u8::try_from(long.len()).unwrap_or_default());
        bytes.extend(long);
    }
    bytes.extend(value);
    bytes
}

/// An INTEGER that is not negative.
fn number(bytes: &[u8]) -> Vec<u8> {
    // DER (X.690, 8.3): a first bit that is set would make it negative.
    let signed = bytes.first().is_none_or(|first| *first >= 0x80);
    tlv(0x02, &[if signed { &[0][..] } else { &[] }, bytes].concat())
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

/// AlgorithmIdentifier: the algorithm, and its parameters where those are an identifier too, as a
/// named curve is. RSA's are NULL, which is none.
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

/// Modulus and exponent, both without the leading zero that DER gives to what would be negative.
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
