//! A cluster's CA file: the certificates in it and their pins.

mod fault;

use std::time::SystemTime;

use rustls_pki_types::pem::{self, PemObject as _, SectionKind};
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::der::asn1::{AnyRef, ObjectIdentifier};
use x509_cert::der::{self, DateTime, Decode as _, Reader as _, SliceReader};
use x509_cert::ext::pkix::BasicConstraints;

pub use self::fault::{CaFileError, CaFinding};
use crate::pin::CaPin;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const BEGIN: &[u8] = b"-----BEGIN ";
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// P-224, P-256, P-384, P-521: the curves Go's crypto/x509 takes, always by name.
const GO_CURVES: [ObjectIdentifier; 4] = [
    ObjectIdentifier::new_unwrap("1.3.132.0.33"),
    ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"),
    ObjectIdentifier::new_unwrap("1.3.132.0.34"),
    ObjectIdentifier::new_unwrap("1.3.132.0.35"),
];

/// What a CA file such as `/etc/kubernetes/pki/ca.crt` holds.
///
/// Reads what kubeadm reads (PEM blocks `CERTIFICATE` with anything around them) and a little that
/// openssl reads and kubeadm does not; [`CaFile::findings`] tells which.
///
/// ```
/// use kubeadm_config::{CaFile, CaFileError};
///
/// assert_eq!(CaFile::read(b" \n"), Err(CaFileError::Empty));
/// let key = b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
/// assert!(matches!(CaFile::read(key), Err(CaFileError::PrivateKey { line: 1, .. })));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CaFile {
    /// The certificates in file order, one at least.
    pub certificates: Vec<CaCertificate>,
    /// What the owner of the file should know, in file order.
    pub findings: Vec<CaFinding>,
}

impl CaFile {
    /// Reads the bytes of a CA file.
    ///
    /// # Errors
    /// [`CaFileError`] where there is no certificate in it, or one that is broken inside its PEM
    /// block.
    #[doc(alias = "parse")]
    pub fn read(bytes: &[u8]) -> Result<Self, CaFileError> {
        let mut findings = Vec::new();
        let bytes = match bytes.strip_prefix(BYTE_ORDER_MARK) {
            Some(rest) => {
                findings.push(CaFinding::ByteOrderMark);
                rest
            }
            None => bytes,
        };
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(CaFileError::Empty);
        }
        let blocks = blocks(bytes);
        let certificates = if blocks.is_empty() {
            findings.push(CaFinding::Der);
            vec![CaCertificate::from_der(bytes).map_err(|_| CaFileError::NotPem)?]
        } else {
            pem_certificates(&blocks, &mut findings)?
        };
        for (index, certificate) in certificates.iter().enumerate() {
            let nth = index + 1;
            if !certificate.go_reads_key {
                findings.push(CaFinding::KeyUnknownToKubeadm { nth });
            }
            if !certificate.is_ca {
                findings.push(CaFinding::NotACa { nth });
            }
        }
        Ok(Self { certificates, findings })
    }

    /// The pins, in file order.
    pub fn pins(&self) -> impl Iterator<Item = CaPin> + '_ {
        self.certificates.iter().map(|certificate| certificate.pin)
    }
}

/// One certificate of a CA file.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CaCertificate {
    /// The pin of its key.
    pub pin: CaPin,
    /// The subject as RFC 4514 writes it, such as `CN=kubernetes`.
    pub subject: String,
    /// Whether basicConstraints says that it is a CA.
    pub is_ca: bool,
    not_before: DateTime,
    not_after: DateTime,
    go_reads_key: bool,
}

impl CaCertificate {
    /// The start of its validity, RFC 3339 in UTC.
    #[must_use]
    pub fn not_before(&self) -> String {
        self.not_before.to_string()
    }

    /// The end of its validity, RFC 3339 in UTC.
    #[must_use]
    pub fn not_after(&self) -> String {
        self.not_after.to_string()
    }

    /// Whether it is valid at `time`; it is at both ends of its validity.
    #[must_use]
    pub fn is_valid_at(&self, time: SystemTime) -> bool {
        self.not_before.to_system_time() <= time && time <= self.not_after.to_system_time()
    }

    /// Whole days from `now` to the end of its validity; negative where that is over.
    #[must_use]
    pub fn days_left(&self, now: SystemTime) -> i64 {
        const DAY: u64 = 24 * 60 * 60;
        let days = |length: std::time::Duration| i64::try_from(length.as_secs() / DAY).unwrap_or(i64::MAX);
        match self.not_after.to_system_time().duration_since(now) {
            Ok(left) => days(left),
            Err(over) => -1 - days(over.duration()),
        }
    }

