//! What the API server says that rules ask: of the cluster, and of this host's Node.
//!
//! What is kept of its answers is what rules compare and nothing more: no Secret is asked for, and no
//! field that can hold one is kept. So it can be written down like any other answer of the host.

#[cfg(feature = "api")]
mod ask;
#[cfg(feature = "api")]
mod keep;
mod leaf;

pub(super) use leaf::leaves;

use std::collections::BTreeMap;
use std::io;
use std::time::{Instant, SystemTime};

use serde::{Deserialize, Serialize};

use super::finding::Unread;

/// How the answers are called where a host's answers are written down.
pub(super) const QUESTION: &str = "API server";

/// What the API server said.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Cluster {
    /// Nobody wanted it to be asked.
    pub(super) is_unasked: bool,
    /// Its URL.
    pub(super) server: String,
    /// The kubeconfig that it was asked with.
    pub(super) asked_by: String,
    /// Why there was no answer at all.
    pub(super) unreached: Option<Unreached>,
    /// By how many seconds its clock is ahead of this host's.
    pub(super) ahead: Option<i64>,
    /// Its version, `v1.34.2`.
    pub(super) version: Answer<String>,
    /// What its own checks say that fails.
    pub(super) failing: Answer<String>,
    /// This host's Node.
    pub(super) node: Answer<NodeSeen>,
    /// Nodes with the machine id of this one.
    pub(super) twins: Answer<Vec<String>>,
    /// kubeadm's ClusterConfiguration.
    pub(super) kubeadm: Answer<ClusterConfiguration>,
    /// The cluster's KubeletConfiguration, each leaf by its path.
    pub(super) kubelet: Answer<BTreeMap<String, String>>,
    /// kube-proxy's configuration.
    pub(super) proxy: Answer<ProxyConfiguration>,
    /// The addresses of the Service kube-dns.
    pub(super) dns: Answer<Vec<String>>,
    /// Requests of this kubelet for a serving certificate that nobody approved.
    pub(super) pending: Answer<Vec<String>>,
    /// Pods of kube-proxy on this node, and whether they are ready.
    pub(super) proxies: Answer<BTreeMap<String, bool>>,
    /// The CA in cluster-info, in PEM.
    pub(super) info_ca: Answer<String>,
    /// Networks of the network plugin, each with what says so.
    pub(super) pools: Answer<BTreeMap<String, String>>,
}

/// Why there was no answer.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Unreached {
    /// The code of the fault; empty where nothing was asked.
    pub(super) code: String,
    /// What is the matter.
    pub(super) why: String,
}

/// What became of one question.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Answer<T> {
    /// It was not asked with these rights.
    #[default]
    NotAsked,
    /// There is no such object.
    Absent,
    /// It could not be read, and why.
    Unread(String),
    /// What it says.
    Known(T),
}

/// A Node.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct NodeSeen {
    pub(super) name: String,
    pub(super) pod_cidr: String,
    pub(super) kubelet: String,
    pub(super) cri_socket: Option<String>,
    pub(super) master_label: bool,
    pub(super) master_taint: bool,
}

/// What is compared of kubeadm's ClusterConfiguration.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ClusterConfiguration {
    pub(super) kubernetes_version: Option<String>,
    pub(super) image_repository: Option<String>,
    pub(super) control_plane_endpoint: Option<String>,
    pub(super) pod_subnet: Option<String>,
    pub(super) dns_domain: Option<String>,
}

/// What is compared of kube-proxy's configuration.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ProxyConfiguration {
    pub(super) mode: String,
    pub(super) cluster_cidr: String,
}

impl Cluster {
    /// That nobody wanted it to be asked.
    pub(super) fn unasked() -> Self {
        Self { is_unasked: true, ..Self::default() }
    }
}

impl<T> Answer<T> {
    /// What it says; `None`: there is no such object, or it was not asked.
    pub(super) fn known(&self, of: &str) -> Result<Option<&T>, Unread> {
        match self {
            Self::Known(value) => Ok(Some(value)),
            Self::Absent | Self::NotAsked => Ok(None),
            Self::Unread(why) => Err(Unread::new(of, why.clone())),
        }
    }
}

/// When it is asked: the time at which the host is looked at, and since when that is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    #[cfg_attr(not(feature = "api"), expect(dead_code, reason = "only who asks wants to know"))]
    pub(super) now: SystemTime,
    #[cfg_attr(not(feature = "api"), expect(dead_code, reason = "only who asks wants to know"))]
    pub(super) since: Instant,
}

/// Asks, with that kubeconfig, as the kubelet of that node or for it.
pub(super) fn ask(
    (path, kubeconfig): (&str, &[u8]),
    file: &mut dyn FnMut(&str) -> io::Result<Vec<u8>>,
    node: &str,
    moment: Moment,
) -> Cluster {
    #[cfg(feature = "api")]
    return ask::ask((path, kubeconfig), file, node, moment);
    #[cfg(not(feature = "api"))]
    {
        let _ = (kubeconfig, file, node, moment);
        let why = "this program was built without a client of the API server".to_owned();
        let unreached = Some(Unreached { code: String::new(), why });
        Cluster { asked_by: path.to_owned(), unreached, ..Cluster::default() }
    }
}
