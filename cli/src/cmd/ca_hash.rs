//! `k8sprep ca-hash`.
//!
//! The pin of a cluster's CA, as `kubeadm join --discovery-token-ca-cert-hash` wants it: SHA-256
//! over the public key's SubjectPublicKeyInfo (RFC 7469), by `kubeadm_config::CaFile`. Findings
//! about the file are warnings; exit 3 where `--check` names another pin. JSON:
//! `k8sprep.ca-hash/v1`.

use std::path::PathBuf;
use std::time::SystemTime;

use kubeadm_config::{CaFile, CaPin};
use serde_json::json;

use crate::cmd::{Exits, Run};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::ui::{Format, Ui};

/// A CA file is a few kilobytes; what is larger than this is none.
const MOST_BYTES: u64 = 16 << 20;

/// The flags of `ca-hash`.
#[derive(clap::Args, Debug)]
pub(crate) struct CaHash {
    /// The CA file (PEM); `-` reads stdin
    #[arg(default_value = "/etc/kubernetes/pki/ca.crt")]
    file: PathBuf,
    /// Exit 3 unless one of the certificates has this pin; may be given several times
    #[arg(long, value_name = "PIN")]
    check: Vec<CaPin>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    output: Format,
}

impl Run for CaHash {
    const NAME: &'static str = "ca-hash";
    const ABOUT: &'static str =
        "Print the pins of a CA file, for `kubeadm join --discovery-token-ca-cert-hash`";
    const EXAMPLES: &'static str = "
  k8sprep ca-hash
  k8sprep ca-hash ./ca.crt --output json
  ssh cp1 cat /etc/kubernetes/pki/ca.crt | k8sprep ca-hash -
  k8sprep ca-hash --check sha256:6a27c58eed5b994978d7122cab7c6f903850b674926f17c59b08dd8e3740fde7";
    const EXITS: Exits = &[(3, "with --check: the file has none of these pins")];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let name = input::shown(&self.file);
        let bytes = input::read(&self.file, MOST_BYTES).map_err(|error| unreadable(&name, &error))?;
        let file = CaFile::read(&bytes).map_err(|error| {
            Failure::new(Exit::Failed, error.code().as_str(), format_args!("{name}: {error}"))
        })?;
        match self.output {
            Format::Text => print_text(&name, &file, ui)?,
            Format::Json => print_json(&file, ui)?,
        }
        let found: Vec<CaPin> = file.pins().collect();
        CaPin::check(&self.check, &found).map_err(|_| {
            Failure::new(
                Exit::Differences,
                crate::Code::PinMismatch.as_str(),
                mismatch(&name, &self.check, &found),
            )
        })
    }
}

/// With what to do, by the kind of error.
fn unreadable(name: &str, error: &std::io::Error) -> Failure {
    let failure = Failure::cannot_read(name, error);
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            failure.hint("kubeadm writes the CA on a control-plane node; name the file, or run this there")
        }
        std::io::ErrorKind::PermissionDenied => failure.hint("run this as root, or on a copy of the file"),
        _ => failure,
    }
}

/// Pins alone on stdout, one a line, for scripts.
fn print_text(name: &str, file: &CaFile, ui: &mut Ui) -> Result<(), Failure> {
    let now = SystemTime::now();
    for finding in &file.findings {
        ui.warn(finding.code().as_str(), format_args!("{name}: {finding}"));
    }
    for (index, certificate) in file.certificates.iter().enumerate() {
        if !certificate.is_valid_at(now) {
            ui.warn(
                crate::Code::CertificateExpired.as_str(),
                format_args!(
                    "{name}: certificate {} is valid from {} to {}, and that is not now",
                    index + 1,
                    certificate.not_before(),
                    certificate.not_after(),
                ),
            );
        }
        ui.line(certificate.pin)?;
    }
    Ok(())
}

/// Every certificate with its dates and findings.
fn print_json(file: &CaFile, ui: &mut Ui) -> Result<(), Failure> {
    let now = SystemTime::now();
    let certificates: Vec<_> = file
        .certificates
        .iter()
        .map(|certificate| {
            json!({
                "pin": certificate.pin.to_string(),
                "subject": certificate.subject,
                "isCA": certificate.is_ca,
                "notBefore": certificate.not_before(),
                "notAfter": certificate.not_after(),
                "validNow": certificate.is_valid_at(now),
            })
        })
        .collect();
    let findings: Vec<_> = file.findings.iter().map(ToString::to_string).collect();
    let told = json!({ "certificates": certificates, "findings": findings });
    ui.json("ca-hash", &told)
}

/// Both sides, since one of them is a copy that went wrong.
fn mismatch(name: &str, wanted: &[CaPin], found: &[CaPin]) -> String {
    let list = |pins: &[CaPin]| pins.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    format!("{name}: no certificate has the pin {}; found {}", list(wanted), list(found))
}
