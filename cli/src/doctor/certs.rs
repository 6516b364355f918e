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

mod ports;
#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::Serialize;

use super::diagnose_those;
use super::finding::{Finding, Severity, Unread, date};
use super::inspection::kubeconfig::KUBECONFIGS;
use super::inspection::{Inspection, Pem};
use super::x509::Certificate;
use crate::Code;

pub use ports::served;

const DAY: u64 = 24 * 60 * 60;
/// From so many days on an end is told.
const SOON: i64 = 30;
/// kubeadm does not renew a CA: its end is told a year before.
const SOON_FOR_A_CA: i64 = 365;
/// The kubelet renews at 70 to 90 of a hundred of the life (client-go, certificate manager).
const OVERDUE: u64 = 90;

/// Checks of files that the table cannot have a row of.
const UNUSABLE: &[&str] =
    &["certificate-unreadable", "kubeconfig-unusable", "kubelet-client-certificate-unusable"];

const ADMIN: &str = "/etc/kubernetes/admin.conf";
const KUBELET: &str = "/etc/kubernetes/kubelet.conf";
/// What the kubelet serves with: signed by itself, or by the cluster.
const SERVING: [&str; 2] =
    ["/var/lib/kubelet/pki/kubelet-server-current.pem", "/var/lib/kubelet/pki/kubelet.crt"];

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
    let mut look = Look { seen, table: CertificateTable::default() };
    look.files();
    look.kubeconfigs();
    look.copies();
    look.kubelet();
    look.table.rows.sort_by(|a, b| (a.days_left, &a.place).cmp(&(b.days_left, &b.place)));
    look.table.compared(served)
}

