//! Certificates whose time is over, has not come, or ends soon.

use std::time::SystemTime;

use host_prep::facts::{Facts, FileText};
use kubeadm_config::{CaCertificate, CaFile};
use serde::Serialize;

use super::Look;
use crate::code::Code;

/// From so many days on an end is told: kubeadm's certificates live a year, and its CAs ten.
const SOON: i64 = 30;
const SOON_FOR_A_CA: i64 = 365;

/// kubernetes.io, "Certificate Management with kubeadm": a static Pod reads its certificates when it
/// starts, and the kubelet ends it where its manifest is away for 20 seconds.
const RENEW: &str = "`kubeadm certs renew all` renews them; then restart the control plane, which reads them when it \
                     starts: move the files of /etc/kubernetes/manifests away for 20 seconds and back";

/// How long a certificate of the control plane is valid.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CertificateLife {
    /// The file it lies in.
    pub file: String,
    /// Its subject as RFC 4514 writes it.
    pub subject: String,
    /// Whether it is a CA's.
    pub is_ca: bool,
    /// The start of its validity, RFC 3339 in UTC.
    pub not_before: String,
    /// The end of its validity, RFC 3339 in UTC.
    pub not_after: String,
    /// Whole days from now to its end; negative where that is over.
    pub days_left: i64,
}

/// The certificates of a control plane, each with how long it is valid; the first to end comes
/// first. What cannot be read is a finding.
#[must_use]
pub fn certificate_lives(facts: &Facts, now: SystemTime) -> Vec<CertificateLife> {
    let files = facts.kubeadm.certificates.known().map(Vec::as_slice).unwrap_or_default();
    let lives = |file: &FileText| {
        let read = CaFile::read(&file.bytes).map(|read| read.certificates).unwrap_or_default();
        let path = file.path.display().to_string();
        read.into_iter().map(move |one| CertificateLife {
            file: path.clone(),
            not_before: one.not_before(),
            not_after: one.not_after(),
            days_left: one.days_left(now),
            is_ca: one.is_ca,
            subject: one.subject,
        })
    };
    let mut all: Vec<_> = files.iter().flat_map(lives).collect();
    all.sort_by_key(|life| life.days_left);
    all
}

impl Look<'_> {
    pub(super) fn certificates(&mut self, now: SystemTime) {
        let Some(files) = self.facts.kubeadm.certificates.known() else { return };
        for file in files {
            let path = file.path.display().to_string();
            match CaFile::read(&file.bytes) {
                Ok(read) => read.certificates.iter().for_each(|one| self.certificate(&path, one, now)),
                Err(error) => self.fault(
                    "certificate-unreadable",
                    "certificate",
                    format!("{path}: {error}"),
                    "put the right file back",
                ),
            }
        }
    }

    fn certificate(&mut self, path: &str, certificate: &CaCertificate, now: SystemTime) {
        let (from, to) = (certificate.not_before(), certificate.not_after());
        if !certificate.is_valid_at(now) {
            let what = format!("{path} is valid from {from} to {to}, and that is not now");
            let hint = if certificate.is_ca {
                "look at the clock; an expired CA must be replaced, with every certificate it signed"
                    .to_owned()
            } else {
                format!("look at the clock; {RENEW}")
            };
            return self.fault(Code::CertificateExpired.as_str(), "certificate", what, hint);
        }
        let days = certificate.days_left(now);
        let what = format!("{path} is valid for {days} more days, to {to}");
        if certificate.is_ca && days < SOON_FOR_A_CA {
            let hint = "plan to replace it before that, with every certificate it signed: kubeadm does not renew a CA";
            self.notice(Code::CaExpiresSoon.as_str(), "certificate", what, hint);
        } else if !certificate.is_ca && days < SOON {
            self.notice(Code::CertificateExpiresSoon.as_str(), "certificate", what, RENEW);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use host_prep::Host;
    use host_prep::facts::{ObserveOptions, observe};
    use host_prep::fs::{Mode, Root, write_new};

    use super::*;
    use crate::recipe::findings;

    const CA: &[u8] = include_bytes!("../../../../kubeadm-config/tests/data/ca-p256.crt");
    const LEAF: &[u8] = include_bytes!("../../../../kubeadm-config/tests/data/leaf-p256.crt");

    /// What is said so many days before `ends` ends.
    fn said(ends: &[u8], days: u64) -> (Vec<(&'static str, String)>, Vec<CertificateLife>) {
        let dir = tempfile::tempdir().unwrap();
        let pki = dir.path().join("etc/kubernetes/pki");
        std::fs::create_dir_all(&pki).unwrap();
        write_new(&pki.join("ca.crt"), CA, Mode::PUBLIC).unwrap();
        write_new(&pki.join("apiserver.crt"), LEAF, Mode::PUBLIC).unwrap();
        let facts = observe(&Host::offline(Root::open(dir.path()).unwrap()), &ObserveOptions::default());
        let day = |days: u64| Duration::from_secs(days * 24 * 60 * 60);
        let left = CaFile::read(ends).unwrap().certificates[0].days_left(SystemTime::UNIX_EPOCH);
        let now = SystemTime::UNIX_EPOCH + day(u64::try_from(left).unwrap()) - day(days);
        let found = findings(&facts, None, now).into_iter().filter(|one| one.resource == "certificate");
        (found.map(|one| (one.code, one.hint)).collect(), certificate_lives(&facts, now))
    }

    #[test]
    fn an_end_is_told_from_thirty_days_on_with_what_reads_the_new_one() {
        let (found, lives) = said(LEAF, 10);
        let hint = found.iter().find(|(code, _)| *code == "certificate-expires-soon").map(|(_, hint)| hint);
        assert!(hint.is_some_and(|hint| hint.contains("/etc/kubernetes/manifests")), "{found:?}");
        let life = lives.iter().find(|life| life.file.ends_with("apiserver.crt")).unwrap();
        assert_eq!((life.days_left, life.is_ca), (10, false));
        assert!(life.not_after.ends_with('Z'), "{life:?}");
        let soon = |days| said(LEAF, days).0.iter().any(|(code, _)| *code == "certificate-expires-soon");
        assert!(soon(29) && !soon(30));
    }

    #[test]
    fn a_ca_is_told_a_year_before() {
        let soon = |days| said(CA, days).0.iter().any(|(code, _)| *code == "ca-expires-soon");
        assert!(soon(300) && !soon(365));
    }
}
