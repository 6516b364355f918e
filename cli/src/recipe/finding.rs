//! What is wrong on a host, as far as the facts alone show it: rules that doctor's checks ask. Pure;
//! no program is asked.
//!
//! [`Facts`] -> [`Look`] -> [`Finding`]s. Doctor asks for the findings of one code at a time
//! (`by_facts`), so that a rule that needs more than facts lives there and one that does not lives
//! here, where plans use it too.

mod certificate;
mod cgroup;
mod crio_words;
mod host;
mod kubelet;
mod network;
mod pods;
mod refusal;
mod space;
mod unit;

use crio_config::{Effective, Release, Value, merge};
use host_prep::facts::Facts;

pub use certificate::{CertificateLife, certificate_lives};
#[cfg(feature = "api")]
pub(crate) use cgroup::exits_with;
pub(super) use cgroup::not_cgroup_v2;
pub(crate) use cgroup::on_cgroup_v1;
pub(crate) use pods::kubernetes_minor;
pub(crate) use space::room_for_images;
pub use unit::{Daemon, unit_findings};

use super::agree::Agreed;
use super::crio::{as_it_is, path_of};
pub(super) use super::fault::{Finding, Severity};

/// What is wrong on a host that was seen as `facts`, by the rules that facts alone decide: doctor's
/// checks ask them. With what a spec agreed on, the host is compared with that.
///
/// The order is that of a node's start: kernel, daemons, room, kubelet, units, static pods,
/// network.
pub(crate) fn findings(facts: &Facts, agreed: Option<&Agreed>) -> Vec<Finding> {
    let minor = match agreed {
        Some(agreed) => Some(agreed.kubeadm.minor().number()),
        None => kubernetes_minor(facts),
    };
    let installed = || minor_of(facts.release_of("cri-o")?);
    // CRI-O's own word first; a minor of Kubernetes is only a guess at CRI-O's.
    let release = match agreed {
        Some(agreed) => Some(agreed.crio),
        None => installed().or(minor).and_then(|minor| format!("1.{minor}").parse().ok()),
    };
    let release = release.unwrap_or(Release::NEWEST);
    let crio = merge(&as_it_is(&facts.crio), release).ok().map(|merged| merged.config);
    let mut look = Look { facts, agreed, minor, crio, found: Vec::new() };
    if agreed.is_none() {
        look.cgroup();
    }
    look.daemons();
    look.pressure();
    look.kubelet();
    look.units();
    look.crio_words();
    look.static_pods();
    look.certificates();
    look.pod_network();
    #[cfg(test)]
    crate::doctor::proof::said(look.found.iter().map(|one| one.code));
    look.found
}

/// The minor that the version of a package names.
pub(crate) fn minor_of(version: &str) -> Option<u64> {
    let minor = host_prep::PackageRelease::of_package(version)?.minor();
    u64::try_from(minor.ahead_of(host_prep::PackageMinor::new(1, 0))?).ok()
}

/// A host while it is looked over.
struct Look<'a> {
    facts: &'a Facts,
    agreed: Option<&'a Agreed>,
    /// The minor of Kubernetes: the spec's, else that of the control plane's own images, else not
    /// known.
    minor: Option<u64>,
    /// What CRI-O's files come to, where they can be read.
    crio: Option<Effective>,
    found: Vec<Finding>,
}

impl Look<'_> {
    /// Adds what keeps the host from being a working node.
    fn fault(
        &mut self,
        code: &'static str,
        resource: &'static str,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.found.push(Finding::fault(code, resource, what, hint));
    }

    /// Adds what works, but not as somebody may think.
    fn notice(
        &mut self,
        code: &'static str,
        resource: &'static str,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let fault = Finding::fault(code, resource, what, hint);
        self.found.push(Finding { severity: Severity::Notice, ..fault });
    }

    /// kubeadm's traces show that the host belongs to a cluster.
    ///
    /// The file that shows it, best first. A host on which kubeadm stopped half way is one too.
    fn member(&self) -> Option<&'static str> {
        let Facts { kubeadm, kubelet, .. } = self.facts;
        let flags = kubelet.kubeadm_flags.known().is_some_and(Option::is_some);
        let manifests = kubeadm.manifests.known().is_some_and(|files| !files.is_empty());
        match (kubeadm.kubelet_conf.known(), flags, manifests) {
            // In the order of how certain they are.
            (Some(true), ..) => Some("/etc/kubernetes/kubelet.conf"),
            (_, true, _) => Some("/var/lib/kubelet/kubeadm-flags.env"),
            (_, _, true) => Some("/etc/kubernetes/manifests"),
            _ => None,
        }
    }

    /// A text of CRI-O's configuration.
    fn crio_text(&self, key: &str) -> Option<&str> {
        match &self.crio.as_ref()?.get(&path_of(key))?.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// Whether this is a host of CRI-O: it is installed, or a spec wants it.
    fn has_crio(&self) -> bool {
        self.agreed.is_some() || self.facts.crio.unit.is_some()
    }
}
