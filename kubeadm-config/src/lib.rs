//! kubeadm documents: read, default, validate, migrate and print them as kubeadm does.

mod certificate_key;
mod go;
mod pin;
mod token;

pub use self::certificate_key::{CertificateKey, InvalidCertificateKey};
pub use self::go::NotHex;
pub use self::pin::{CaNotPinned, CaPin, InvalidCaPin};
pub use self::token::{BootstrapToken, GenerateError, InvalidBootstrapToken};
