//! Rules for single values that several structs have.
//!
//! Each is one function of kubeadm's validation.go, and is asked with the path that its caller
//! has.

use super::{Checks, Value};
use crate::certificate_key::CertificateKey;
use crate::go::{is_image_reference, parse_ip_sloppy, subdomain_errors, wildcard_errors};
use crate::model::Arg;
use crate::release::Change;

impl Checks<'_> {
    pub(super) fn dns_subdomain(&mut self, name: &str, path: &str) {
        for error in subdomain_errors(name) {
            self.invalid(path, name, error);
        }
    }

    pub(super) fn cert_sans(&mut self, names: &[String], path: &str) {
        for name in names {
            // All three have to fail, and the message tells of both kinds of names but not of the
            // address. Upper case does not fail: kubeadm has lowered it (`LowercaseSANs`).
            let (plain, wildcard) = (subdomain_errors(name), wildcard_errors(name));
            if !plain.is_empty() && !wildcard.is_empty() && parse_ip_sloppy(name).is_none() {
                let detail = format!(
                    "altname is not a valid IP address, DNS label or a DNS label with subdomain wildcards: {}; {}",
                    plain.join("; "),
                    wildcard.join("; ")
                );
                self.invalid(path, name, detail);
            }
        }
    }

    pub(super) fn absolute_path(&mut self, value: &str, path: &str) {
        // `filepath.IsAbs` on Linux, and no more: `/../` passes, and nobody looks whether it is
        // there.
        if !value.starts_with('/') {
            self.invalid(path, value, "path is not absolute");
        }
    }

    pub(super) fn image_repository(&mut self, repository: &str, path: &str) {
        if self.has(Change::ImageRepositoryIsValidated)
            // The repository is tried as part of a whole reference, `REPOSITORY/name:tag`, so that
            // a trailing slash fails.
            && !is_image_reference(&format!("{repository}/name:tag"))
        {
            self.invalid(path, repository, "invalid image repository format");
        }
    }

    pub(super) fn image_pull_policy(&mut self, policy: &str, path: &str) {
        // Empty is `IfNotPresent` by default (`SetDefaults_NodeRegistration`).
        let known = matches!(policy, "" | "Always" | "IfNotPresent" | "Never");
        if self.has(Change::PullPolicyIsValidated) && !known {
            self.invalid(path, Value::NamedText(policy.to_owned()), "invalid pull policy");
        }
    }

    pub(super) fn extra_args(&mut self, args: &[Arg], path: &str) {
        if !self.has(Change::ArgsAreValidated) {
            return;
        }
        for (index, arg) in args.iter().enumerate() {
            // Whether the component has such a flag is not asked here: it is seen when it starts
            // (see `check::components`).
            if arg.name.is_empty() {
                self.invalid(path, format!("index {index}"), "argument has no name");
            }
            if !matches!(arg.merge_method.as_str(), "" | "append" | "prepend") {
                self.invalid(path, format!("index {index}"), "argument has an invalid merge method");
            }
        }
    }

    pub(super) fn cri_socket(&mut self, socket: &str, path: &str) {
        if socket.is_empty() {
            return self.invalid(path, socket, "empty CRI socket");
        }
        // Go's url.Parse of the Go that the release was built with: its errors are part of the
        // message.
        let url = match self.release.url(socket) {
            Ok(url) => url,
            Err(error) => return self.invalid(path, socket, format!("URL parsing error: {error}")),
        };
        // Defaulting has put `unix://` before a bare path by then, with a warning, so that only
        // another scheme is left to refuse (`ValidateSocketPath`).
        if self.has(Change::SocketsNeedScheme) {
            if url.scheme != "unix" {
                let detail =
                    format!("only URL scheme \"unix\" is supported, got {}", crate::go::quote(&url.scheme));
                self.invalid(path, socket, detail);
            }
        } else if url.scheme.is_empty() {
            if !socket.starts_with('/') {
                self.invalid(path, socket, format!("path is not absolute: {socket}"));
            }
        } else if url.scheme != "unix" {
            self.invalid(path, socket, format!("URL scheme {} is not supported", url.scheme));
        }
    }

    pub(super) fn certificate_key(&mut self, key: &str, path: &str) {
        if !self.has(Change::CertificateKeyIsValidated) || key.is_empty() {
            return;
        }
        if let Err(error) = key.parse::<CertificateKey>() {
            self.invalid(path, key, error.to_string());
        }
    }

    pub(super) fn port(&mut self, port: i32, path: &str) {
        // `ParsePort` takes 1 to 65535; 0 would be "any port" to a listener.
        if !(1..=65_535).contains(&port) {
            self.invalid(path, Value::Integer(port.into()), "port number is not valid");
        }
    }
}
