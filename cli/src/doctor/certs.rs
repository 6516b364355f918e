//! Every certificate of a node in one table: files, kubeconfigs and their copies, the kubelet's own;
//! how long each lives, who renews it, and whether its process serves what its file has.
//!
//! ```
//! use std::time::SystemTime;
//!
//! use k8sprep::doctor::{Inspection, certs::table};
//! use k8sprep::host_prep::{Host, fs::Root};
//!
//! # let dir = tempfile::tempdir()?;
//! # let pki = dir.path().join("etc/kubernetes/pki");
//! # std::fs::create_dir_all(&pki)?;
//! # std::fs::copy("src/doctor/testdata/ca.crt", pki.join("ca.crt"))?;
//! let host = Host::offline(Root::open(dir.path())?);
//! let table = table(&Inspection::of(&host, SystemTime::now()), &[]);
//! assert_eq!((table.rows[0].place.as_str(), table.rows[0].is_ca), ("/etc/kubernetes/pki/ca.crt", true));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod look;
mod ports;
mod renewal;
#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::Serialize;

use super::diagnose_those;
use super::finding::{Finding, Severity, Unread};
use super::inspection::Inspection;
use super::rules::certificates::life::{SOON, SOON_FOR_A_CA};
use super::x509::Certificate;
use crate::Code;
use look::Look;

pub use ports::served;

const DAY: u64 = 24 * 60 * 60;

/// Checks of what the table cannot have a row of, or sees nothing wrong with: files that are not there, that are
/// none, and that do not fit each other.
const UNUSABLE: &[&str] = &[
    "ca-file-unreadable",
    "certificate-key-mismatch",
    "certificate-name-missing",
    "certificate-too-weak",
    "certificate-unknown-authority",
    "certificate-unreadable",
    "kubeconfig-unusable",
    "kubelet-client-certificate-unusable",
    "service-account-keys-differ",
];

/// A certificate that a process serves, asked of its port.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Served {
    /// The port on the host.
    pub port: u16,
    /// The serial number of the first certificate, in hexadecimal digits.
    pub serial: String,
}

impl Served {
    /// What is served on a port.
    pub fn new(port: u16, serial: impl Into<String>) -> Self {
        Self { port, serial: serial.into() }
    }

    /// What is served on a port, by the certificate in DER that the handshake gave; `None`: it is
    /// none.
    #[must_use]
    pub fn of_der(port: u16, der: &[u8]) -> Option<Self> {
        Some(Self { port, serial: Certificate::of_der(der)?.serial })
    }
}

/// What a certificate lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Lies {
    /// A file of the PKI.
    File,
    /// A kubeconfig that kubeadm wrote.
    Kubeconfig,
    /// A kubeconfig in a home directory.
    KubeconfigCopy,
    /// What the kubelet proves itself with.
    KubeletClient,
    /// What the kubelet serves with.
    KubeletServing,
}

/// What is to be known of a certificate, by the code that explains it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CertificateRemark {
    /// The name of the fault.
    pub code: &'static str,
    /// What it is.
    pub text: String,
}

/// A certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CertificateRow {
    /// What it lies in.
    pub lies: Lies,
    /// The file.
    pub place: String,
    /// Its subject as RFC 4514 writes it.
    pub subject: String,
    /// Its serial number in hexadecimal digits.
    pub serial: String,
    /// Whether it is a CA's.
    pub is_ca: bool,
    /// RFC 3339 in UTC.
    pub not_before: String,
    /// RFC 3339 in UTC.
    pub not_after: String,
    /// Whole days from now to its end; negative where that is over.
    pub days_left: i64,
    /// Who renews it.
    pub renewed_by: &'static str,
    /// What is to be done for it, where that is nobody of this host.
    pub renewal: Option<&'static str>,
    /// The port that it is served on, where it is.
    pub port: Option<u16>,
    /// Whether the process on that port serves this one; `None`: it was not asked.
    pub is_served: Option<bool>,
    /// What is to be known of it.
    pub remarks: Vec<CertificateRemark>,
}

/// When a certificate of the host ends.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CertificateEnd {
    /// The file; of several certificates in one it is the first to end.
    pub file: String,
    /// Its subject as RFC 4514 writes it.
    pub subject: String,
    /// RFC 3339 in UTC.
    pub not_after: String,
}