    fn from_der(bytes: &[u8]) -> der::Result<Self> {
        // The profile that takes what CAs really wrote: serial numbers of any length, for one.
        let certificate = CertificateInner::<Raw>::from_der(bytes)?;
        let tbs = certificate.tbs_certificate();
        let basic_constraints = tbs.get_extension::<BasicConstraints>()?;
        Ok(Self {
            pin: CaPin::of_spki(subject_public_key_info(bytes)?),
            subject: tbs.subject().to_string(),
            is_ca: basic_constraints.is_some_and(|(_, constraints)| constraints.ca),
            not_before: tbs.validity().not_before.to_date_time(),
            not_after: tbs.validity().not_after.to_date_time(),
            go_reads_key: go_reads(tbs.subject_public_key_info()),
        })
    }
}

/// A PEM block, or what begins like one: from its BEGIN line up to the next one or the end of the
/// file.
struct Block<'a> {
    line: usize,
    label: String,
    text: &'a [u8],
}

impl Block<'_> {
    fn is_private_key(&self) -> bool {
        self.label.ends_with("PRIVATE KEY")
    }
}

fn blocks(bytes: &[u8]) -> Vec<Block<'_>> {
    let mut blocks: Vec<Block<'_>> = Vec::new();
    let mut start = 0;
    for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let end = start + line.len();
        if line.starts_with(BEGIN) {
            let label = String::from_utf8_lossy(&line[BEGIN.len()..]);
            let label = label.trim_end().trim_end_matches('-').to_owned();
            blocks.push(Block { line: index + 1, label, text: &bytes[start..end] });
        } else if let Some(block) = blocks.last_mut() {
            let from = start - block.text.len();
            block.text = &bytes[from..end];
        }
        start = end;
    }
    blocks
}

