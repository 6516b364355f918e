//! The kinds of things a host can be asked to be, one file each.
//!
//! A new kind is one file with a type that implements [`Resource`], and one row in [`KINDS`].

use std::sync::Arc;

use crate::facts::ObserveOptions;
use crate::plan::Draft;
use crate::{Host, Observed};

pub use cni::CniLeftovers;
pub use kernel_module::KernelModules;
pub use kubelet::{InvalidKubeletArg, KubeletArg, KubeletArgs};
pub use managed::Managed;
pub use obstacle::Obstacle;
pub use program::ProgramVersion;
pub use runtime_switch::{OldRuntime, RUNTIME, RuntimeSwitch};
pub use selinux::{SelinuxEnforcing, SelinuxPermissive};
pub use swap::SwapOff;
pub use switch::DeadMansSwitch;
pub use sysctl::{SysctlWish, Sysctls};
pub use sysctl_value::{InvalidSysctlValue, SysctlValue};

pub mod firewall;
pub mod package;
pub mod repo;
pub mod service;

mod cni;
mod kernel_module;
mod kubelet;
mod managed;
mod obstacle;
mod program;
mod runtime_switch;
mod selinux;
mod swap;
pub(crate) mod switch;
mod sysctl;
mod sysctl_value;

/// The same type as `like`, if `other` is of it.
pub(crate) fn same<T: Resource + Clone>(_like: &T, other: &dyn Resource) -> Option<T> {
    (other as &dyn std::any::Any).downcast_ref::<T>().cloned()
}

/// Something a host can be asked to be.
pub trait Resource: std::any::Any + std::fmt::Debug + Send + Sync {
    /// Its kind: the name of a row of [`KINDS`].
    fn kind(&self) -> &'static str;

    /// What of the [facts](crate::facts) it needs; by default none.
    fn asks(&self) -> Option<ObserveOptions> {
        None
    }

    /// The systemd units it looks at. systemd is asked about those of all resources at once.
    fn units(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Adds to `seen` everything [`plan`](Resource::plan) will ask for. The facts and the
    /// [units](Resource::units) are in it already.
    fn observe(&self, host: &Host, seen: &mut Observed);

    /// This and `other`, which two parties want, as one resource: sets of the same kind are joined.
    /// `None`, the default: they stay two. What both want differently is an [`Obstacle`] that
    /// names both.
    fn joined(&self, _other: &dyn Resource) -> Option<Vec<Arc<dyn Resource>>> {
        None
    }

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
    Kind { name: "switch", about: "what rolls a change back unless it is confirmed" },
    Kind { name: "repository", about: "package repositories and their keys" },
    Kind { name: "package", about: "packages and their versions" },
    Kind { name: "image", about: "images of a bundle in the storage of CRI-O" },
    Kind { name: "hold", about: "packages that upgrades of the whole host leave alone" },
    Kind { name: "kernel-module", about: "kernel modules, now and at the next boot" },
    Kind { name: "sysctl", about: "kernel parameters, now and at the next boot" },
    Kind { name: "swap", about: "swap off, now and at the next boot, from whatever source" },
    Kind { name: "selinux", about: "SELinux permissive, now and at the next boot" },
    Kind { name: "crio", about: "drop-ins of CRI-O" },
    Kind { name: "registries", about: "mirrors and short names of image registries" },
    Kind { name: "crictl", about: "the socket crictl talks to" },
    Kind { name: "cni", about: "network configurations that earlier software left behind" },
    Kind { name: "hosts", about: "names that /etc/hosts resolves" },
    Kind { name: "network-manager", about: "interfaces and routes that are left to the CNI plugin" },
    Kind { name: "proxy", about: "proxies of CRI-O and the kubelet" },
    Kind { name: "kubelet", about: "extra arguments of the kubelet" },
    Kind { name: "kubeadm", about: "the configuration file for kubeadm" },
    Kind { name: "firewall", about: "what the node is reached at, let through" },
    Kind { name: "service", about: "systemd units, now and at the next boot" },
];

/// Position of a kind in [`KINDS`]; kinds of other crates come last.
pub(crate) fn rank(kind: &str) -> usize {
    KINDS.iter().position(|row| row.name == kind).unwrap_or(KINDS.len())
}
