//! Which host was looked at: its name, what it is to a cluster, and its releases.

use schemars::JsonSchema;
use serde::Serialize;

use super::inspection::{Inspection, Role};

/// A host that was looked at.
#[derive(Clone, Debug, JsonSchema, Serialize)]
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

impl Subject {
    /// The host as it is at the time `now`.
    #[must_use]
    pub fn of_host(host: &host_prep::Host, now: std::time::SystemTime) -> Self {
        Self::of(&Inspection::of(host, now))
    }

    pub(super) fn of(seen: &Inspection<'_>) -> Self {
        let hostname = &seen.facts().network.hostname;
        let at_boot = hostname.at_boot.known().cloned().flatten();
        let live = hostname.live.known().cloned();
        Self {
            name: live.or(at_boot),
            running: seen.is_running(),
            role: seen.role(),
            kubelet: seen.version("kubelet").map(str::to_owned),
            kubernetes: seen.kubernetes_minor().map(|minor| format!("1.{minor}")),
            crio: seen.version("cri-o").map(str::to_owned),
        }
    }
}
