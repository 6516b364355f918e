//! Who must agree with whom: values that stand in several places, with every place, whose word
//! counts, and which is the odd one out.
//!
//! Each party reads its own file and believes it; only beside each other do they show a fault.
//! Checks tell the pair that is broken, an agreement shows *all* places of the value, so that one
//! sees which to change. The first place is the owner: the party whose word the others have to
//! follow. What cannot be read is left out here, and is undecided in the check.

mod addresses;
mod runtime;

use schemars::JsonSchema;
use serde::Serialize;

use super::finding::Evidence;
use super::inspection::Inspection;

/// A value that several programs have to agree on, and what each place says.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Agreement {
    /// What it is about.
    pub value: &'static str,
    /// The checks that fire where it does not hold.
    pub codes: &'static [&'static str],
    /// The places, the one whose word counts first.
    pub places: Vec<Place>,
}

/// One place that says a value.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Place {
    /// Whose place it is.
    pub who: Who,
    /// What it says.
    pub says: String,
    /// Where; a default has no place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    /// Whether it is the word that counts, agrees with it, or not.
    pub standing: Standing,
}

/// What a place is beside the one whose word counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Standing {
    /// Its word counts.
    Owner,
    /// It says the same.
    Agrees,
    /// It is the odd one out.
    Differs,
}

/// A party of a node.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, JsonSchema, Serialize)]
#[non_exhaustive]
pub enum Who {
    /// What kubeadm has in its tables.
    #[serde(rename = "kubeadm")]
    Kubeadm,
    /// The kubelet.
    #[serde(rename = "kubelet")]
    Kubelet,
    /// CRI-O.
    #[serde(rename = "cri-o")]
    Crio,
    /// A static pod of the control plane.
    #[serde(rename = "control-plane")]
    ControlPlane,
    /// The network plugin.
    #[serde(rename = "cni")]
    Cni,
    /// The host itself.
    #[serde(rename = "host")]
    Host,
    /// A tool of the administrator.
    #[serde(rename = "tool")]
    Tool,
}

impl Agreement {
    /// Whether some place says otherwise.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.places.iter().any(|place| place.standing == Standing::Differs)
    }
}

impl Who {
    /// As JSON spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kubeadm => "kubeadm",
            Self::Kubelet => "kubelet",
            Self::Crio => "cri-o",
            Self::ControlPlane => "control-plane",
            Self::Cni => "cni",
            Self::Host => "host",
            Self::Tool => "tool",
        }
    }
}

/// What one place says, before it is compared.
///
/// Comparison makes a [`Place`] of it.
struct Said {
    who: Who,
    says: String,
    evidence: Option<Evidence>,
}

/// What is compared, whether or not it is said anywhere.
pub(super) const VALUES: &[&str] = &[
    "cgroup driver",
    "CRI socket",
    "pause image",
    "minor",
    "service network",
    "pod network",
    "cluster domain",
    "API server",
];

/// Every agreement of which at least two places could be read.
pub(super) fn all(seen: &Inspection<'_>) -> Vec<Agreement> {
    let all = [
        runtime::cgroup_driver(seen),
        runtime::cri_socket(seen),
        runtime::pause_image(seen),
        runtime::minor(seen),
        addresses::service_network(seen),
        addresses::pod_network(seen),
        addresses::cluster_domain(seen),
        addresses::api_server(seen),
    ];
    debug_assert!(all.iter().map(|one| one.value).eq(VALUES.iter().copied()));
    all.into_iter().filter(|one| one.places.len() > 1).collect()
}

/// `evidence` is `None` for a default.
fn said(who: Who, says: impl Into<String>, evidence: Option<Evidence>) -> Said {
    Said { who, says: says.into(), evidence }
}

/// Compares every place with the first, whose word counts.
fn agreement(
    value: &'static str,
    codes: &'static [&'static str],
    all: Vec<Said>,
    same: impl Fn(&str, &str) -> bool,
) -> Agreement {
    let owner = all.first().map(|one| one.says.clone()).unwrap_or_default();
    let places = all.into_iter().enumerate().map(|(at, one)| {
        let standing = match at {
            0 => Standing::Owner,
            _ if same(&owner, &one.says) => Standing::Agrees,
            _ => Standing::Differs,
        };
        let says = host_prep::without_passwords(&one.says);
        Place { who: one.who, says, evidence: one.evidence, standing }
    });
    Agreement { value, codes, places: places.collect() }
}
