//! The certificates of a node with their keys and the CA that each is of: kubeadm's layout, and the
//! paths that the static pods name.

use super::{Inspection, Pem};
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::x509::Certificate;

/// `certificatesDir` of kubeadm by default (`v1beta3` and `v1beta4`). Another one shows in the
/// flags of the static pods, which come first.
const PKI: &str = "/etc/kubernetes/pki";

/// A certificate, its key and its CA, by their paths.
///
/// Paths are as flags have them; that a file is there is not said.
#[derive(Clone, Debug)]
pub(in crate::doctor) struct Pair {
    pub(in crate::doctor) certificate: String,
    pub(in crate::doctor) key: Option<String>,
    /// `None`: it signed itself, or by whom is not kubeadm's to say.
    pub(in crate::doctor) ca: Option<String>,
    /// The flag that names the certificate, where one does.
    pub(in crate::doctor) place: Option<Evidence>,
    /// Whose it is.
    pub(in crate::doctor) owner: Owner,
}

/// Whose a certificate is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::doctor) enum Owner {
    /// kubeadm's: it lies where kubeadm makes and renews it.
    Kubeadm,
    /// Another one that a static pod is told of.
    Pod,
    /// Nobody that is known here: it lies among kubeadm's.
    Nobody,
}

/// Who makes what the kubelet serves with.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::doctor) enum Serving {
    /// It is told the file, which is somebody's.
    Told,
    /// The cluster signs it, and the kubelet renews it.
    Cluster,
    /// It signed it itself.
    Itself,
}

/// Static pod, its flags for a certificate and its key, and its flag for the CA, or kubeadm's file
/// below the PKI directory.
const BY_FLAGS: &[(&str, &str, &str, Ca)] = &[
    ("kube-apiserver", "tls-cert-file", "tls-private-key-file", Ca::File("ca.crt")),
    ("kube-apiserver", "kubelet-client-certificate", "kubelet-client-key", Ca::File("ca.crt")),
    ("kube-apiserver", "etcd-certfile", "etcd-keyfile", Ca::Flag("etcd-cafile")),
    (
        "kube-apiserver",
        "proxy-client-cert-file",
        "proxy-client-key-file",
        Ca::Flag("requestheader-client-ca-file"),
    ),
    ("kube-controller-manager", "cluster-signing-cert-file", "cluster-signing-key-file", Ca::None),
    ("kube-controller-manager", "tls-cert-file", "tls-private-key-file", Ca::None),
    ("kube-scheduler", "tls-cert-file", "tls-private-key-file", Ca::None),
    ("etcd", "cert-file", "key-file", Ca::Flag("trusted-ca-file")),
    ("etcd", "peer-cert-file", "peer-key-file", Ca::Flag("peer-trusted-ca-file")),
];

/// What kubeadm makes below its PKI directory, whether a flag names it or not, and the CA that signs it
/// (kubeadm, `phases/certs/certlist.go`).
const BY_PLACE: &[(&str, Option<&str>)] = &[
    ("ca", None),
    ("front-proxy-ca", None),
    ("etcd/ca", None),
    ("apiserver", Some("ca")),
    ("apiserver-kubelet-client", Some("ca")),
    ("apiserver-etcd-client", Some("etcd/ca")),
    ("front-proxy-client", Some("front-proxy-ca")),
    ("etcd/server", Some("etcd/ca")),
    ("etcd/peer", Some("etcd/ca")),
    ("etcd/healthcheck-client", Some("etcd/ca")),
];

