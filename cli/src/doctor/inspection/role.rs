//! What a host is to a cluster.

use host_prep::facts::Fact;
use schemars::JsonSchema;
use serde::Serialize;

use super::Inspection;

/// What a host is to a cluster.
#[derive(Clone, Copy, Debug, Eq, PartialEq, JsonSchema, Serialize)]
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

impl Inspection<'_> {
    /// What it is to a cluster.
    pub fn role(&self) -> Role {
        match Role::of(self) {
            Role::None => self.planned.as_ref().map_or(Role::None, |planned| planned.becomes),
            role => role,
        }
    }
}

impl Role {
    /// The API server's manifest decides before kubeadm's traces: a control plane that was set up
    /// by hand is one too. What cannot be read is never taken for `None`.
    fn of(seen: &Inspection<'_>) -> Self {
        // Without root /etc/kubernetes cannot be read, and every node would be "not a node yet".
        let unknown = matches!(seen.facts.kubeadm.kubelet_conf, Fact::Unknown { .. });
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
