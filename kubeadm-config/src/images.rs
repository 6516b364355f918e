//! The images a control plane runs (kubeadm's `GetControlPlaneImages`).

use crate::message::Warning;
use crate::model::ClusterConfiguration;
use crate::release::{Change, KubeadmRelease};
use crate::version::KubernetesVersion;

/// What images depend on.
pub(crate) struct ImagePlan<'a> {
    pub(crate) cluster: &'a ClusterConfiguration,
    pub(crate) ci_version: bool,
    pub(crate) release: &'a KubeadmRelease,
}

/// The images, in kubeadm's order, and what it warns of.
pub(crate) fn list(plan: &ImagePlan<'_>) -> (Vec<String>, Vec<Warning>) {
    let (cluster, release) = (plan.cluster, plan.release);
    let repository = &cluster.image_repository;
    let components = plan.component_repository();
    let tag = cluster.kubernetes_version.replace('+', "_");
    let mut images: Vec<String> = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]
        .into_iter()
        .map(|name| format!("{components}/{name}:{tag}"))
        .collect();
    if !(cluster.proxy.disabled && release.has(Change::AddonsCanBeDisabled)) {
        images.push(format!("{components}/kube-proxy:{tag}"));
    }
    let mut warnings = Vec::new();
    let etcd = plan.etcd(&mut warnings);
    let pause = format!("{repository}/pause:{}", release.pause_tag());
    let dns = plan.dns();
    if release.has(Change::DnsBeforePause) {
        images.extend(dns);
        images.push(pause);
        images.extend(etcd);
    } else {
        images.push(pause);
        images.extend(etcd);
        images.extend(dns);
    }
    (images, warnings)
}

impl ImagePlan<'_> {
    /// Images of a CI build come from where CI puts them, unless another place is given.
    fn component_repository(&self) -> &str {
        let given = self.cluster.image_repository.as_str();
        let by_default = given == self.release.image_repository();
        if !self.release.has(Change::CiImagesAreStaged) {
            return if self.ci_version { "gcr.io/kubernetes-ci-images" } else { given };
        }
        if self.ci_version && by_default { "gcr.io/k8s-staging-ci-images" } else { given }
    }

    fn etcd(&self, warnings: &mut Vec<Warning>) -> Option<String> {
        let local = self.cluster.etcd.local.as_ref()?;
        let text = &self.cluster.kubernetes_version;
        let version: Option<KubernetesVersion> = text.parse().ok();
        let tag = version.as_ref().map_or("", |version| self.release.etcd_tag(version));
        let far = version.as_ref().is_some_and(|version| version.minor() > self.release.newest_with_etcd());
        if far && local.image_tag.is_empty() && self.release.has(Change::NearestEtcdIsTold) {
            warnings.push(Warning::new(format!(
                "could not find officially supported version of etcd for Kubernetes {text}, falling back to the nearest \
                 etcd version ({tag})"
            )));
        }
        let repository = or(&local.image_repository, &self.cluster.image_repository);
        Some(format!("{repository}/etcd:{}", or(&local.image_tag, tag)))
    }

    fn dns(&self) -> Option<String> {
        let dns = &self.cluster.dns;
        if dns.disabled && self.release.has(Change::AddonsCanBeDisabled) {
            return None;
        }
        let repository = or(&dns.image_repository, &self.cluster.image_repository);
        let tag = or(&dns.image_tag, self.release.coredns_tag());
        let layered = self.release.has(Change::CorednsLayer) && repository == self.release.image_repository();
        Some(format!("{repository}{}/coredns:{tag}", if layered { "/coredns" } else { "" }))
    }
}

fn or<'a>(given: &'a str, default: &'a str) -> &'a str {
    if given.is_empty() { default } else { given }
}