fn pem_certificates(
    blocks: &[Block<'_>],
    findings: &mut Vec<CaFinding>,
) -> Result<Vec<CaCertificate>, CaFileError> {
    let mut certificates = Vec::new();
    for block in blocks {
        let (line, label) = (block.line, block.label.clone());
        if block.is_private_key() {
            findings.push(CaFinding::PrivateKey { line, label });
            continue;
        }
        match <(SectionKind, Vec<u8>)>::pem_slice_iter(block.text).next() {
            Some(Ok((SectionKind::Certificate, der))) => {
                let nth = certificates.len() + 1;
                let certificate = CaCertificate::from_der(&der)
                    .map_err(|error| CaFileError::BadCertificate { line, nth, reason: error.to_string() })?;
                certificates.push(certificate);
            }
            Some(Err(error)) => {
                findings.push(CaFinding::DamagedBlock { line, label, reason: damage(&error) });
            }
            Some(Ok(_)) | None => {}
        }
    }
    if certificates.is_empty() { Err(no_certificate(&blocks[0], findings)) } else { Ok(certificates) }
}

fn damage(error: &pem::Error) -> String {
    match error {
        pem::Error::MissingSectionEnd { .. } => "its END line is missing; the file may be cut short".into(),
        pem::Error::IllegalSectionStart { .. } => "its BEGIN line does not end with five dashes".into(),
        pem::Error::Base64Decode(_) => "its body is not base64".into(),
        other => other.to_string(),
    }
}

/// Which of the things in the file the user most likely meant to give.
fn no_certificate(first: &Block<'_>, findings: &[CaFinding]) -> CaFileError {
    match findings.iter().find(|finding| **finding != CaFinding::ByteOrderMark) {
        Some(CaFinding::PrivateKey { line, label }) => {
            CaFileError::PrivateKey { line: *line, label: label.clone() }
        }
        Some(CaFinding::DamagedBlock { line, label, reason }) => {
            CaFileError::DamagedPem { line: *line, label: label.clone(), reason: reason.clone() }
        }
        _ => CaFileError::NoCertificate { line: first.line, label: first.label.clone() },
    }
}

/// The raw DER SubjectPublicKeyInfo: a slice of the certificate, so that the hash is right by
/// construction.
fn subject_public_key_info(certificate: &[u8]) -> der::Result<&[u8]> {
    let certificate = AnyRef::from_der(certificate)?;
    let mut outer = SliceReader::new(certificate.value())?;
    let tbs = AnyRef::decode(&mut outer)?;
    let mut fields = SliceReader::new(tbs.value())?;
    // The version is the only field with a context tag, and may be absent; serial number,
    // signature, issuer, validity and subject follow.
    let has_version = fields.peek_byte() == Some(0xa0);
    for _ in 0..5 + usize::from(has_version) {
        fields.tlv_bytes()?;
    }
    fields.tlv_bytes()
}

fn go_reads(key: &x509_cert::spki::SubjectPublicKeyInfoOwned) -> bool {
    key.algorithm.oid != EC_PUBLIC_KEY
        || key
            .algorithm
            .parameters
            .as_ref()
            .and_then(|parameters| parameters.decode_as::<ObjectIdentifier>().ok())
            .is_some_and(|curve| GO_CURVES.contains(&curve))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A P-256 CA certificate, `CN=kubernetes`.
    const PEM: &str = include_str!("../tests/data/ca-p256.crt");
    const PIN: &str = include_str!("../tests/data/ca-p256.pin");

    fn read(text: impl AsRef<[u8]>) -> Result<CaFile, CaFileError> {
        CaFile::read(text.as_ref())
    }

    #[test]
    fn one_certificate_with_text_around() {
        let file = read(format!("issuer: me\n{PEM}\nbye\n")).unwrap();
        assert_eq!(file.pins().map(|pin| pin.to_string()).collect::<Vec<_>>(), [PIN.trim()]);
        assert_eq!(file.certificates[0].subject, "CN=kubernetes");
        assert_eq!(file.findings, []);
    }

    #[test]
    fn every_line_ending_and_a_missing_last_one() {
        let plain = read(PEM).unwrap();
        assert_eq!(read(PEM.replace('\n', "\r\n")).unwrap(), plain);
        assert_eq!(read(PEM.trim_end()).unwrap(), plain);
    }

    #[test]
    fn a_damaged_block_is_skipped_where_a_good_one_follows() {
        let cut = PEM.replace("-----END", "-----END of").replacen("MII", "M!!", 1);
        let file = read(format!("{cut}{PEM}")).unwrap();
        assert_eq!(file.certificates.len(), 1);
        assert!(
            matches!(file.findings[..], [CaFinding::DamagedBlock { line: 1, .. }]),
            "{:?}",
            file.findings
        );
    }

    #[test]
    fn a_file_that_was_cut_short_says_so() {
        let error = read(&PEM[..PEM.len() / 2]).unwrap_err();
        assert!(
            error.to_string().starts_with("line 1: the PEM block \"CERTIFICATE\" is damaged: its END line"),
            "{error}"
        );
    }

    #[test]
    fn each_other_thing_is_named() {
        assert_eq!(read(" \n"), Err(CaFileError::Empty));
        assert_eq!(read("hello"), Err(CaFileError::NotPem));
        let block = |label: &str| format!("\n-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        for label in ["RSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
            let expected = CaFileError::PrivateKey { line: 2, label: label.into() };
            assert_eq!(read(block(label)), Err(expected));
        }
        let expected = CaFileError::NoCertificate { line: 2, label: "PUBLIC KEY".into() };
        assert_eq!(read(block("PUBLIC KEY")), Err(expected));
        assert!(matches!(
            read(block("CERTIFICATE")),
            Err(CaFileError::BadCertificate { line: 2, nth: 1, .. })
        ));
    }

    #[test]
    fn a_key_beside_the_certificate_is_a_finding() {
        let file =
            read(format!("{PEM}-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")).unwrap();
        assert!(
            matches!(&file.findings[..], [CaFinding::PrivateKey { label, .. }] if label == "PRIVATE KEY")
        );
    }

    #[test]
    fn what_only_we_read_is_a_finding() {
        let marked = [BYTE_ORDER_MARK, PEM.as_bytes()].concat();
        assert_eq!(read(marked).unwrap().findings, [CaFinding::ByteOrderMark]);
        let der = <(SectionKind, Vec<u8>)>::from_pem_slice(PEM.as_bytes()).unwrap().1;
        assert_eq!(read(der).unwrap().findings, [CaFinding::Der]);
    }

    #[test]
    fn the_slice_equals_the_library_s_own_encoding() {
        use x509_cert::der::Encode as _;
        let der = <(SectionKind, Vec<u8>)>::from_pem_slice(PEM.as_bytes()).unwrap().1;
        let certificate = CertificateInner::<Raw>::from_der(&der).unwrap();
        let encoded = certificate.tbs_certificate().subject_public_key_info().to_der().unwrap();
        assert_eq!(subject_public_key_info(&der).unwrap(), encoded);
    }

    #[test]
    fn validity_includes_its_ends() {
        let file = read(PEM).unwrap();
        let certificate = &file.certificates[0];
        assert!(certificate.is_valid_at(certificate.not_before.to_system_time()));
        assert!(certificate.is_valid_at(certificate.not_after.to_system_time()));
        assert!(!certificate.is_valid_at(SystemTime::UNIX_EPOCH));
    }
}
