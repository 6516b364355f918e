//! How long certificates live, and those that cannot be read.

use std::time::SystemTime;

use host_prep::facts::{Facts, FileText};
use kubeadm_config::{CaFile, CaFinding};
use serde::Serialize;

use super::Look;

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
    /// Only whether each can be read; how long they live is for doctor, which knows the time.
    pub(super) fn certificates(&mut self) {
        let Some(files) = self.facts.kubeadm.certificates.known() else { return };
        for file in files {
            let path = file.path.display();
            let (what, hint) = match CaFile::read(&file.bytes) {
                Err(error) => (format!("{path}: {error}"), "put the right file back".to_owned()),
                // Nobody of the cluster reads that (client-go, `cert.ParseCertsPEM`; Go, `tls.X509KeyPair`).
                Ok(read) if read.findings.contains(&CaFinding::Der) => {
                    let word = host_prep::shell_word(&path.to_string());
                    let hint = format!("`openssl x509 -inform der -in {word} -out {word}` makes PEM of it");
                    (format!("{path}: it is in DER, and only PEM is read"), hint)
                }
                Ok(_) => continue,
            };
            self.fault("certificate-unreadable", "certificate", what, hint);
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

    const CA: &[u8] = include_bytes!("../../../../kubeadm-config/tests/data/ca-p256.crt");
    const LEAF: &[u8] = include_bytes!("../../../../kubeadm-config/tests/data/leaf-p256.crt");

    #[test]
    fn how_long_each_lives_is_told_with_the_first_to_end_first() {
        let dir = tempfile::tempdir().unwrap();
        let pki = dir.path().join("etc/kubernetes/pki");
        std::fs::create_dir_all(&pki).unwrap();
        write_new(&pki.join("ca.crt"), CA, Mode::PUBLIC).unwrap();
        write_new(&pki.join("apiserver.crt"), LEAF, Mode::PUBLIC).unwrap();
        let facts = observe(&Host::offline(Root::open(dir.path()).unwrap()), &ObserveOptions::default());
        let day = |days: u64| Duration::from_secs(days * 24 * 60 * 60);
        let left = CaFile::read(LEAF).unwrap().certificates[0].days_left(SystemTime::UNIX_EPOCH);
        let now = SystemTime::UNIX_EPOCH + day(u64::try_from(left).unwrap()) - day(10);
        let lives = certificate_lives(&facts, now);
        let life = lives.iter().find(|life| life.file.ends_with("apiserver.crt")).unwrap();
        assert_eq!((life.days_left, life.is_ca), (10, false));
        assert!(life.not_after.ends_with('Z') && lives.is_sorted_by_key(|life| life.days_left), "{lives:?}");
    }
}
