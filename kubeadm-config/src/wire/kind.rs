//! The kinds that kubeadm knows, by group, version and release.

use std::fmt;

use crate::release::KubeadmRelease;
use crate::version::{ApiVersion, Minor};
use crate::wire::component::{kube_proxy, kubelet};
use crate::wire::shape::StructShape;
use crate::wire::{meta, v1, v1beta1, v1beta2, v1beta3, v1beta4};

/// Group, version and kind of a document.
///
/// ```
/// use kubeadm_config::{ApiVersion, wire::Gvk};
///
/// let gvk = Gvk::kubeadm(ApiVersion::V1Beta4, "ClusterConfiguration");
/// assert_eq!(gvk.api_version(), "kubeadm.k8s.io/v1beta4");
/// assert_eq!(gvk.to_string(), "kubeadm.k8s.io/v1beta4, Kind=ClusterConfiguration");
/// assert_eq!(Gvk::kubelet().kubeadm_version(), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(clippy::exhaustive_structs, reason = "the three parts are what the name says")]
pub struct Gvk {
    /// The group, `kubeadm.k8s.io`.
    pub group: String,
    /// The version, `v1beta4`.
    pub version: String,
    /// The kind, `ClusterConfiguration`.
    pub kind: String,
}

impl Gvk {
    /// A kind of kubeadm's own group.
    #[must_use]
    pub fn kubeadm(version: ApiVersion, kind: &str) -> Self {
        Self { group: ApiVersion::GROUP.into(), version: version.name().into(), kind: kind.into() }
    }

    /// The kubelet's configuration.
    #[must_use]
    pub fn kubelet() -> Self {
        Self { group: KUBELET_GROUP.into(), version: "v1beta1".into(), kind: "KubeletConfiguration".into() }
    }

    /// kube-proxy's configuration.
    #[must_use]
    pub fn kube_proxy() -> Self {
        Self {
            group: KUBE_PROXY_GROUP.into(),
            version: "v1alpha1".into(),
            kind: "KubeProxyConfiguration".into(),
        }
    }

    /// `group/version`, as it stands in a document.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// kubeadm's API version, if this is a document of kubeadm's group in a version this crate
    /// knows.
    #[must_use]
    pub fn kubeadm_version(&self) -> Option<ApiVersion> {
        let known = ApiVersion::ALL.into_iter().find(|version| version.name() == self.version);
        known.filter(|_| self.group == ApiVersion::GROUP)
    }

    /// As Go prints the struct with `%#v`.
    pub(crate) fn go_syntax(&self) -> String {
        use crate::go::quote;
        let (group, version, kind) = (quote(&self.group), quote(&self.version), quote(&self.kind));
        format!("schema.GroupVersionKind{{Group:{group}, Version:{version}, Kind:{kind}}}")
    }
}

/// As Go prints it: `kubeadm.k8s.io/v1beta4, Kind=ClusterConfiguration`.
impl fmt::Display for Gvk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}, Kind={}", self.group, self.version, self.kind)
    }
}

/// The group of the kubelet's configuration.
pub(crate) const KUBELET_GROUP: &str = "kubelet.config.k8s.io";
/// The group of kube-proxy's configuration.
pub(crate) const KUBE_PROXY_GROUP: &str = "kubeproxy.config.k8s.io";

/// A kind with its fields.
#[derive(Debug)]
pub(crate) struct Kind {
    group: &'static str,
    version: &'static str,
    pub(crate) name: &'static str,
    pub(crate) fields: &'static StructShape,
    since: u8,
    until: u8,
    /// Whether `apiVersion` and `kind` are fields of it. `WatchEvent` has none.
    pub(crate) type_meta: bool,
}

impl Kind {
    /// Whether it is that very kind, and not one that apimachinery adds to every version.
    pub(crate) fn is_of(&self, gvk: &Gvk) -> bool {
        self.name == gvk.kind && self.version == gvk.version && self.group == gvk.group
    }

    fn is_in(&self, minor: Minor) -> bool {
        (u64::from(self.since)..=u64::from(self.until)).contains(&minor.number())
    }
}

/// The kind that a kubeadm release decodes such a document into; none if it does not know it.
pub(crate) fn find(gvk: &Gvk, release: &KubeadmRelease) -> Option<&'static Kind> {
    let minor = release.minor();
    let own = KINDS.iter().find(|kind| kind.is_of(gvk) && kind.is_in(minor));
    let own = own.filter(|_| gvk.kubeadm_version().is_none_or(|version| release.knows(version)));
    own.or_else(|| {
        let anywhere = gvk.kubeadm_version().is_some_and(|version| release.knows(version));
        GENERIC.iter().find(|kind| anywhere && kind.name == gvk.kind && kind.is_in(minor))
    })
}

/// The kind in any release, for a tool that imitates none.
pub(crate) fn known_in(gvk: &Gvk) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.is_of(gvk))
}

