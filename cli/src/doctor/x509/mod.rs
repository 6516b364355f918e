//! Certificates and keys of a cluster as far as rules ask about them: whose, for what names, signed
//! by whom, and which key belongs to which certificate.
//!
//! The layouts are those of RFC 5280. Nothing here decides whether a chain is valid: path length,
//! name constraints and revocation are not looked at.

mod key;
mod signature;

use std::net::IpAddr;
use std::time::SystemTime;

use rustls_pki_types::pem::{PemObject as _, SectionKind};
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::der::asn1::{AnyRef, ObjectIdentifier};
use x509_cert::der::{self, Decode as _, Encode as _, Reader as _, SliceReader};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, SubjectAltName};

pub(super) use key::PublicPart;
pub(super) use signature::Signed;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const ORGANIZATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");

/// Nobody of the cluster reads that (client-go, `cert.ParseCertsPEM`; Go, `tls.X509KeyPair`).
const IN_DER: &str = "it is in DER, and only PEM is read: `openssl x509 -inform der` makes PEM of it";

/// A certificate.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    /// The subject's common name; empty where there is none.
    pub(super) common_name: String,
    /// The subject's organizations, which are groups to Kubernetes.
    pub(super) organizations: Vec<String>,
    /// Its serial number, in hexadecimal digits.
    pub(super) serial: String,
    /// The subject as RFC 4514 writes it.
    pub(super) subject: String,
    /// The issuer as RFC 4514 writes it.
    pub(super) issuer: String,
    /// The DNS names it is for.
    pub(super) dns: Vec<String>,
    /// The addresses it is for.
    pub(super) addresses: Vec<IpAddr>,
    /// Whether it is a CA's.
    pub(super) is_ca: bool,
    /// The start of its validity.
    pub(super) not_before: SystemTime,
    /// The end of its validity.
    pub(super) not_after: SystemTime,
    /// Its key.
    pub(super) key: PublicPart,
    /// What signed it.
    pub(super) algorithm: ObjectIdentifier,
    signed: Vec<u8>,
    signature: Vec<u8>,
    issuer_der: Vec<u8>,
    subject_der: Vec<u8>,
}

impl Certificate {
    /// The certificates of a PEM file, in file order; blocks of other kinds are passed over.
    ///
    /// # Errors
    ///
    /// A block that is not a certificate, or a file without one.
    pub(super) fn all(bytes: &[u8]) -> Result<Vec<Self>, String> {
        let mut found = Vec::new();
        for block in <(SectionKind, Vec<u8>)>::pem_slice_iter(bytes) {
            let (kind, der) = block.map_err(|error| format!("it is not PEM: {error}"))?;
            // Keys may stand in the same file: kubelet-client-current.pem has both.
            if kind == SectionKind::Certificate {
                let read = Self::from_der(&der);
                found.push(read.map_err(|error| format!("it is not a certificate: {error}"))?);
            }
        }
        match (found.is_empty(), Self::of_der(bytes)) {
            (false, _) => Ok(found),
            (true, Some(_)) => Err(IN_DER.to_owned()),
            (true, None) => Err("it has no certificate".to_owned()),
        }
    }

    /// A certificate in DER, as a handshake gives it.
    pub(super) fn of_der(der: &[u8]) -> Option<Self> {
        Self::from_der(der).ok()
    }

    /// The `Raw` profile keeps what stricter ones refuse, such as negative serial numbers, which
    /// Go took too before 1.23 (`GODEBUG=x509negativeserial`).
    fn from_der(bytes: &[u8]) -> der::Result<Self> {
        let certificate = CertificateInner::<Raw>::from_der(bytes)?;
        let tbs = certificate.tbs_certificate();
        let ca = tbs.get_extension::<BasicConstraints>()?;
        let names = tbs.get_extension::<SubjectAltName>()?.map(|(_, names)| names.0).unwrap_or_default();
        let validity = tbs.validity();
        let subject = |oid| attributes(tbs.subject(), oid);
        Ok(Self {
            common_name: subject(COMMON_NAME).pop().unwrap_or_default(),
            organizations: subject(ORGANIZATION),
            serial: tbs.serial_number().as_bytes().iter().map(|byte| format!("{byte:02x}")).collect(),
            subject: tbs.subject().to_string(),
            issuer: tbs.issuer().to_string(),
            dns: names
                .iter()
                .filter_map(|name| match name {
                    GeneralName::DnsName(name) => Some(name.to_string()),
                    _ => None,
                })
                .collect(),
            addresses: names.iter().filter_map(address).collect(),
            is_ca: ca.is_some_and(|(_, constraints)| constraints.ca),
            not_before: validity.not_before.to_date_time().to_system_time(),
            not_after: validity.not_after.to_date_time().to_system_time(),
            key: PublicPart::of_info(&tbs.subject_public_key_info().to_der()?),
            algorithm: certificate.signature_algorithm().oid,
            signed: to_be_signed(bytes)?.to_vec(),
            signature: certificate.signature().raw_bytes().to_vec(),
            issuer_der: tbs.issuer().to_der()?,
            subject_der: tbs.subject().to_der()?,
        })
    }

    /// Whether `ca` signed it.
    pub(super) fn signed_by(&self, ca: &Self) -> Signed {
        if self.issuer_der != ca.subject_der {
            return Signed::No;
        }
        signature::verify(&ca.key, self.algorithm, &self.signed, &self.signature)
    }

    /// Whether it is valid at that time.
    pub(super) fn is_valid_at(&self, time: SystemTime) -> bool {
        self.not_before <= time && time <= self.not_after
    }

    /// Whether it is for that DNS name or address.
    pub(super) fn is_for(&self, name: &str) -> bool {
        match name.parse::<IpAddr>() {
            Ok(address) => self.addresses.contains(&address),
            Err(_) => self.dns.iter().any(|dns| matches_name(dns, name)),
        }
    }
}

/// RFC 6125: a star stands for the first label.
fn matches_name(pattern: &str, name: &str) -> bool {
    if pattern.eq_ignore_ascii_case(name) {
        return true;
    }
    match (pattern.strip_prefix("*."), name.split_once('.')) {
        (Some(rest), Some((_, parent))) => rest.eq_ignore_ascii_case(parent),
        _ => false,
    }
}

fn attributes(name: &x509_cert::name::Name, oid: ObjectIdentifier) -> Vec<String> {
    let all = name.iter().filter(|attribute| attribute.oid == oid);
    all.map(|attribute| String::from_utf8_lossy(attribute.value.value()).into_owned()).collect()
}

fn address(name: &GeneralName) -> Option<IpAddr> {
    let GeneralName::IpAddress(bytes) = name else { return None };
    let bytes = bytes.as_bytes();
    let v4 = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    v4.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// The bytes that the signature is over: the first element of the certificate.
fn to_be_signed(certificate: &[u8]) -> der::Result<&[u8]> {
    let certificate = AnyRef::from_der(certificate)?;
    let mut outer = SliceReader::new(certificate.value())?;
    outer.tlv_bytes()
}
