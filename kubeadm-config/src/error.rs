//! What can go wrong in this crate.

use crate::code::Code;
use crate::version::{ApiVersion, InvalidApiVersion, InvalidKubernetesVersion, KubernetesVersion, Minor};

/// Why something asked of this crate could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum Error {
    /// The text is not a version of Kubernetes.
    #[error(transparent)]
    KubernetesVersion(#[from] InvalidKubernetesVersion),
    /// The text is not an API version of kubeadm that this crate knows.
    #[error(transparent)]
    ApiVersion(#[from] InvalidApiVersion),
    /// No kubeadm of that minor release is known.
    #[error("kubeadm {given} is not known; this program knows {oldest} to {newest}")]
    Release { given: KubernetesVersion, oldest: Minor, newest: Minor },
    /// The text is not a duration as Go reads it.
    #[error("{given:?} is not a duration ({problem}); give one such as 24h0m0s")]
    Duration { given: String, problem: String },
    /// The text names no cgroup driver.
    #[error("{given:?} is not a cgroup driver; known are systemd and cgroupfs")]
    CgroupDriver { given: String },
    /// The API version has no such kind.
    #[error("{version} has no kind {kind}")]
    KindNotInVersion { kind: String, version: ApiVersion },
    /// A value cannot be written as YAML.
    #[error("the document cannot be written: {why}")]
    Print { why: String },
}

impl Error {
    /// The stable name of the fault.
    #[must_use]
    pub const fn code(&self) -> Code {
        match self {
            Self::KubernetesVersion(_) => Code::KubernetesVersionInvalid,
            Self::ApiVersion(_) => Code::ApiVersion,
            Self::Release { .. } => Code::ReleaseUnknown,
            Self::Duration { .. } => Code::DurationWanted,
            Self::CgroupDriver { .. } => Code::CgroupDriverInvalid,
            Self::KindNotInVersion { .. } => Code::UnknownKind,
            Self::Print { .. } => Code::DocumentNotPrintable,
        }
    }
}