/// Every kind with a meaning.
pub(crate) fn kinds() -> impl Iterator<Item = Gvk> {
    let gvk =
        |kind: &Kind| Gvk { group: kind.group.into(), version: kind.version.into(), kind: kind.name.into() };
    KINDS.iter().map(gvk)
}

/// Whether a group is one of the component configurations.
pub(crate) fn group_is_component(group: &str) -> bool {
    group == KUBELET_GROUP || group == KUBE_PROXY_GROUP
}

macro_rules! kinds {
    ($(in $group:ident $version:literal { $($name:ident = $fields:expr $(, since $since:literal)? $(, until $until:literal)?;)* })*) => {
        &[$($(
            Kind {
                group: $group,
                version: $version,
                name: stringify!($name),
                fields: $fields,
                since: crate::wire::shape::bound([$($since)?], 0),
                until: crate::wire::shape::bound([$($until)?], u8::MAX),
                type_meta: true,
            },
        )*)*]
    };
}

const KUBEADM: &str = ApiVersion::GROUP;

/// The kinds with a meaning. Which releases know a version of kubeadm's group is in the release
/// table.
static KINDS: &[Kind] = kinds! {
    in KUBEADM "v1beta1" {
        InitConfiguration = v1beta1::InitConfiguration::STRUCT;
        ClusterConfiguration = v1beta1::ClusterConfiguration::STRUCT;
        ClusterStatus = v1beta1::ClusterStatus::STRUCT;
        JoinConfiguration = v1beta1::JoinConfiguration::STRUCT;
    }
    in KUBEADM "v1beta2" {
        InitConfiguration = v1beta2::InitConfiguration::STRUCT;
        ClusterConfiguration = v1beta2::ClusterConfiguration::STRUCT;
        ClusterStatus = v1beta2::ClusterStatus::STRUCT;
        JoinConfiguration = v1beta2::JoinConfiguration::STRUCT;
    }
    in KUBEADM "v1beta3" {
        InitConfiguration = v1beta3::InitConfiguration::STRUCT;
        ClusterConfiguration = v1beta3::ClusterConfiguration::STRUCT;
        JoinConfiguration = v1beta3::JoinConfiguration::STRUCT;
    }
    in KUBEADM "v1beta4" {
        InitConfiguration = v1beta4::InitConfiguration::STRUCT;
        ClusterConfiguration = v1beta4::ClusterConfiguration::STRUCT;
        JoinConfiguration = v1beta4::JoinConfiguration::STRUCT;
        ResetConfiguration = v1beta4::ResetConfiguration::STRUCT, since 29;
        UpgradeConfiguration = v1beta4::UpgradeConfiguration::STRUCT, since 30;
    }
    in KUBEADM "v1" {
        InitConfiguration = v1::InitConfiguration::STRUCT;
        ClusterConfiguration = v1::ClusterConfiguration::STRUCT;
        JoinConfiguration = v1::JoinConfiguration::STRUCT;
        ResetConfiguration = v1::ResetConfiguration::STRUCT;
        UpgradeConfiguration = v1::UpgradeConfiguration::STRUCT;
    }
    in KUBELET_GROUP "v1beta1" {
        KubeletConfiguration = kubelet::KUBELET_CONFIGURATION;
        SerializedNodeConfigSource = kubelet::SERIALIZED_NODE_CONFIG_SOURCE;
        CredentialProviderConfig = kubelet::CREDENTIAL_PROVIDER_CONFIG, since 24;
        ImagePullIntent = kubelet::IMAGE_PULL_INTENT, since 35;
        ImagePulledRecord = kubelet::IMAGE_PULLED_RECORD, since 35;
    }
    in KUBE_PROXY_GROUP "v1alpha1" {
        KubeProxyConfiguration = kube_proxy::KUBE_PROXY_CONFIGURATION;
    }
};

/// The kinds that apimachinery adds to every version of kubeadm's group.
static GENERIC: &[Kind] = {
    const fn generic(name: &'static str, fields: &'static StructShape, until: u8) -> Kind {
        Kind { group: KUBEADM, version: "", name, fields, since: 0, until, type_meta: true }
    }
    &[
        generic("ListOptions", meta::LIST_OPTIONS, u8::MAX),
        generic("GetOptions", meta::GET_OPTIONS, u8::MAX),
        generic("DeleteOptions", meta::DELETE_OPTIONS, u8::MAX),
        generic("CreateOptions", meta::CREATE_OPTIONS, u8::MAX),
        generic("PatchOptions", meta::PATCH_OPTIONS, u8::MAX),
        generic("UpdateOptions", meta::UPDATE_OPTIONS, u8::MAX),
        generic("ExportOptions", meta::EXPORT_OPTIONS, 21),
        Kind {
            group: KUBEADM,
            version: "",
            name: "WatchEvent",
            fields: meta::WATCH_EVENT,
            since: 0,
            until: u8::MAX,
            type_meta: false,
        },
    ]
};
