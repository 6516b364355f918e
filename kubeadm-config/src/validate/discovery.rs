//! Rules for how a joining node finds its cluster.
//!
//! kubeadm's `ValidateDiscovery` and what it calls: exactly one of two ways, a token with the API
//! server's address and pins of its CA, or a kubeconfig from a file or over HTTPS. Whether the
//! pins are well formed is only looked at when kubeadm joins (see `check::components`).

use super::Checks;
use crate::go::split_host_port;
use crate::model::{BootstrapTokenDiscovery, Discovery, FileDiscovery};
use crate::release::Change;

const UNPINNED: &str = "using token-based discovery without caCertHashes can be unsafe. Set unsafeSkipCAVerification as true \
                        in your kubeadm config file or pass --discovery-token-unsafe-skip-ca-verification flag to continue";

impl Checks<'_> {
    pub(super) fn discovery(&mut self, discovery: &Discovery, existing_files: &[String]) {
        match (&discovery.bootstrap_token, &discovery.file) {
            (None, None) => self.invalid("discovery", "", "bootstrapToken or file must be set"),
            (Some(_), Some(_)) => self.invalid("discovery", "", "bootstrapToken and file cannot both be set"),
            _ => {}
        }
        if let Some(token) = &discovery.bootstrap_token {
            self.token_discovery(token, "discovery.bootstrapToken");
            // Of a token discovery it is always judged, and never empty: its default is the
            // discovery token (`SetDefaults_Discovery`).
            self.token(&discovery.tls_bootstrap_token, "discovery.tlsBootstrapToken");
        }
        if let Some(file) = &discovery.file {
            self.file_discovery(file, existing_files);
            // A file may have credentials of its own, so that no token is needed.
            if !discovery.tls_bootstrap_token.is_empty() {
                self.token(&discovery.tls_bootstrap_token, "discovery.tlsBootstrapToken");
            }
        }
    }

    fn token_discovery(&mut self, discovery: &BootstrapTokenDiscovery, path: &str) {
        if discovery.api_server_endpoint.is_empty() {
            // kubeadm hands the path of the struct and not of the field to `field.Required` here,
            // so the message names no `apiServerEndpoint`; the second one does, below.
            self.required(path, "APIServerEndpoint is not set");
        }
        if discovery.ca_cert_hashes.is_empty() && !discovery.unsafe_skip_ca_verification {
            let field = if self.has(Change::CaCertHashesAreNamed) { ".caCertHashes" } else { "" };
            self.invalid(&format!("{path}{field}"), "", UNPINNED);
        }
        self.token(&discovery.token, &format!("{path}.token"));
        // Also of an empty text: kubeadm reports both problems, "is not set" and "missing port in
        // address".
        if let Err(error) = split_host_port(&discovery.api_server_endpoint) {
            let path = format!("{path}.apiServerEndpoint");
            self.invalid(&path, &discovery.api_server_endpoint, error.to_string());
        }
    }

    fn file_discovery(&mut self, file: &FileDiscovery, existing_files: &[String]) {
        let given = &file.kube_config_path;
        // `os.Stat` decides for a text without a scheme, and only "does not exist" is a fault
        // there; of the files of a host it is told which exist (`HostFacts`).
        let problem = match self.release.url(given).map(|url| url.scheme) {
            Ok(scheme) if scheme.is_empty() && existing_files.contains(given) => return,
            Ok(scheme) if scheme == "https" => return,
            Ok(scheme) if !scheme.is_empty() => "if a URL is used, the scheme must be https",
            _ => "not a valid HTTPS URL or a file on disk",
        };
        self.invalid("discovery.file.kubeConfigPath", given, problem);
    }
}
