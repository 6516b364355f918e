//! Rules for etcd.
//!
//! kubeadm's `ValidateEtcd`. A stacked etcd has paths and names, an external one endpoints and
//! files; none and both are errors at once, and nothing else is said then.

use super::Checks;
use crate::model::{Etcd, ExternalEtcd, LocalEtcd};
use crate::release::Change;

impl Checks<'_> {
    pub(super) fn etcd(&mut self, etcd: &Etcd) {
        match (&etcd.local, &etcd.external) {
            (None, None) => self.invalid("etcd", "", "either .Etcd.Local or .Etcd.External is required"),
            (Some(_), Some(_)) => {
                self.invalid("etcd", "", ".Etcd.Local and .Etcd.External are mutually exclusive");
            }
            (Some(local), None) => self.local_etcd(local),
            (None, Some(external)) => self.external_etcd(external, "etcd.external"),
        }
    }

    fn local_etcd(&mut self, local: &LocalEtcd) {
        self.absolute_path(&local.data_dir, "etcd.local.dataDir");
        self.cert_sans(&local.server_cert_sans, "etcd.local.serverCertSANs");
        self.cert_sans(&local.peer_cert_sans, "etcd.local.peerCertSANs");
        if !local.image_repository.is_empty() {
            self.image_repository(&local.image_repository, "etcd.local.imageRepository");
        }
        self.extra_args(&local.extra_args, "etcd.local.extraArgs");
    }

    fn external_etcd(&mut self, external: &ExternalEtcd, path: &str) {
        let (ca, cert, key) = (&external.ca_file, &external.cert_file, &external.key_file);
        // Both of the pair or none: the API server's `--etcd-certfile` is of no use without its
        // key.
        if cert.is_empty() != key.is_empty() {
            let detail =
                "either both or none of .Etcd.External.CertFile and .Etcd.External.KeyFile must be set";
            self.invalid(path, "", detail);
        }
        if !cert.is_empty() && !key.is_empty() && ca.is_empty() {
            let detail =
                "setting .Etcd.External.CertFile and .Etcd.External.KeyFile requires .Etcd.External.CAFile";
            self.invalid(path, "", detail);
        }
        // "Only allow the http scheme if no certs/keys are passed" (`requireHTTPS`): one of the
        // three files is enough to ask for https.
        let plain = ca.is_empty() && cert.is_empty() && key.is_empty();
        let endpoints = external.endpoints.as_deref().unwrap_or_default();
        if endpoints.is_empty() && self.has(Change::EtcdEndpointsAreNeeded) {
            self.invalid(&format!("{path}.endpoints"), "", "at least one endpoint must be specified");
        }
        let schemes = if plain { Schemes::Any } else { Schemes::Https };
        self.urls(endpoints, schemes, &format!("{path}.endpoints"));
        self.urls(&external.http_endpoints, Schemes::Any, &format!("{path}.httpEndpoints"));
        for (file, field) in [(ca, "caFile"), (cert, "certFile"), (key, "keyFile")] {
            if !file.is_empty() {
                self.absolute_path(file, &format!("{path}.{field}"));
            }
        }
    }

    fn urls(&mut self, urls: &[String], schemes: Schemes, path: &str) {
        for text in urls {
            match self.release.url(text) {
                // No `[index]` in the path: `ValidateURLs` gets the path of the list.
                Err(error) => self.invalid(path, text, format!("URL parse error: {error}")),
                Ok(url) => {
                    if matches!(schemes, Schemes::Https) && url.scheme != "https" {
                        self.invalid(path, text, "the URL must be using the HTTPS scheme");
                    }
                    // An endpoint without scheme breaks both rules where https is needed, and
                    // kubeadm says both.
                    if url.scheme.is_empty() {
                        self.invalid(path, text, "the URL without scheme is not allowed");
                    }
                }
            }
        }
    }
}

/// What schemes a URL may have.
#[derive(Clone, Copy)]
enum Schemes {
    Any,
    Https,
}
