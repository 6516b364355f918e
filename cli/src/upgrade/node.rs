//! What a node is and runs before an upgrade, as far as its files tell.

use host_prep::distro::PackageManager;
use schemars::JsonSchema;
use serde::Serialize;

use crate::doctor::renamed_away::{STATIC_PODS, trace_of_control_plane};
use crate::doctor::{Inspection, Unread};

/// What a node is in an upgrade.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Role {
    /// The control plane that is upgraded first, and takes the cluster's configuration along.
    FirstControlPlane,
    /// Every other control plane.
    FurtherControlPlane,
    /// A node that runs pods alone.
    Worker,
}

impl Role {
    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::FirstControlPlane => "first control plane",
            Self::FurtherControlPlane => "further control plane",
            Self::Worker => "worker",
        }
    }

    /// Whether it runs a control plane.
    #[must_use]
    pub const fn is_control_plane(self) -> bool {
        !matches!(self, Self::Worker)
    }
}

/// What runs on a node, by its packages and static pods.
#[derive(Clone, Debug, Default, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Runs {
    /// The kubelet's package.
    pub kubelet: Option<String>,
    /// kubeadm's package.
    pub kubeadm: Option<String>,
    /// CRI-O's package.
    pub crio: Option<String>,
    /// The release of the API server's image.
    pub control_plane: Option<String>,
    /// The release of etcd's image.
    pub etcd: Option<String>,
    /// The static pods of the control plane, each with the tag of its image.
    pub pods: Vec<PodRuns>,
}

/// A static pod.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PodRuns {
    /// Its name.
    pub name: String,
    /// The tag of its image.
    pub tag: Option<String>,
}

/// A node, with what its plan stands on.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) role: Role,
    pub(super) runs: Runs,
    /// Its name, where a file says it.
    pub(super) name: String,
    pub(super) packages: Option<PackageManager>,
    /// Whether kubectl is a package here: where none is known of it, it is taken along.
    has_kubectl: bool,
}

impl Node {
    /// These packages, and kubectl where it is one.
    pub(super) fn kubectl(&self, names: &[&'static str]) -> Vec<&'static str> {
        names.iter().copied().chain(self.has_kubectl.then_some("kubectl")).collect()
    }

    /// Whether it runs the minor already in all that it runs, so that what is asked for is another patch of it.
    pub(super) fn is_at(&self, minor: u64) -> bool {
        let pods = self.runs.pods.iter().filter(|pod| pod.name != "etcd").map(|pod| pod.tag.as_ref());
        let own = [&self.runs.kubelet, &self.runs.crio].map(Option::as_ref);
        pods.chain(own).all(|version| version.and_then(|version| minor_of(version)) == Some(minor))
    }

    /// Reads it; `None`: no node of a cluster is here.
    pub(super) fn read(seen: &Inspection<'_>, said: Option<Role>) -> Result<Option<Self>, Unread> {
        let mut control_plane = false;
        for name in STATIC_PODS {
            control_plane |= seen.files().kind(format!("/etc/kubernetes/manifests/{name}.yaml"))?.is_some();
        }
        // One whose manifests are all gone has what else kubeadm writes there.
        let is_there = |path: &str| Ok(seen.files().kind(path)?.is_some());
        control_plane |= trace_of_control_plane(is_there)?.is_some();
        if !control_plane && !seen.is_member() {
            return Ok(None);
        }
        let role = if control_plane { said.unwrap_or(Role::FirstControlPlane) } else { Role::Worker };
        let name = seen.node_in_commands()?;
        let distro = seen.facts().distro.known().and_then(Option::as_ref);
        Ok(Some(Self {
            role,
            runs: Runs::read(seen)?,
            name: name.unwrap_or_else(|| "NODE".to_owned()),
            packages: distro.and_then(|distro| distro.packages),
            has_kubectl: seen.version("kubectl").is_some() || seen.version("kubeadm").is_none(),
        }))
    }
}

impl Runs {
    fn read(seen: &Inspection<'_>) -> Result<Self, Unread> {
        let package = |name: &str| seen.version(name).map(short);
        let mut pods = Vec::new();
        for one in seen.manifests()?.iter().filter(|one| STATIC_PODS.contains(&one.name.as_str())) {
            pods.push(PodRuns { name: one.name.clone(), tag: one.tag().map(str::to_owned) });
        }
        let of = |name: &str| pods.iter().find(|pod: &&PodRuns| pod.name == name)?.tag.clone();
        Ok(Self {
            kubelet: package("kubelet"),
            kubeadm: package("kubeadm"),
            crio: package("cri-o"),
            control_plane: of("kube-apiserver"),
            etcd: of("etcd"),
            pods,
        })
    }
}

/// `1.34.2` of `1:1.34.2-1.1`.
fn short(version: &str) -> String {
    let version = version.split_once(':').map_or(version, |(_, version)| version);
    version.split('-').next().unwrap_or(version).to_owned()
}

/// The minor of a version or tag, 34 of `v1.34.2`.
pub(crate) fn minor_of(version: &str) -> Option<u64> {
    version.trim_start_matches('v').strip_prefix("1.")?.split('.').next()?.parse().ok()
}
