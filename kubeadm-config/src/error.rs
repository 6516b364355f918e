//! What can go wrong in this crate.

/// Why something asked of this crate could not be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum Error {
    /// The text is no version of Kubernetes.
    #[error("{given:?} is not a Kubernetes version; give one such as v1.31.4")]
    KubernetesVersion { given: String },
    /// The text names no API version of kubeadm that this crate knows.
    #[error("{given:?} is not a kubeadm API version; known are v1beta1, v1beta2, v1beta3, v1beta4 and v1")]
    ApiVersion { given: String },
    /// No kubeadm of that minor release is known.
    #[error("kubeadm {given} is not known; this program knows {oldest} to {newest}")]
    Release { given: crate::KubernetesVersion, oldest: crate::Minor, newest: crate::Minor },
    /// The text is no duration as Go reads it.
    #[error("{given:?} is not a duration ({problem}); give one such as 24h0m0s")]
    Duration { given: String, problem: String },
    /// The text names no cgroup driver.
    #[error("{given:?} is not a cgroup driver; known are systemd and cgroupfs")]
    CgroupDriver { given: String },
    /// The API version has no such kind.
    #[error("{version} has no kind {kind}")]
    KindNotInVersion { kind: String, version: crate::ApiVersion },
    /// A value cannot be written as YAML.
    #[error("the document cannot be written: {why}")]
    Print { why: String },
}
