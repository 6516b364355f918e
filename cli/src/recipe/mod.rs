//! From one spec of a node to what each crate needs. Pure: files come in as facts and go out as
//! values.
//!
//! [`NodeSpec`] is what was asked, read from `k8sprep.yaml` with every problem it has and its line.
//! [`agree`] derives once what several files must agree about (minors, pause image, cgroup driver,
//! CRI socket, image repository) and refuses a spec that contradicts itself. [`desired`] turns that
//! and the [facts](host_prep::facts) into what host-prep makes true.
//!
//! The order in which [`desired`] adds resources is not the order of steps:
//! `host_prep::resource::KINDS` has that. A spec that says `keep` of something adds nothing for
//! it, so nothing is compared either. What no step can cure (a host on cgroup v1) is an obstacle,
//! and then nothing is written.

mod agree;
mod crictl;
mod crio;
mod decided;
mod desired;
mod ending;
mod endpoint;
mod fault;
mod finding;
mod join;
mod kubeadm;
mod kubeadm_file;
mod minor;
mod network_manager;
mod no_proxy;
mod overridden;
mod packages;
mod proxy;
mod read;
mod spec;
mod static_pod;
mod table;
mod template;
#[cfg(test)]
mod tests;

pub use agree::{Agreed, Contradiction, Contradictions, agree};
pub(crate) use crictl::{of as crictl, refusal as crictl_refusal};
pub(crate) use crio::{DEFAULT_RUNTIME, default_runtime, drop_in_with, pause_image_of};
pub(crate) use decided::same_socket;
pub use desired::{Recipe, desired, desired_of};
pub(crate) use desired::{reload, restart};
pub use ending::{Endings, Ends, UnreadFile};
pub(crate) use endpoint::Endpoint;
pub use fault::{Finding, Note, Severity};
#[cfg(feature = "api")]
pub(crate) use finding::exits_with;
pub(crate) use finding::findings;
pub(crate) use finding::on_cgroup_v1;
pub(crate) use finding::room_for_images;
pub use finding::{CertificateLife, Daemon, certificate_lives, unit_findings};
pub(crate) use finding::{kubernetes_minor, minor_of};
pub use join::JOIN_FILE;
pub use kubeadm::{Documents, KUBEADM_FILE};
#[cfg(feature = "bin")]
pub(crate) use kubeadm_file::keeps_nodes_down;
pub use kubeadm_file::token_in;
pub(crate) use kubeadm_file::{documents, refused as refused_documents};
pub use minor::other_minor;
pub(crate) use minor::{ETCD_3_6_SINCE, is_etcd_too_old_for_3_6, numbers_of};
pub(crate) use network_manager::{Unmanaged, file as network_manager};
pub use packages::{
    CarriedImages, NoSource, Source, Sources, add_services, add_services_if_there, candidates, places_of,
    sources,
};
pub use proxy::fetching;
pub(crate) use proxy::host_of_url;
pub use read::{SpecProblem, SpecProblems};
pub use spec::{
    CgroupPolicy, ClusterName, ControlPlaneEndpoint, CriSocket, DiscoveryFile, DnsDomain, FirewallPolicy,
    ImageRepository, Join, KubeadmDocuments, KubeadmFile, KubeadmValues, Mirrors, Networking, NoProxy,
    NodeName, NodeSpec, Pins, PluginName, Proxy, ProxyUrl, RegistryCa, RegistryLocation, RegistryMirror,
    RegistryTrust, Role, SelinuxPolicy, SpecVersion, Subnet, Subnets, SwapPolicy,
};
pub(crate) use static_pod::{StaticPod, Word, image_minor, image_tag};
pub(crate) use table::{KUBELET_ASKS_FOR_DRIVER, KUBELET_NEEDS_CGROUP_V2, at_least, unknown_flags};
pub use template::{commented, commented_in};

/// The JSON Schema of `k8sprep.yaml`.
#[must_use]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(NodeSpec).to_value()
}
