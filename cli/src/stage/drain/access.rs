//! A node's own way to the API server: its Node, and the pods on it.

use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

use cri_probe::api::{Access, ApiClient, ApiError, ApiOptions, Patch, run};
use host_prep::Host;
use serde_json::{Value, json};

use super::DrainError;
use super::pod::Pod;

/// Marks a cordon as this program's.
const MARK: &str = "k8sprep/cordoned";
/// Where kubeadm up to 1.36 looks for the socket first.
const CRI_SOCKET: &str = "kubeadm.alpha.kubernetes.io/cri-socket";
/// Pods of a node: the kubelet takes 110 unless told otherwise.
const PAGES: (usize, usize) = (250, 10_000);

/// What the cluster knows of a node, as its kubelet told it last.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct NodeReport {
    /// Whether it is Ready.
    pub ready: bool,
    /// The kubelet's release, `v1.34.2`.
    pub kubelet: String,
    /// The runtime's, `cri-o://1.34.1`.
    pub runtime: String,
}

/// A node's own way to the API server.
#[derive(Clone, Debug)]
pub struct NodeAccess {
    client: ApiClient,
    node: String,
}

impl NodeAccess {
    /// With the credentials of this host's kubelet.
    ///
    /// # Errors
    ///
    /// [`DrainError::NoAccess`] where they are missing or cannot be used.
    pub fn of_kubelet(host: &Host, now: SystemTime) -> Result<Self, DrainError> {
        let node = host_prep::cluster::node_name(host).map_err(|error| no_access(&error))?;
        Self::with_kubeconfig(host, Path::new("/etc/kubernetes/kubelet.conf"), node, now)
    }

    /// With another kubeconfig of the host, for that node.
    ///
    /// # Errors
    ///
    /// As [`NodeAccess::of_kubelet`].
    pub fn with_kubeconfig(
        host: &Host,
        path: &Path,
        node: impl Into<String>,
        now: SystemTime,
    ) -> Result<Self, DrainError> {
        let read = |path: &Path| match host.root().read(path) {
            Ok(Some(bytes)) => Ok(bytes),
            Ok(None) => {
                Err(io::Error::new(io::ErrorKind::NotFound, format!("{} is not there", path.display())))
            }
            Err(error) => Err(io::Error::other(crate::chain::chain(&error))),
        };
        let bytes = read(path).map_err(|error| no_access(&error))?;
        let dir = path.parent().unwrap_or(Path::new("/"));
        let access = Access::from_kubeconfig(&bytes, |named| read(&dir.join(named)))
            .map_err(|error| no_access(&error))?;
        let mut options = ApiOptions::at(now);
        options.timeout = Duration::from_secs(15);
        let client = ApiClient::new(access, options).map_err(|error| no_access(&error))?;
        Ok(Self { client, node: node.into() })
    }

    /// The node.
    #[must_use]
    pub fn node(&self) -> &str {
        &self.node
    }

    /// Whether nothing new is scheduled there, and whether that is a cordon of this program's.
    ///
    /// # Errors
    ///
    /// What the API server says.
    pub fn is_cordoned(&self) -> Result<(bool, bool), ApiError> {
        let node = run(self.client.get(&self.path()))?.value;
        let cordoned = node["spec"]["unschedulable"] == true;
        Ok((cordoned, cordoned && node["metadata"]["annotations"].get(MARK).is_some()))
    }

    /// Cordons the node, if it is not. Whether the cordon is this program's.
    ///
    /// # Errors
    ///
    /// What the API server says.
    pub fn cordon(&self) -> Result<bool, ApiError> {
        let (cordoned, own) = self.is_cordoned()?;
        if cordoned {
            return Ok(own);
        }
        let change = json!({
            "metadata": {"annotations": {MARK: "true"}},
            "spec": {"unschedulable": true},
        });
        run(self.client.patch(&self.path(), Patch::Merge, &change))?;
        Ok(true)
    }

    /// Takes a cordon of this program's away; one of somebody else stays.
    ///
    /// # Errors
    ///
    /// What the API server says.
    pub fn uncordon(&self) -> Result<(), ApiError> {
        let (_, own) = self.is_cordoned()?;
        if !own {
            return Ok(());
        }
        let change = json!({
            "metadata": {"annotations": {MARK: Value::Null}},
            "spec": {"unschedulable": Value::Null},
        });
        run(self.client.patch(&self.path(), Patch::Merge, &change)).map(drop)
    }

    /// What the cluster knows of the node.
    ///
    /// # Errors
    ///
    /// What the API server says.
    pub fn report(&self) -> Result<NodeReport, ApiError> {
        let node = run(self.client.get(&self.path()))?.value;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let conditions = node["status"]["conditions"].as_array().into_iter().flatten();
        let info = &node["status"]["nodeInfo"];
        Ok(NodeReport {
            ready: conditions.into_iter().any(|one| one["type"] == "Ready" && one["status"] == "True"),
            kubelet: text(&info["kubeletVersion"]),
            runtime: text(&info["containerRuntimeVersion"]),
        })
    }

