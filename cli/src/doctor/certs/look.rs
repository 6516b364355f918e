//! A look at each certificate of a node: files of the PKI, kubeconfigs and their copies, the kubelet's own.

use std::time::SystemTime;

use super::renewal::{self, Renewal};
use super::{CertificateRow, CertificateTable, Lies, days};
use crate::Code;
use crate::doctor::finding::{Unread, date};
use crate::doctor::inspection::kubeconfig::KUBECONFIGS;
use crate::doctor::inspection::pki::Owner;
use crate::doctor::inspection::{Inspection, Pem};
use crate::doctor::x509::Certificate;

/// The kubelet renews at 70 to 90 of a hundred of the life (client-go, certificate manager).
const OVERDUE: u64 = 90;
const ADMIN: &str = "/etc/kubernetes/admin.conf";
const KUBELET: &str = "/etc/kubernetes/kubelet.conf";

pub(super) struct Look<'l, 's> {
    seen: &'l Inspection<'s>,
    table: CertificateTable,
}

impl<'l, 's> Look<'l, 's> {
    /// All of them, unsorted.
    pub(super) fn at(seen: &'l Inspection<'s>) -> CertificateTable {
        let mut look = Self { seen, table: Self::without_homes(seen) };
        look.copies();
        look.table
    }

    /// Those of the node itself, whoever has copies in a home.
    pub(super) fn without_homes(seen: &'l Inspection<'s>) -> CertificateTable {
        let mut look = Self { seen, table: CertificateTable::default() };
        look.files();
        for path in look.kubeconfigs() {
            look.kubeconfig(&path);
        }
        look.kubelet();
        look.serving();
        look.table
    }
}

impl Look<'_, '_> {
    fn read<T>(&mut self, read: Result<T, Unread>) -> Option<T> {
        match read {
            Ok(read) => Some(read),
            Err(unread) => {
                self.unread(unread);
                None
            }
        }
    }

    fn unread(&mut self, unread: Unread) {
        if !self.table.unread.contains(&unread) {
            self.table.unread.push(unread);
        }
    }

    fn files(&mut self) {
        let seen = self.seen;
        for pair in seen.pairs(|unread| self.unread(unread)) {
            let all = self.read(seen.certificates(&pair.certificate)).flatten().unwrap_or_default();
            let port = self.port_of(&pair.certificate);
            for one in all {
                let is_here =
                    pair.owner != Owner::Kubeadm || pair.ca.as_ref().is_none_or(|ca| self.signs(ca));
                let renewal = renewal::of_file(pair.owner, one.is_ca, is_here);
                self.add(Lies::File, &pair.certificate, &one, (renewal, port.filter(|_| !one.is_ca)));
            }
        }
    }

    /// Whether the key of a CA is here; one that cannot be seen is taken to be, and is told.
    fn signs(&mut self, ca: &str) -> bool {
        let key = format!("{}.key", ca.strip_suffix(".crt").unwrap_or(ca));
        self.read(self.seen.files().kind(&key)).is_none_or(|key| key.is_some())
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
        self.read(self.seen.certificate_of(path)).flatten()
    }

    /// kubeadm's, and others that static pods are told of.
    fn kubeconfigs(&mut self) -> Vec<String> {
        let own = KUBECONFIGS.into_iter().filter(|name| *name != "kubelet.conf");
        let mut paths: Vec<String> = own.map(|name| format!("/etc/kubernetes/{name}")).collect();
        for pod in self.read(self.seen.manifests()).unwrap_or_default() {
            for flag in pod.flags.iter().filter(|flag| flag.name.ends_with("kubeconfig")) {
                if !flag.value.is_empty() && !paths.contains(&flag.value) {
                    paths.push(flag.value.clone());
                }
            }
        }
        paths
    }

    fn kubeconfig(&mut self, path: &str) {
        let Some((one, _)) = self.certificate_of(path) else { return };
        let name = path.strip_prefix("/etc/kubernetes/");
        let renewal = if name.is_some_and(|name| KUBECONFIGS.contains(&name)) {
            self.of_cluster(renewal::KUBEADM)
        } else {
            renewal::OTHERS
        };
        self.add(Lies::Kubeconfig, path, &one, (renewal, None));
    }

