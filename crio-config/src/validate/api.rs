//! `[crio.api]`.

use super::{Checker, Scope};
use crate::toml::goquote;

const API: Scope = Scope::Table("api");

/// The cipher suites Go knows, secure or not, and two old names Kubernetes still takes.
/// Source: `crypto/tls` of Go 1.26, `k8s.io/component-base/cli/flag`.
const CIPHER_SUITES: [&str; 27] = [
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
    "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_RSA_WITH_RC4_128_SHA",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_RSA_WITH_AES_256_CBC_SHA",
    "TLS_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_RC4_128_SHA",
    "TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
];

impl Checker<'_> {
    pub(super) fn api(&mut self) {
        self.message_sizes();
        self.stream_tls();
        self.tls();
    }

    /// Sizes of zero or less mean the default.
    fn message_sizes(&mut self) {
        for key in ["grpc_max_send_msg_size", "grpc_max_recv_msg_size"] {
            let path = ["crio", "api", key];
            if self.config.number(&path).is_some_and(|size| size <= 0) {
                let size = if self.since(23, 0) { 80 } else { 16 } * 1024 * 1024;
                self.config.amend(&path, size);
            }
        }
    }

    fn stream_tls(&mut self) {
        if !self.since(32, 0) || !self.config.flag(&["crio", "api", "stream_enable_tls"]) {
            return;
        }
        for (key, name) in [("stream_tls_cert", "cert"), ("stream_tls_key", "key")] {
            let path = ["crio", "api", key];
            if self.config.text(&path).is_empty() {
                self.fail(API, &path, format!("stream TLS {name} path is empty"));
            }
        }
    }

    fn tls(&mut self) {
        const VERSION: [&str; 3] = ["crio", "api", "tls_min_version"];
        const SUITES: [&str; 3] = ["crio", "api", "tls_cipher_suites"];
        let version = self.config.text(&VERSION).to_owned();
        match version.as_str() {
            "" | "VersionTLS12" => {}
            // Suites are passed over then with a warning: Go chooses those of TLS 1.3 itself
            // (config.go, `APIConfig.Validate`, CRI-O 1.36).
            "VersionTLS13" => return,
            // component-base knows them, CRI-O turns them down after it.
            "VersionTLS10" | "VersionTLS11" => {
                let text = "tls_min_version must be VersionTLS12 or VersionTLS13, got unsupported version";
                self.fail(API, &VERSION, text);
            }
            _ => {
                let shown = goquote::string(&version);
                self.fail(API, &VERSION, format!("validating tls_min_version: unknown tls version {shown}"));
            }
        }
        let unknown = self.config.list(&SUITES).iter().find(|suite| !CIPHER_SUITES.contains(&suite.as_str()));
        if let Some(suite) = unknown {
            let text =
                format!("validating tls_cipher_suites: Cipher suite {suite} not supported or doesn't exist");
            self.fail(API, &SUITES, text);
        }
    }
}
