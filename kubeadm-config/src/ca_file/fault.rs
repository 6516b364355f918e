//! What can be wrong with a CA file, and what is only remarkable.

use crate::code::Code;

/// Something about a CA file that is no error here.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum CaFinding {
    /// The file starts with U+FEFF, and Go does not see a PEM block behind it.
    #[error(
        "the file starts with a byte order mark, and kubeadm cannot read it; remove its first three bytes"
    )]
    ByteOrderMark,
    /// The file is the bare certificate.
    #[error("the file is DER and kubeadm reads PEM only; convert it with `openssl x509 -inform der`")]
    Der,
    /// An elliptic curve that Go has no name for, or one that is spelt out.
    #[error(
        "certificate {nth} has a key that kubeadm cannot use: its elliptic curve is none of P-224, P-256, P-384, P-521 by name"
    )]
    KeyUnknownToKubeadm { nth: usize },
    /// basicConstraints is absent or says no.
    #[error("certificate {nth} is not a CA certificate (basicConstraints CA:TRUE is missing)")]
    NotACa { nth: usize },
    /// A private key lies beside the certificates.
    #[error(
        "line {line}: the file also holds a private key ({label:?}); keep keys out of a file that is handed around"
    )]
    PrivateKey { line: usize, label: String },
    /// A block that kubeadm passes over, because it cannot be decoded.
    #[error("line {line}: the PEM block {label:?} is damaged and is skipped: {reason}")]
    DamagedBlock { line: usize, label: String, reason: String },
}

impl CaFinding {
    /// The stable name of it.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::ByteOrderMark => Code::CaByteOrderMark,
            Self::Der => Code::CaFileIsDer,
            Self::KeyUnknownToKubeadm { .. } => Code::CaKeyUnusable,
            Self::NotACa { .. } => Code::NotACaCertificate,
            Self::PrivateKey { .. } => Code::PrivateKeyBesideCa,
            Self::DamagedBlock { .. } => Code::PemBlockDamaged,
        }
    }
}

/// Why a file is no CA file.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum CaFileError {
    /// Nothing or only white space.
    #[error("the file is empty")]
    Empty,
    /// Neither PEM nor a DER certificate.
    #[error("the file is neither PEM (there is no line that starts with -----BEGIN) nor a DER certificate")]
    NotPem,
    /// A private key and no certificate.
    #[error(
        "line {line}: this is a private key ({label:?}), not a certificate; the pin is made from ca.crt, not from ca.key"
    )]
    PrivateKey { line: usize, label: String },
    /// PEM blocks of other kinds only.
    #[error("line {line}: there is no CERTIFICATE block in the file, only {label:?}")]
    NoCertificate { line: usize, label: String },
    /// The certificate's PEM block cannot be decoded.
    #[error("line {line}: the PEM block {label:?} is damaged: {reason}")]
    DamagedPem { line: usize, label: String, reason: String },
    /// The block can be decoded, but it is no X.509 certificate.
    #[error("line {line}: certificate {nth} is not a valid X.509 certificate: {reason}")]
    BadCertificate { line: usize, nth: usize, reason: String },
}

impl CaFileError {
    /// The stable name of the fault.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::PrivateKey { .. } => Code::PrivateKeyGiven,
            Self::DamagedPem { .. } => Code::PemBlockDamaged,
            Self::Empty | Self::NotPem | Self::NoCertificate { .. } | Self::BadCertificate { .. } => {
                Code::CaFileUnreadable
            }
        }
    }
}
