//! kubeadm's own picture of its configuration, to which every API version is brought and from which
//! every one is written: what is defaulted, validated and compared.
//!
//! The field names in documents are those of the newest API version. Fields that only old versions
//! have are here too, so that a conversion can tell what it loses. An `Option` is a Go pointer (or
//! a list of which `null` and `[]` differ); everywhere else empty and absent are the same, as they
//! are for kubeadm.

mod cluster;
mod join;
mod maintenance;
mod node;

pub use cluster::*;
pub use join::*;
pub use maintenance::*;
pub use node::*;
