//! Which host was looked at: its name, what it is to a cluster, and its releases.

use host_prep::facts::Fact;
use serde::Serialize;

use super::inspection::Inspection;

/// A host that was looked at.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Subject {
    /// Its host name, where one is set.
    pub name: Option<String>,
    /// Whether it runs, or is a tree of files.
    pub running: bool,
    /// What it is to a cluster.
    pub role: Role,
    /// The version of the kubelet's package.
    pub kubelet: Option<String>,
    /// The minor of the control plane, where it runs one.
    pub kubernetes: Option<String>,
    /// The version of CRI-O's package.
    pub crio: Option<String>,
}

/// What a host is to a cluster.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Role {
    /// kubeadm has not made it a node.
    None,
    /// It runs pods.
    Worker,
    /// It runs the API server.
    ControlPlane,
    /// What would tell cannot be read.
    Unknown,
}

impl Subject {
    pub(super) fn of(seen: &Inspection<'_>) -> Self {
        let hostname = &seen.facts().network.hostname;
        let at_boot = hostname.at_boot.known().cloned().flatten();
        let live = hostname.live.known().cloned();
        Self {
            name: live.or(at_boot),
            running: seen.is_running(),
            role: Role::of(seen),
            kubelet: seen.version("kubelet").map(str::to_owned),
            kubernetes: seen.kubernetes_minor().map(|minor| format!("1.{minor}")),
            crio: seen.version("cri-o").map(str::to_owned),
        }
    }
}

impl Role {
    fn of(seen: &Inspection<'_>) -> Self {
        let unknown = matches!(seen.facts().kubeadm.kubelet_conf, Fact::Unknown { .. });
        match (seen.is_control_plane(), seen.is_member()) {
            (Ok(true), _) => Self::ControlPlane,
            (Err(_), _) => Self::Unknown,
            (_, true) => Self::Worker,
            (_, false) if unknown => Self::Unknown,
            (_, false) => Self::None,
        }
    }

    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "not a node yet",
            Self::Worker => "worker",
            Self::ControlPlane => "control plane",
            Self::Unknown => "role not known",
        }
    }
}
