//! From what was asked for to documents kubeadm takes: asked -> defaulted -> valid -> YAML.
//!
//! A spec says what is asked of one command ([`ClusterSpec`], [`JoinSpec`], [`ResetSpec`],
//! [`UpgradeSpec`]); [`Asked`] joins specs, documents of a file and single values, for one release
//! and one API version.

mod asked;
mod assignment;
mod cluster;
mod document;
mod held;
mod holders;
mod join;
mod maintenance;
mod node;
mod stages;
mod words;

pub use self::asked::Asked;
pub use self::assignment::{FieldAssignment, FieldPath, InvalidFieldAssignment};
pub use self::cluster::{AddonSpec, ClusterSpec, EtcdSpec};
pub use self::join::{DiscoverySpec, JoinControlPlaneSpec, JoinSpec};
pub use self::maintenance::{ResetSpec, UpgradeSpec};
pub use self::node::{EndpointSpec, NodeRegistrationSpec, RunSpec};
pub use self::stages::{Defaulted, Valid};
pub use self::words::{
    Component, ComponentValue, ComponentVolume, InvalidTimeout, InvalidWord, NamedValue, PullPolicy, Timeout,
    TimeoutName,
};
