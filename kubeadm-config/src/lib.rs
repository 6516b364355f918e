//! kubeadm documents: read, default, validate, migrate and print them as kubeadm does.

mod advice;
mod ca_file;
mod catalogue;
mod certificate_key;
mod cgroup_driver;
pub mod check;
mod convert;
#[cfg(feature = "k8s-openapi")]
mod core_v1;
mod decode;
mod defaults;
mod endpoint;
mod error;
mod failure;
mod go;
mod host;
mod images;
mod join_command;
pub mod like_kubeadm;
mod load;
mod message;
pub mod migrate;
mod mirror;
pub mod model;
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
    Advice, AdviceCode, Circumstances, MovedField, Readers, advise_init, advise_join, fields_to_move,
    moved_field,
};
pub use self::ca_file::{CaCertificate, CaFile, CaFileError, CaFinding};
pub use self::catalogue::{Field, FieldType, fields};
pub use self::certificate_key::{CertificateKey, InvalidCertificateKey};
pub use self::cgroup_driver::CgroupDriver;
pub use self::decode::{Finding, FindingKind};
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
    AddonSpec, Asked, Assignment, ClusterSpec, Component, ComponentValue, ComponentVolume, Defaulted,
    DiscoverySpec, EndpointSpec, EtcdSpec, FieldPath, InvalidAssignment, InvalidTimeout, InvalidWord,
    JoinControlPlaneSpec, JoinSpec, NamedValue, NodeSpec, PullPolicy, ResetSpec, RunSpec, Timeout,
    TimeoutName, UpgradeSpec, Valid,
};
pub use self::token::{BootstrapToken, GenerateError, InvalidBootstrapToken};
pub use self::token_secret::TokenSecret;
pub use self::value::{Duration, Timestamp};
pub use self::version::{ApiVersion, InvalidApiVersion, InvalidKubernetesVersion, KubernetesVersion, Minor};