    /// What wants the key of the cluster's CA.
    fn of_cluster(&mut self, renewal: Renewal) -> Renewal {
        let ca = format!("{}/ca.crt", self.seen.pki_dir());
        if self.signs(&ca) { renewal } else { renewal::EXTERNAL }
    }

    /// Kubeconfigs in home directories.
    fn copies(&mut self) {
        let homes = host_prep::cluster::homes(self.seen.host());
        let homes = homes.map_err(|error| Unread::because("the homes of users", &error));
        let homes = self.read(homes).unwrap_or_else(|| vec!["/root".into()]);
        let admin = self.certificate_of(ADMIN).map(|(one, _)| one);
        for home in homes {
            let path = home.join(".kube/config").display().to_string();
            let Some((one, pem)) = self.certificate_of(&path) else { continue };
            let is_link =
                self.read(self.seen.files().link(&path)).flatten().is_some_and(|to| to.ends_with(ADMIN));
            let is_same = admin.as_ref().is_some_and(|admin| admin.serial == one.serial);
            let renewal = match &admin {
                _ if is_link => self.of_cluster(renewal::KUBEADM),
                Some(_) if is_same && matches!(pem, Pem::Data(..)) => self.of_cluster(renewal::COPY),
                Some(admin) if admin.subject == one.subject => renewal::OLD_COPY,
                // Of an administrator of before 1.29 the subject is another one.
                _ if one.common_name == "kubernetes-admin" => renewal::OLD_COPY,
                _ => renewal::OTHER_USER,
            };
            let row = self.add(Lies::KubeconfigCopy, &path, &one, (renewal, None));
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
        let path = self.seen.kubelet_flag("kubeconfig").map(|(path, _)| path);
        let path = path.unwrap_or_else(|| KUBELET.to_owned());
        let Some((one, pem)) = self.certificate_of(&path) else { return };
        let rotates = self.read(self.seen.kubelet_switch("rotate-certificates", "rotateCertificates"));
        let is_off = rotates.is_some_and(|rotates| rotates.is_none_or(|(on, _)| !on));
        let now = self.seen.now();
        let (place, renewal) = match pem {
            Pem::Data(..) => (path, renewal::EMBEDDED),
            Pem::File(file, _) if is_off => (file, renewal::ROTATION_OFF),
            Pem::File(file, _) => (file, renewal::KUBELET),
        };
        let row = self.add(Lies::KubeletClient, &place, &one, (renewal, None));
        if renewal == renewal::EMBEDDED {
            row.say("kubelet-certificate-embedded", "it lies in kubelet.conf itself, where nobody renews it");
        } else if renewal == renewal::ROTATION_OFF {
            row.say(Code::KubeletRotationOff.as_str(), "rotateCertificates is not true");
        } else if is_overdue(&one, now) {
            row.say(
                Code::KubeletRotationOverdue.as_str(),
                "more than nine tenths of its life are over, and the kubelet has not renewed it",
            );
        }
    }

    fn serving(&mut self) {
        let Some((path, by)) = self.read(self.seen.kubelet_serving()).flatten() else { return };
        let found = self.read(self.seen.certificates(&path)).flatten();
        if let Some(one) = found.and_then(|all| all.into_iter().next()) {
            self.add(Lies::KubeletServing, &path, &one, (renewal::of_serving(by), Some(10250)));
        }
    }

    fn add(
        &mut self,
        lies: Lies,
        place: &str,
        one: &Certificate,
        (renewal, port): (Renewal, Option<u16>),
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
            renewed_by: renewal.by,
            renewal: renewal.how,
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

pub(super) fn is_overdue(one: &Certificate, now: SystemTime) -> bool {
    let life = one.not_after.duration_since(one.not_before).unwrap_or_default().as_secs();
    let gone = now.duration_since(one.not_before).unwrap_or_default().as_secs();
    gone.saturating_mul(100) > life.saturating_mul(OVERDUE)
}