    /// The release of the API server that answers.
    ///
    /// # Errors
    ///
    /// What the API server says.
    pub fn server_version(&self) -> Result<String, ApiError> {
        let version = run(self.client.get("/version"))?.value;
        Ok(version["gitVersion"].as_str().unwrap_or_default().to_owned())
    }

    /// Whether the API server is ready, with what it says where it is not.
    ///
    /// # Errors
    ///
    /// What the API server says.
    pub fn server_is_ready(&self) -> Result<(), ApiError> {
        run(self.client.text("/readyz")).map(drop)
    }

    /// The release that kubeadm's ConfigMap names, which `kubeadm upgrade node` goes to.
    ///
    /// # Errors
    ///
    /// What the API server says.
    pub fn cluster_version(&self) -> Result<Option<String>, ApiError> {
        const PATH: &str = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";
        let map = run(self.client.get(PATH))?.value;
        let text = map["data"]["ClusterConfiguration"].as_str().unwrap_or_default().to_owned();
        let line = text.lines().find_map(|line| line.strip_prefix("kubernetesVersion:"));
        Ok(line.map(|version| version.trim().trim_matches(['"', '\'']).to_owned()))
    }

    /// The kubelet's configuration of the cluster, which every `kubeadm upgrade` writes over the node's own
    /// (kubeadm 1.24 and later have it in this ConfigMap); `None` where it says nothing.
    ///
    /// # Errors
    ///
    /// What the API server says.
    pub fn kubelet_settings(&self) -> Result<Option<String>, ApiError> {
        const PATH: &str = "/api/v1/namespaces/kube-system/configmaps/kubelet-config";
        let map = run(self.client.get(PATH))?.value;
        Ok(map["data"]["kubelet"].as_str().map(str::to_owned))
    }

    /// The images of the pods on the node, by the names that they give them.
    ///
    /// # Errors
    ///
    /// What the API server says.
    pub fn images(&self) -> Result<Vec<String>, ApiError> {
        let of_pod = |pod: &Value| -> Vec<String> {
            let lists = ["initContainers", "containers"];
            let all = lists.iter().filter_map(|list| pod["spec"][list].as_array()).flatten();
            all.filter_map(|one| one["image"].as_str().map(str::to_owned)).collect()
        };
        let mut images: Vec<String> = self.own_pods()?.iter().flat_map(of_pod).collect();
        images.sort();
        images.dedup();
        Ok(images)
    }

    /// The socket of the runtime that the Node's annotation names, by which kubeadm up to 1.36 finds it.
    ///
    /// # Errors
    ///
    /// What the API server says.
    pub fn cri_socket(&self) -> Result<Option<String>, ApiError> {
        let node = run(self.client.get(&self.path()))?.value;
        Ok(node["metadata"]["annotations"][CRI_SOCKET].as_str().map(str::to_owned))
    }

    /// Where the Node has that annotation, this socket in it.
    ///
    /// # Errors
    ///
    /// What the API server says.
    pub fn set_cri_socket(&self, socket: &str) -> Result<(), ApiError> {
        if self.cri_socket()?.is_none_or(|told| told == socket) {
            return Ok(());
        }
        let change = json!({"metadata": {"annotations": {CRI_SOCKET: socket}}});
        run(self.client.patch(&self.path(), Patch::Merge, &change)).map(drop)
    }

    /// Its pods.
    pub(super) fn pods(&self) -> Result<Vec<Pod>, ApiError> {
        Ok(self.own_pods()?.iter().filter_map(Pod::of).collect())
    }

    /// The selector is what a kubelet's rights end at.
    fn own_pods(&self) -> Result<Vec<Value>, ApiError> {
        let own = format!("spec.nodeName={}", self.node);
        run(self.client.list("/api/v1/pods", &[("fieldSelector", &own)], PAGES))
    }

    /// Asks for an eviction of exactly that pod.
    pub(super) fn evict(&self, pod: &Pod, grace: Option<Duration>) -> Result<(), ApiError> {
        let (namespace, name) = (&pod.name.namespace, &pod.name.name);
        let mut options = json!({"preconditions": {"uid": pod.uid}});
        if let Some(grace) = grace {
            options["gracePeriodSeconds"] = json!(grace.as_secs());
        }
        let eviction = json!({
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": name, "namespace": namespace},
            "deleteOptions": options,
        });
        run(self.client.post(&format!("/api/v1/namespaces/{namespace}/pods/{name}/eviction"), &eviction))
            .map(drop)
    }

    fn path(&self) -> String {
        format!("/api/v1/nodes/{}", self.node)
    }
}

fn no_access(error: &(dyn std::error::Error + 'static)) -> DrainError {
    DrainError::NoAccess { why: crate::chain::chain(error) }
}