/// The certificates of a node; the first to end comes first.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CertificateTable {
    /// Each of them.
    pub rows: Vec<CertificateRow>,
    /// What could not be read.
    pub unread: Vec<Unread>,
    /// What is there, or should be, and is no certificate that can be used: checks of the catalogue.
    pub findings: Vec<Finding>,
}

impl CertificateTable {
    /// Whether there is nothing to be done.
    #[must_use]
    pub fn is_fine(&self) -> bool {
        self.rows.iter().all(|row| row.remarks.is_empty())
            && self.findings.iter().all(|one| one.severity < Severity::Warning)
    }

    /// The same, compared with what the node's processes serve.
    #[must_use]
    pub fn compared(mut self, served: &[Served]) -> Self {
        for row in &mut self.rows {
            let of_row = |one: &&Served| row.port == Some(one.port);
            let Some(served) = served.iter().find(of_row) else { continue };
            let is_same = served.serial.eq_ignore_ascii_case(&row.serial);
            row.is_served = Some(is_same);
            if !is_same {
                let text = format!("port {} still serves the one of serial {}", served.port, served.serial);
                row.say(Code::CertificateNotServed.as_str(), text);
            }
        }
        self
    }
}

/// The certificates of a node, compared with what its processes serve.
#[must_use]
pub fn table(seen: &Inspection<'_>, served: &[Served]) -> CertificateTable {
    let mut table = rows(seen, served);
    // What is no certificate has no row.
    let asked = diagnose_those(seen, &|name| UNUSABLE.contains(&name));
    table.findings = asked.findings.into_iter().filter(|one| UNUSABLE.contains(&one.code)).collect();
    let known = table.unread.clone();
    let unread = asked.undecided.into_iter().filter(|one| UNUSABLE.contains(&one.code));
    table.unread.extend(unread.map(|one| one.unread).filter(|one| !known.contains(one)));
    table.unread.dedup();
    table
}

/// The table without what the checks say: files alone are read for it.
pub(crate) fn rows(seen: &Inspection<'_>, served: &[Served]) -> CertificateTable {
    let mut table = Look::at(seen);
    table.rows.sort_by(|a, b| (a.days_left, &a.place).cmp(&(b.days_left, &b.place)));
    table.compared(served)
}

/// When the host's own certificates end, by their files; those of home directories are left out.
pub(super) fn ends(seen: &Inspection<'_>) -> Vec<CertificateEnd> {
    let mut rows = Look::without_homes(seen).rows;
    // One text form of one zone: the order of the texts is that of the times.
    rows.sort_by(|a, b| (&a.place, &a.not_after).cmp(&(&b.place, &b.not_after)));
    rows.dedup_by(|later, first| later.place == first.place);
    let end = |row: CertificateRow| CertificateEnd {
        file: row.place,
        subject: row.subject,
        not_after: row.not_after,
    };
    rows.into_iter().map(end).collect()
}

impl CertificateRow {
    fn say(&mut self, code: &'static str, text: impl Into<String>) {
        self.remarks.push(CertificateRemark { code, text: text.into() });
    }

    fn life(&mut self, one: &Certificate, now: SystemTime) {
        let (days, end) = (self.days_left, &self.not_after);
        let cure = self.renewal.map(|how| format!(": {how}")).unwrap_or_default();
        let (code, text) = if now < one.not_before {
            let text = format!("valid from {} on, and not yet: look at the clock", self.not_before);
            (Code::CertificateNotYetValid, text)
        } else if one.is_ca && one.not_after < now {
            (Code::CaExpiresSoon, format!("the CA ended at {end}, and nobody renews it{cure}"))
        } else if one.not_after < now {
            (Code::CertificateExpired, format!("ended at {end}{cure}"))
        } else if one.is_ca && days < i64::from(SOON_FOR_A_CA) {
            (Code::CaExpiresSoon, format!("the CA ends in {days} days, and nobody renews it{cure}"))
        } else if !one.is_ca && days < i64::from(SOON) {
            (Code::CertificateExpiresSoon, format!("ends in {days} days{cure}"))
        } else {
            return;
        };
        self.say(code.as_str(), text);
    }
}

/// Whole days from `now` to `end`, rounded down.
fn days(end: SystemTime, now: SystemTime) -> i64 {
    let whole = |time: Duration| i64::try_from(time.as_secs() / DAY).unwrap_or(i64::MAX);
    match end.duration_since(now) {
        Ok(left) => whole(left),
        Err(over) => -1 - whole(over.duration()),
    }
}
