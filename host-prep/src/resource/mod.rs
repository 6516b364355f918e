//! The kinds of things a host can be asked to be, one file each.
//!
//! A new kind is one file with a type that implements [`Resource`], and one row in [`KINDS`].

use crate::plan::Draft;
use crate::{Host, Observed};

pub use managed::Managed;

mod managed;

/// Something a host can be asked to be.
pub trait Resource: std::fmt::Debug + Send + Sync {
    /// Its kind: the name of a row of [`KINDS`].
    fn kind(&self) -> &'static str;

    /// Adds to `seen` everything [`plan`](Resource::plan) will ask for.
    fn observe(&self, host: &Host, seen: &mut Observed);

    /// Adds the steps that are missing to `draft`. Pure: `seen` is all it knows of the host.
    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>);
}

/// A kind of resource.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Kind {
    /// Its name in plans and in the history.
    pub name: &'static str,
    /// What it is about, in one line.
    pub about: &'static str,
}

/// Every kind, in the order their steps are taken: what a later one builds on comes first.
pub const KINDS: &[Kind] = &[
    Kind { name: "repository", about: "package repositories and their keys" },
    Kind { name: "package", about: "packages, their versions and holds" },
    Kind { name: "crio", about: "drop-ins of CRI-O" },
    Kind { name: "registries", about: "mirrors and short names of image registries" },
    Kind { name: "crictl", about: "the socket crictl talks to" },
    Kind { name: "network-manager", about: "interfaces NetworkManager leaves to the CNI plugin" },
    Kind { name: "proxy", about: "proxies of CRI-O and the kubelet" },
    Kind { name: "kubeadm", about: "the configuration file for kubeadm" },
];

/// Position of a kind in [`KINDS`]; kinds of other crates come last.
pub(crate) fn rank(kind: &str) -> usize {
    KINDS.iter().position(|row| row.name == kind).unwrap_or(KINDS.len())
}
