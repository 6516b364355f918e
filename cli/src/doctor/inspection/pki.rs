//! The certificates of a node with their keys and the CA that each is of: kubeadm's layout, and the
//! paths that the static pods name.

use super::Inspection;
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
    ("etcd", "cert-file", "key-file", Ca::Flag("trusted-ca-file")),
    ("etcd", "peer-cert-file", "peer-key-file", Ca::Flag("peer-trusted-ca-file")),
];

/// What no flag names: kubeadm's CAs, and what its probes and tools use.
const BY_PLACE: &[(&str, Option<&str>)] = &[
    ("ca", None),
    ("front-proxy-ca", None),
    ("etcd/ca", None),
    ("etcd/healthcheck-client", Some("etcd/ca.crt")),
];

/// Who should have signed: kubeadm's file below [`PKI`], the file that another flag of the same
/// pod names, or nobody (a CA's own certificate).
enum Ca {
    File(&'static str),
    Flag(&'static str),
    None,
}

impl Inspection<'_> {
    /// The pairs of a control plane; each certificate once.
    ///
    /// # Errors
    ///
    /// Where the manifests cannot be read.
    pub(in crate::doctor) fn pairs(&self) -> Result<Vec<Pair>, Unread> {
        let mut pairs: Vec<Pair> = Vec::new();
        for (pod, certificate, key, ca) in BY_FLAGS {
            let Some(manifest) = self.manifest(pod)? else { continue };
            let Some(flag) = manifest.flag(certificate) else { continue };
            let value = |name: &str| manifest.flag(name).map(|flag| flag.value.clone());
            pairs.push(Pair {
                certificate: flag.value.clone(),
                key: value(key),
                ca: match ca {
                    Ca::File(name) => Some(format!("{PKI}/{name}")),
                    Ca::Flag(name) => value(name),
                    Ca::None => None,
                },
                place: Some(flag.place.clone()),
            });
        }
        for (name, ca) in BY_PLACE {
            let certificate = format!("{PKI}/{name}.crt");
            // A CA's key may be kept elsewhere, its certificate is on every control plane.
            if self.files.kind(&certificate)?.is_some()
                && !pairs.iter().any(|one| one.certificate == certificate)
            {
                let ca = ca.map(|ca| format!("{PKI}/{ca}"));
                pairs.push(Pair { certificate, key: Some(format!("{PKI}/{name}.key")), ca, place: None });
            }
        }
        Ok(pairs)
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

    /// The kubelet's client certificate: the first of the file or text that its kubeconfig has.
    ///
    /// # Errors
    ///
    /// Where a file cannot be read.
    pub(in crate::doctor) fn kubelet_certificate(&self) -> Result<Option<(Certificate, Evidence)>, Unread> {
        let path = self.kubelet_flag("kubeconfig").map(|(path, _)| path);
        let path = path.unwrap_or_else(|| "/etc/kubernetes/kubelet.conf".to_owned());
        let Some(config) = self.kubeconfig(&path)? else { return Ok(None) };
        let Some(pem) = config.certificate else { return Ok(None) };
        let bytes = self.pem(&pem)?;
        let first = bytes.and_then(|bytes| Certificate::all(&bytes).ok()?.into_iter().next());
        let place = match &pem {
            super::Pem::File(path, _) => Evidence::file(path),
            super::Pem::Data(_, place) => place.clone(),
        };
        Ok(first.map(|certificate| (certificate, place)))
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