/// Who should have signed: kubeadm's file below [`PKI`], the file that another flag of the same
/// pod names, or nobody (a CA's own certificate).
enum Ca {
    File(&'static str),
    Flag(&'static str),
    None,
}

impl Inspection<'_> {
    /// The pairs of a control plane; each certificate once. What cannot be read hides no other: it is handed
    /// to `unread`.
    pub(in crate::doctor) fn pairs(&self, mut unread: impl FnMut(Unread)) -> Vec<Pair> {
        let mut pairs = self.pairs_of_flags().unwrap_or_else(|why| {
            unread(why);
            Vec::new()
        });
        let pki = self.pki_dir();
        self.pairs_by_place(&pki, &mut pairs, &mut unread);
        self.pairs_of_nobody(&pki, &mut pairs, &mut unread);
        pairs
    }

    /// kubeadm's `certificatesDir`: where the API server's CA lies, else the usual one.
    pub(crate) fn pki_dir(&self) -> String {
        let apiserver = self.manifest("kube-apiserver").ok().flatten();
        let ca = apiserver.and_then(|manifest| manifest.flag("client-ca-file"));
        let dir = ca.and_then(|flag| Some(flag.value.rsplit_once('/')?.0.to_owned()));
        dir.filter(|dir| !dir.is_empty()).unwrap_or_else(|| PKI.to_owned())
    }

    fn pairs_of_flags(&self) -> Result<Vec<Pair>, Unread> {
        let mut pairs: Vec<Pair> = Vec::new();
        let pki = self.pki_dir();
        let by_place: Vec<String> = BY_PLACE.iter().map(|(name, _)| format!("{pki}/{name}.crt")).collect();
        for (pod, certificate, key, ca) in BY_FLAGS {
            let Some(manifest) = self.manifest(pod)? else { continue };
            let Some(flag) = manifest.flag(certificate).filter(|flag| !flag.value.is_empty()) else {
                continue;
            };
            let value = |name: &str| manifest.flag(name).map(|flag| flag.value.clone());
            pairs.push(Pair {
                certificate: flag.value.clone(),
                key: value(key),
                ca: match ca {
                    Ca::File(name) => Some(format!("{pki}/{name}")),
                    Ca::Flag(name) => value(name),
                    Ca::None => None,
                },
                place: Some(flag.place.clone()),
                owner: if by_place.contains(&flag.value) { Owner::Kubeadm } else { Owner::Pod },
            });
        }
        Ok(pairs)
    }

    fn pairs_by_place(&self, pki: &str, pairs: &mut Vec<Pair>, unread: &mut impl FnMut(Unread)) {
        for (name, ca) in BY_PLACE {
            let certificate = format!("{pki}/{name}.crt");
            if pairs.iter().any(|one| one.certificate == certificate) {
                continue;
            }
            match self.files.kind(&certificate) {
                // A CA's key may be kept elsewhere, its certificate is on every control plane.
                Ok(Some(_)) => pairs.push(Pair {
                    certificate,
                    key: Some(format!("{pki}/{name}.key")),
                    ca: ca.map(|ca| format!("{pki}/{ca}.crt")),
                    place: None,
                    owner: Owner::Kubeadm,
                }),
                Ok(None) => {}
                Err(why) => unread(why),
            }
        }
    }

    /// Certificates that lie among kubeadm's under other names: copies, and what people put there.
    fn pairs_of_nobody(&self, pki: &str, pairs: &mut Vec<Pair>, unread: &mut impl FnMut(Unread)) {
        for dir in [pki.to_owned(), format!("{pki}/etcd")] {
            let names = self.files.list(&dir).unwrap_or_else(|why| {
                unread(why);
                Vec::new()
            });
            for name in names.iter().filter_map(|name| name.strip_suffix(".crt")) {
                let certificate = format!("{dir}/{name}.crt");
                if pairs.iter().any(|one| one.certificate == certificate) {
                    continue;
                }
                let key = Some(format!("{dir}/{name}.key"));
                pairs.push(Pair { certificate, key, ca: None, place: None, owner: Owner::Nobody });
            }
        }
    }

    /// The certificates of a file; `None`: it is not there, or has none that can be read, which is a
    /// finding of its own.
    ///
    /// # Errors
    ///
    /// Where the file cannot be read.
    pub(in crate::doctor) fn certificates(&self, path: &str) -> Result<Option<Vec<Certificate>>, Unread> {
        Ok(self.files.file(path)?.and_then(|file| Certificate::all(&file.bytes).ok()))
    }

    /// What the kubelet serves with, and who makes it; `None`: nothing is there yet.
    ///
    /// # Errors
    ///
    /// Where a file cannot be read.
    pub(in crate::doctor) fn kubelet_serving(&self) -> Result<Option<(String, Serving)>, Unread> {
        let told = self.kubelet_setting("tls-cert-file", "tlsCertFile")?;
        if let Some((path, _)) = told.filter(|(path, _)| !path.is_empty()) {
            return Ok(Some((path, Serving::Told)));
        }
        for (path, by) in [
            ("/var/lib/kubelet/pki/kubelet-server-current.pem", Serving::Cluster),
            ("/var/lib/kubelet/pki/kubelet.crt", Serving::Itself),
        ] {
            if self.files.kind(path)?.is_some() {
                return Ok(Some((path.to_owned(), by)));
            }
        }
        Ok(None)
    }

    /// What the user of a kubeconfig proves itself with: the first certificate, and what it stands in.
    /// `None`: there is none that can be read, which is a finding of its own.
    ///
    /// # Errors
    ///
    /// Where a file cannot be read.
    pub(in crate::doctor) fn certificate_of(&self, path: &str) -> Result<Option<(Certificate, Pem)>, Unread> {
        let Some(pem) = self.kubeconfig(path)?.and_then(|config| config.certificate) else { return Ok(None) };
        let bytes = self.pem(&pem)?;
        let first = bytes.and_then(|bytes| Certificate::all(&bytes).ok()?.into_iter().next());
        Ok(first.map(|certificate| (certificate, pem)))
    }

    /// The kubelet's client certificate: the first of the file or text that its kubeconfig has.
    ///
    /// # Errors
    ///
    /// Where a file cannot be read.
    pub(in crate::doctor) fn kubelet_certificate(&self) -> Result<Option<(Certificate, Evidence)>, Unread> {
        let path = self.kubelet_flag("kubeconfig").map(|(path, _)| path);
        let path = path.unwrap_or_else(|| "/etc/kubernetes/kubelet.conf".to_owned());
        let found = self.certificate_of(&path)?;
        Ok(found.map(|(certificate, pem)| match pem {
            Pem::File(path, _) => (certificate, Evidence::file(path)),
            Pem::Data(_, place) => (certificate, place),
        }))
    }

    /// The Node that the kubelet's certificate is for, which the API server knows it by.
    ///
    /// # Errors
    ///
    /// Where a file cannot be read.
    pub(in crate::doctor) fn node_of_certificate(&self) -> Result<Option<String>, Unread> {
        let certificate = self.kubelet_certificate()?;
        Ok(certificate.and_then(|(one, _)| Some(one.common_name.strip_prefix("system:node:")?.to_owned())))
    }
}