/// When the host's own certificates end, by their files; those of home directories are left out.
pub(super) fn ends(seen: &Inspection<'_>) -> Vec<CertificateEnd> {
    let mut look = Look { seen, table: CertificateTable::default() };
    look.files();
    look.kubeconfigs();
    look.kubelet();
    let mut rows = look.table.rows;
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

struct Look<'l, 's> {
    seen: &'l Inspection<'s>,
    table: CertificateTable,
}

impl Look<'_, '_> {
    fn read<T>(&mut self, read: Result<T, Unread>) -> Option<T> {
        match read {
            Ok(read) => Some(read),
            Err(unread) => {
                self.table.unread.push(unread);
                None
            }
        }
    }

    fn files(&mut self) {
        for pair in self.read(self.seen.pairs()).unwrap_or_default() {
            let all = self.read(self.seen.certificates(&pair.certificate)).flatten().unwrap_or_default();
            let port = self.port_of(&pair.certificate);
            for one in all {
                let by = if one.is_ca { "nobody" } else { "kubeadm certs renew" };
                self.add(Lies::File, &pair.certificate, &one, (by, port.filter(|_| !one.is_ca)));
            }
        }
    }

    /// The port that a component serves a certificate on.
    fn port_of(&mut self, certificate: &str) -> Option<u16> {
        let flags = [
            ("kube-apiserver", "tls-cert-file", "secure-port", 6443),
            ("etcd", "cert-file", "", 2379),
            ("kube-controller-manager", "tls-cert-file", "secure-port", 10257),
            ("kube-scheduler", "tls-cert-file", "secure-port", 10259),
        ];
        for (pod, file, port, usual) in flags {
            let Some(manifest) = self.read(self.seen.manifest(pod)).flatten() else { continue };
            if manifest.flag(file).is_some_and(|flag| flag.value == certificate) {
                return Some(manifest.flag(port).and_then(|flag| flag.value.parse().ok()).unwrap_or(usual));
            }
        }
        None
    }

    fn certificate_of(&mut self, path: &str) -> Option<(Certificate, Pem)> {
        let config = self.read(self.seen.kubeconfig(path)).flatten()?;
        let pem = config.certificate?;
        let bytes = self.read(self.seen.pem(&pem)).flatten()?;
        let first = Certificate::all(&bytes).ok()?.into_iter().next()?;
        Some((first, pem))
    }

    fn kubeconfigs(&mut self) {
        for name in KUBECONFIGS.into_iter().filter(|name| *name != "kubelet.conf") {
            let path = format!("/etc/kubernetes/{name}");
            if let Some((one, _)) = self.certificate_of(&path) {
                self.add(Lies::Kubeconfig, &path, &one, ("kubeadm certs renew", None));
            }
        }
    }

    /// Kubeconfigs in home directories: copies of admin.conf are renewed by nobody.
    fn copies(&mut self) {
        let homes = self.read(self.seen.files().list("/home")).unwrap_or_default();
        let homes = homes.iter().map(|name| format!("/home/{name}"));
        let admin = self.certificate_of(ADMIN).map(|(one, _)| one);
        for path in
            std::iter::once("/root".to_owned()).chain(homes).map(|home| format!("{home}/.kube/config"))
        {
            let Some((one, _)) = self.certificate_of(&path) else { continue };
            let row = self.add(Lies::KubeconfigCopy, &path, &one, ("nobody", None));
            let newer = |admin: &Certificate| {
                admin.subject == one.subject && admin.serial != one.serial && admin.not_after > one.not_after
            };
            if let Some(admin) = admin.as_ref().filter(|admin| newer(admin)) {
                let text = format!("{ADMIN} has a newer one, valid until {}", date(admin.not_after));
                row.say(Code::KubeconfigCopyStale.as_str(), text);
            }
        }
    }

    fn kubelet(&mut self) {
        if let Some((one, pem)) = self.certificate_of(KUBELET) {
            let is_inside = matches!(pem, Pem::Data(..));
            let place = match pem {
                Pem::File(path, _) => path,
                Pem::Data(..) => KUBELET.to_owned(),
            };
            let rotates = self.read(self.seen.kubelet_switch("rotate-certificates", "rotateCertificates"));
            let now = self.seen.now();
            let row = self.add(Lies::KubeletClient, &place, &one, ("kubelet", None));
            if is_inside {
                row.renewed_by = "nobody";
                row.say(
                    "kubelet-certificate-embedded",
                    "it lies in kubelet.conf itself, where nobody renews it",
                );
            } else if rotates.is_some_and(|rotates| rotates.is_none_or(|(on, _)| !on)) {
                row.renewed_by = "nobody";
                row.say(Code::KubeletRotationOff.as_str(), "rotateCertificates is not true");
            } else if is_overdue(&one, now) {
                row.say(
                    Code::KubeletRotationOverdue.as_str(),
                    "more than nine tenths of its life are over, and the kubelet has not renewed it",
                );
            }
        }
        for path in SERVING {
            let found = self.read(self.seen.certificates(path)).flatten();
            let Some(one) = found.and_then(|all| all.into_iter().next()) else { continue };
            // One that it signed itself is made where there is none, and never again (kubelet 1.34,
            // cmd/kubelet/app/server.go).
            let by = if path.ends_with("kubelet.crt") { "nobody" } else { "kubelet" };
            self.add(Lies::KubeletServing, path, &one, (by, Some(10250)));
            break;
        }
    }

    fn add(
        &mut self,
        lies: Lies,
        place: &str,
        one: &Certificate,
        (renewed_by, port): (&'static str, Option<u16>),
    ) -> &mut CertificateRow {
        let now = self.seen.now();
        let mut row = CertificateRow {
            lies,
            place: place.to_owned(),
            subject: one.subject.clone(),
            serial: one.serial.clone(),
            is_ca: one.is_ca,
            not_before: date(one.not_before),
            not_after: date(one.not_after),
            days_left: days(one.not_after, now),
            renewed_by,
            port,
            is_served: None,
            remarks: Vec::new(),
        };
        row.life(one, now);
        self.table.rows.push(row);
        let last = self.table.rows.len() - 1;
        &mut self.table.rows[last]
    }
}

impl CertificateRow {
    fn say(&mut self, code: &'static str, text: impl Into<String>) {
        self.remarks.push(CertificateRemark { code, text: text.into() });
    }

    fn life(&mut self, one: &Certificate, now: SystemTime) {
        let days = self.days_left;
        if !one.is_valid_at(now) {
            let text = format!("valid from {} to {}, and not now", self.not_before, self.not_after);
            let code = if one.is_ca { Code::CaExpiresSoon } else { Code::CertificateExpired };
            self.say(code.as_str(), text);
        } else if one.is_ca && days < SOON_FOR_A_CA {
            self.say(
                Code::CaExpiresSoon.as_str(),
                format!("the CA ends in {days} days, and nobody renews it"),
            );
        } else if !one.is_ca && days < SOON {
            self.say(Code::CertificateExpiresSoon.as_str(), format!("ends in {days} days"));
        }
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

fn is_overdue(one: &Certificate, now: SystemTime) -> bool {
    let life = one.not_after.duration_since(one.not_before).unwrap_or_default().as_secs();
    let gone = now.duration_since(one.not_before).unwrap_or_default().as_secs();
    gone.saturating_mul(100) > life.saturating_mul(OVERDUE)
}
