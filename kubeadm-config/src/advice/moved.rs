//! Fields that went from one API version to the next, and where to.

use std::fmt;

use super::Advice;
use crate::code::Code;
use crate::version::ApiVersion;
use crate::wire::Gvk;

/// A field that an API version no longer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MovedField {
    /// The kind that had it.
    pub kind: &'static str,
    /// Where it was: `apiServer.timeoutForControlPlane`.
    pub path: &'static str,
    /// The first API version without it.
    pub gone_in: ApiVersion,
    /// What to write instead.
    pub instead: &'static str,
}

/// `apiServer.timeoutForControlPlane is gone in v1beta4: ...`.
impl fmt::Display for MovedField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is gone in {}: {}", self.path, self.gone_in.name(), self.instead)
    }
}

impl MovedField {
    /// The same as advice.
    #[must_use]
    pub fn advice(&self) -> Advice {
        Advice { code: Code::FieldMoved, path: self.path.to_owned(), text: self.to_string() }
    }
}

const fn moved(
    kind: &'static str,
    path: &'static str,
    gone_in: ApiVersion,
    instead: &'static str,
) -> MovedField {
    MovedField { kind, path, gone_in, instead }
}

const CLUSTER: &str = "ClusterConfiguration";
const JOIN: &str = "JoinConfiguration";
const HYPERKUBE: &str = "kubeadm ignores it since 1.19; leave it out";
const COREDNS: &str = "CoreDNS is the only add-on; leave it out";
const STATUS: &str = "kubeadm asks the Pods of the control plane instead; leave the document out";

/// The differences between the versions' types, as their documentation lists them.
static MOVED: &[MovedField] = &[
    moved(CLUSTER, "useHyperKubeImage", ApiVersion::V1Beta3, HYPERKUBE),
    moved(CLUSTER, "dns.type", ApiVersion::V1Beta3, COREDNS),
    moved("ClusterStatus", "apiEndpoints", ApiVersion::V1Beta3, STATUS),
    moved(
        CLUSTER,
        "apiServer.timeoutForControlPlane",
        ApiVersion::V1Beta4,
        "write timeouts.controlPlaneComponentHealthCheck in the InitConfiguration or JoinConfiguration",
    ),
    moved(JOIN, "discovery.timeout", ApiVersion::V1Beta4, "write timeouts.discovery in the same document"),
];

/// What became of a field by the time of a document's API version, if it had it once. The path is
/// that of the document.
///
/// ```
/// use kubeadm_config::{ApiVersion, moved_field, wire::Gvk};
///
/// let gvk = Gvk::kubeadm(ApiVersion::V1Beta4, "ClusterConfiguration");
/// let moved = moved_field(&gvk, "apiServer.timeoutForControlPlane").unwrap();
/// assert_eq!(moved.gone_in, ApiVersion::V1Beta4);
/// ```
#[must_use]
pub fn moved_field(gvk: &Gvk, path: &str) -> Option<&'static MovedField> {
    let version = gvk.kubeadm_version()?;
    MOVED.iter().find(|moved| moved.kind == gvk.kind && moved.path == path && version >= moved.gone_in)
}

/// The fields of a document's API version that the version to come no longer has.
#[must_use]
pub fn fields_to_move(gvk: &Gvk, to: ApiVersion) -> Vec<&'static MovedField> {
    let Some(version) = gvk.kubeadm_version() else { return Vec::new() };
    let goes = |moved: &&MovedField| moved.kind == gvk.kind && version < moved.gone_in && to >= moved.gone_in;
    MOVED.iter().filter(goes).collect()
}
