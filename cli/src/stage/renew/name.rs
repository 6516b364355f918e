//! What kubeadm calls the certificates that it renews.

use std::fmt;
use std::str::FromStr;

/// All of them (kubeadm, `cmd/kubeadm/app/phases/certs/renewal/manager.go`); `super-admin.conf` since
/// 1.29.
const NAMES: [&str; 11] = [
    "admin.conf",
    "apiserver",
    "apiserver-etcd-client",
    "apiserver-kubelet-client",
    "controller-manager.conf",
    "etcd-healthcheck-client",
    "etcd-peer",
    "etcd-server",
    "front-proxy-client",
    "scheduler.conf",
    "super-admin.conf",
];

/// A certificate that kubeadm renews, by the name that `kubeadm certs renew` takes.
///
/// ```
/// use k8sprep::stage::CertificateName;
///
/// assert!("apiserver".parse::<CertificateName>().is_ok());
/// let error = "kubelet.conf".parse::<CertificateName>().unwrap_err();
/// assert!(error.to_string().contains("the kubelet renews its own"));
/// ```
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct CertificateName(&'static str);

impl CertificateName {
    /// As kubeadm writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

impl FromStr for CertificateName {
    type Err = InvalidCertificateName;

    fn from_str(text: &str) -> Result<Self, InvalidCertificateName> {
        let known = NAMES.iter().find(|name| **name == text);
        known.map(|name| Self(name)).ok_or_else(|| InvalidCertificateName(text.to_owned()))
    }
}

/// No certificate that kubeadm renews is called so.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct InvalidCertificateName(String);

impl fmt::Display for InvalidCertificateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == "kubelet.conf" {
            return f.write_str("the kubelet renews its own");
        }
        write!(f, "kubeadm renews none of that name, but {}", NAMES.join(", "))
    }
}

impl std::error::Error for InvalidCertificateName {}
