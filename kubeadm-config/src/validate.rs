//! Validation: what kubeadm refuses, in its order and its words.
//!
//! The rules are those of kubeadm's `validation.go`; where releases differ the release's tables say
//! so. Every problem of a configuration is reported, not only the first. What kubeadm merely warns
//! about is a warning here.

mod cluster;
mod discovery;
mod etcd;
mod maintenance;
mod networking;
mod node;
mod problem;
mod token;
mod value;

pub(crate) use self::problem::{Findings, aggregate};
use self::problem::{Kind, Value};
use crate::message::Warning;
use crate::model::{
    ClusterConfiguration, InitConfiguration, JoinConfiguration, ResetConfiguration, UpgradeConfiguration,
};
use crate::release::{Change, KubeadmRelease};

/// Validates what `kubeadm init` needs: both documents, defaulted.
pub(crate) fn init(
    init: &InitConfiguration,
    cluster: &ClusterConfiguration,
    release: &KubeadmRelease,
) -> Findings {
    let mut checks = Checks::new(release);
    checks.node_registration(&init.node_registration, "nodeRegistration");
    checks.bootstrap_tokens(&init.bootstrap_tokens, "bootstrapTokens");
    checks.cluster(cluster);
    checks.api_endpoint(&init.local_api_endpoint, "localAPIEndpoint");
    checks.certificate_key(&init.certificate_key, "certificateKey");
    checks.findings
}

/// Validates what `kubeadm join` needs, defaulted. Of the node's files it is to know which exist,
/// since kubeadm looks for the one that a discovery by file names.
pub(crate) fn join(
    join: &JoinConfiguration,
    release: &KubeadmRelease,
    existing_files: &[String],
) -> Findings {
    let mut checks = Checks::new(release);
    checks.discovery(&join.discovery, existing_files);
    checks.node_registration(&join.node_registration, "nodeRegistration");
    if let Some(control_plane) = &join.control_plane {
        checks.api_endpoint(&control_plane.local_api_endpoint, "controlPlane.localAPIEndpoint");
        checks.certificate_key(&control_plane.certificate_key, "controlPlane.certificateKey");
    }
    if !(join.ca_cert_path.starts_with('/') && join.ca_cert_path.ends_with(".crt")) {
        checks.invalid("caCertPath", &join.ca_cert_path, "the ca certificate path must be an absolute path");
    }
    checks.findings
}

/// Validates what `kubeadm reset` needs, defaulted.
pub(crate) fn reset(reset: &ResetConfiguration, release: &KubeadmRelease) -> Findings {
    let mut checks = Checks::new(release);
    checks.reset(reset);
    checks.findings
}

/// Validates what `kubeadm upgrade` needs, defaulted. Releases before 1.36 never look at it.
pub(crate) fn upgrade(upgrade: &UpgradeConfiguration, release: &KubeadmRelease) -> Findings {
    let mut checks = Checks::new(release);
    if release.has(Change::UpgradeIsValidated) {
        checks.upgrade(upgrade);
    }
    checks.findings
}

/// The rules of a release at work: one method a struct or kind of value, in the files beside.
struct Checks<'a> {
    release: &'a KubeadmRelease,
    findings: Findings,
}

impl<'a> Checks<'a> {
    fn new(release: &'a KubeadmRelease) -> Self {
        Self { release, findings: Findings::default() }
    }

    fn has(&self, change: Change) -> bool {
        self.release.has(change)
    }

    /// Notes that a field has a value it may not have.
    fn invalid(&mut self, path: &str, value: impl Into<Value>, detail: impl AsRef<str>) {
        self.note(path, &Kind::Invalid(value.into()), detail.as_ref());
    }

    /// Notes that a field needs a value.
    fn required(&mut self, path: &str, detail: &str) {
        self.note(path, &Kind::Required, detail);
    }

    fn warn(&mut self, text: String) {
        self.findings.warnings.push(Warning::new(text));
    }

    fn note(&mut self, path: &str, kind: &Kind, detail: &str) {
        let problem = problem::problem(path, kind, detail, self.has(Change::ValuesAsJson));
        self.findings.problems.push(problem);
    }
}

#[cfg(test)]
mod tests;
