//! kubeadm documents: read, default, validate, migrate and print them as kubeadm does. Opens no
//! file.
//!
//! A document goes through stages, each a type of its own: what was *asked* ([`ClusterSpec`],
//! [`JoinSpec`], [`Asked`]), what is [`Defaulted`] and what is [`Valid`]. Only a valid one prints;
//! a [`Report`] has every problem with the path of its field.
//!
//! ```
//! use kubeadm_config::{ClusterSpec, HostFacts};
//!
//! let mut facts = HostFacts::default();
//! facts.host_name = "cp1".into();
//! facts.ipv4_route_address = Some([192, 0, 2, 10].into());
//!
//! let mut spec = ClusterSpec::new("v1.31.4".parse()?);
//! spec.token = Some("abcdef.0123456789abcdef".parse()?);
//! spec.pod_subnet = Some("10.244.0.0/99".into());
//! let report = spec.defaulted(&facts)?.validate().unwrap_err();
//! assert_eq!(report.problems()[0].path, "networking.podSubnet");
//!
//! spec.pod_subnet = Some("10.244.0.0/16".into());
//! let yaml = spec.defaulted(&facts)?.validate()?.to_yaml()?;
//! assert!(yaml.starts_with("apiVersion: kubeadm.k8s.io/v1beta4\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Where what is
//!
//! | for | see |
//! |---|---|
//! | a node that joins, a reset, an upgrade | [`JoinSpec`], [`ResetSpec`], [`UpgradeSpec`], each written into an [`Asked`] |
//! | a linter: every remark with code, severity, field and bytes | [`check`] |
//! | from one API version to another | [`migrate`] |
//! | what `kubeadm config` would answer, word for word | [`like_kubeadm`] |
//! | the images of a release | [`like_kubeadm::images_list`] |
//! | the documents as serde types, a version a module | [`wire`] |
//! | YAML as kubeadm's reader takes it, with places | [`yaml`] |
//! | tokens, join commands, CA pins | [`BootstrapToken`], [`JoinCommand`], [`CaFile`], [`CaPin`] |
//! | what a release knows and wants | [`KubeadmRelease`] |
//!
//! # Features
//!
//! | feature | default | what for |
//! |---|---|---|
//! | `k8s-openapi` | no | conversions to and from core/v1; whoever builds the binary picks the Kubernetes version |
//! | `serde_yaml` | no | [`yaml::Node`] as a value of that crate |
//! | `schemars` | no | JSON Schema of every kind |
//!
//! # Limits
//!
//! Host, clock and random numbers are the caller's: [`HostFacts`] says what a document leaves to
//! the host. A file has a size limit.

mod advice;
mod ca_file;
mod catalogue;
mod certificate_key;
mod cgroup_driver;
pub mod check;
mod code;
pub mod component;
mod convert;
#[cfg(feature = "k8s-openapi")]
mod core_v1;
mod decode;
mod defaults;
pub mod ending;
mod endpoint;
mod error;
mod failure;
mod go;
mod host;
mod images;
mod join_command;
pub mod kubelet;
pub mod like_kubeadm;
mod load;
mod message;
pub mod migrate;
mod mirror;
pub mod model;
mod named;
mod near;
mod pin;
mod print;
mod quantity;
mod recognise;
mod release;
mod report;
mod schema;
mod spec;
mod token;
mod token_secret;
mod validate;
mod value;
mod version;
pub mod wire;
pub mod yaml;

pub use self::advice::{
    Advice, Circumstances, HostNetwork, MovedField, Readers, advise_init, advise_join, fields_to_move,
    moved_field,
};
pub use self::ca_file::{CaCertificate, CaFile, CaFileError, CaFinding};
pub use self::catalogue::{Field, FieldType, fields};
pub use self::certificate_key::{CertificateKey, InvalidCertificateKey};
pub use self::cgroup_driver::CgroupDriver;
pub use self::code::Code;
pub use self::decode::{DecodeProblem, DecodeProblemKind};
pub use self::endpoint::{ApiServerEndpoint, InvalidEndpoint};
pub use self::error::Error;
pub use self::go::NotHex;
pub use self::host::HostFacts;
pub use self::join_command::{JoinCommand, JoinRole};
pub use self::message::Warning;
pub use self::mirror::{ImageMirror, UnknownImageMirror};
pub use self::pin::{CaNotPinned, CaPin, InvalidCaPin};
pub use self::release::{KubeadmRelease, Support};
pub use self::report::{Problem, Report};
pub use self::schema::{json_schema, schema_kinds};
pub use self::spec::{
    AddonSpec, Asked, ClusterSpec, Component, ComponentValue, ComponentVolume, Defaulted, DiscoverySpec,
    EndpointSpec, EtcdSpec, FieldAssignment, FieldPath, InvalidFieldAssignment, InvalidTimeout, InvalidWord,
    JoinControlPlaneSpec, JoinSpec, NamedValue, NodeRegistrationSpec, PullPolicy, ResetSpec, RunSpec,
    Timeout, TimeoutName, UpgradeSpec, Valid,
};
pub use self::token::{BootstrapToken, GenerateError, InvalidBootstrapToken};
pub use self::token_secret::TokenSecret;
pub use self::value::{Duration, Timestamp};
pub use self::version::{ApiVersion, InvalidApiVersion, InvalidKubernetesVersion, KubernetesVersion, Minor};
