//! Certificates whose time is over, or has not come.

use std::time::SystemTime;

use kubeadm_config::CaFile;

use super::Look;

impl Look<'_> {
    pub(super) fn certificates(&mut self, now: SystemTime) {
        let Some(files) = self.facts.kubeadm.certificates.known() else { return };
        for file in files {
            let path = file.path.display();
            let read = match CaFile::read(&file.bytes) {
                Ok(read) => read,
                Err(error) => {
                    self.fault(
                        "certificate-unreadable",
                        "certificate",
                        format!("{path}: {error}"),
                        "put the right file back",
                    );
                    continue;
                }
            };
            for certificate in read.certificates.iter().filter(|one| !one.is_valid_at(now)) {
                let what = format!(
                    "{path} is valid from {} to {}, and that is not now",
                    certificate.not_before(),
                    certificate.not_after()
                );
                let hint = if certificate.is_ca {
                    "look at the clock; an expired CA must be replaced, with every certificate it signed"
                } else {
                    "look at the clock; `kubeadm certs renew all` renews expired certificates"
                };
                self.fault("certificate-expired", "certificate", what, hint);
            }
        }
    }
}
