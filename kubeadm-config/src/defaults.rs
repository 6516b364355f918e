//! What kubeadm fills in: first what depends on nothing, then what depends on the host.

pub(crate) mod component;
pub(crate) mod dynamic;
pub(crate) mod fixed;
mod label;
