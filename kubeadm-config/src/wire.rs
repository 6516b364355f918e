//! The documents as they stand in files: one module per API version, and what is known of each
//! kind's fields.
//!
//! The structs hold what kubeadm's own types hold and print as they do: a field marked `omitempty`
//! is left out when empty, a struct is always printed, a list that is none prints `null` where it
//! is not `omitempty`. They are for programs that want one API version's exact shape; the pipeline
//! itself works on [`model`](crate::model).
//!
//! ```
//! use kubeadm_config::wire::v1beta4::{ClusterConfiguration, Networking};
//!
//! let mut cluster = ClusterConfiguration::default();
//! cluster.networking.pod_subnet = "10.244.0.0/16".into();
//! let json = serde_json::to_value(&cluster)?;
//! assert_eq!(json["networking"], serde_json::json!({"podSubnet": "10.244.0.0/16"}));
//! assert_eq!(json["dns"], serde_json::json!({}));
//! # Ok::<(), serde_json::Error>(())
//! ```

#[cfg(test)]
mod catalogue_test;
mod component;
pub mod core;
mod declare;
mod kind;
mod meta;
mod print;
pub(crate) mod shape;
pub mod v1;
pub mod v1beta1;
pub mod v1beta2;
pub mod v1beta3;
pub mod v1beta4;

pub(crate) use self::declare::{shapes, wire};
pub use self::kind::Gvk;
pub(crate) use self::kind::{Kind, find, group_is_component, kinds, known_in};
pub(crate) use self::meta::TYPE_META;
pub(crate) use self::print::{normalised, without_unknown};
pub(crate) use self::shape::is_empty;
