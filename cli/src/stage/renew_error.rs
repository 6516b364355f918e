//! Why certificates were not renewed, or a process does not have its new one.

use std::time::Duration;

use crate::code::Code;

/// Why certificates were not renewed, or a process does not have its new one.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum RenewError {
    /// What kubeadm renews is on control planes.
    #[error(
        "nothing was changed: this host has no static pod kube-apiserver, so kubeadm renews nothing on it"
    )]
    NoControlPlane,
    /// The keys of the CAs are elsewhere.
    #[error("nothing was changed: {} signed by a CA whose key is not on this host: {}", are(.certificates), .certificates.join(", "))]
    ExternalCa { certificates: Vec<String> },
    /// kubeadm ended well, and every file is as before.
    #[error("nothing was changed: kubeadm renewed nothing{}", last(.said))]
    Nothing { said: Vec<String> },
    /// It was stopped on request.
    #[error("stopped on request; still to be started again: {}", .left.join(", "))]
    Stopped { left: Vec<String> },
    /// It was stopped on request before all files were in their place.
    #[error("stopped on request; no certificate was renewed")]
    TakenBack,
    /// The kubelet, which starts static pods, does not run.
    #[error("{pod} goes on with its old certificates: the kubelet, which would start it again, does not run")]
    NoKubelet { pod: String },
    /// The process did not end.
    #[error("{pod} did not end within {} s after its manifest was taken out; it is back in its place", .limit.as_secs())]
    NotEnded { pod: String, limit: Duration },
    /// The process does not serve its new certificate.
    #[error("{pod} does not serve its new certificate on port {port} within {} s{}", .limit.as_secs(), serves(.served.as_deref()))]
    NotServed { pod: String, port: u16, served: Option<String>, limit: Duration },
}

impl RenewError {
    /// The name of the fault.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoControlPlane => Code::NoControlPlane.as_str(),
            Self::ExternalCa { .. } => Code::CaKeyElsewhere.as_str(),
            Self::Nothing { .. } => Code::NothingRenewed.as_str(),
            Self::Stopped { .. } | Self::TakenBack => host_prep::Code::Stopped.as_str(),
            Self::NoKubelet { .. } => Code::KubeletNotRunning.as_str(),
            Self::NotEnded { .. } | Self::NotServed { .. } => Code::StaticPodNotRestarted.as_str(),
        }
    }
}

fn are(all: &[String]) -> &'static str {
    if all.len() == 1 { "this certificate is" } else { "these certificates are" }
}

fn last(said: &[String]) -> String {
    said.last().map(|line| format!("; it says: {line}")).unwrap_or_default()
}

fn serves(served: Option<&str>) -> String {
    served.map_or_else(|| ": nothing answers there".to_owned(), |serial| format!(": it serves {serial}"))
}
