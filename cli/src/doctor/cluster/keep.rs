//! What is kept of an answer. `None`: it has not the form that is expected.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubeadm_config::yaml::{self, Base, Node};
use serde_json::Value;

use super::leaf::leaves;
use super::{ClusterConfiguration, Moment, NodeSeen, ProxyConfiguration};

/// By how many seconds a server whose answer has that `Date` is ahead.
pub(super) fn ahead(date: &str, moment: Moment) -> Option<i64> {
    let said = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    let own = jiff::Timestamp::try_from(moment.now + moment.since.elapsed()).ok()?;
    Some(said.as_second() - own.as_second())
}

pub(super) fn version(answer: &Value) -> Option<String> {
    text(answer, "/gitVersion").map(str::to_owned)
}

pub(super) fn node(node: &Value) -> Option<NodeSeen> {
    const MASTER: &str = "node-role.kubernetes.io/master";
    let owned = |path: &str| text(node, path).map(str::to_owned);
    let taints = node.pointer("/spec/taints").and_then(Value::as_array);
    let annotation = "/metadata/annotations/kubeadm.alpha.kubernetes.io~1cri-socket";
    Some(NodeSeen {
        name: owned("/metadata/name")?,
        pod_cidr: owned("/spec/podCIDR").unwrap_or_default(),
        kubelet: owned("/status/nodeInfo/kubeletVersion").unwrap_or_default(),
        cri_socket: owned(annotation),
        master_label: node.pointer("/metadata/labels").is_some_and(|labels| labels.get(MASTER).is_some()),
        master_taint: taints.into_iter().flatten().any(|taint| taint["key"] == MASTER),
    })
}

/// Nodes whose machine id is that of `own`. The product UUID is that of the machine under containers,
/// which nodes of one machine share.
pub(super) fn twins(nodes: &[Value], own: &str) -> Option<Vec<String>> {
    let id = |node: &Value| {
        let said = text(node, "/status/nodeInfo/machineID").unwrap_or_default();
        said.trim().to_ascii_lowercase()
    };
    let name = |node: &Value| text(node, "/metadata/name").map(str::to_owned);
    let this = nodes.iter().find(|node| name(node).as_deref() == Some(own)).map(id).unwrap_or_default();
    let twin = |node: &&Value| !this.is_empty() && id(node) == this;
    Some(nodes.iter().filter(twin).filter_map(name).filter(|name| name != own).collect())
}

pub(super) fn kubeadm(map: &Value) -> Option<ClusterConfiguration> {
    let root = document(map, "ClusterConfiguration")?;
    let said = |path: &[&str]| {
        let found = path.iter().try_fold(&root, |node, key| node.get(key))?;
        found.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
    };
    Some(ClusterConfiguration {
        kubernetes_version: said(&["kubernetesVersion"]),
        image_repository: said(&["imageRepository"]),
        control_plane_endpoint: said(&["controlPlaneEndpoint"]),
        pod_subnet: said(&["networking", "podSubnet"]),
        dns_domain: said(&["networking", "dnsDomain"]),
    })
}

pub(super) fn kubelet(map: &Value) -> Option<BTreeMap<String, String>> {
    Some(leaves(&document(map, "kubelet")?))
}

pub(super) fn proxy(map: &Value) -> Option<ProxyConfiguration> {
    let root = document(map, "config.conf")?;
    let said = |key: &str| root.get(key).and_then(Node::as_str).unwrap_or_default().to_owned();
    Some(ProxyConfiguration { mode: said("mode"), cluster_cidr: said("clusterCIDR") })
}

pub(super) fn dns(service: &Value) -> Option<Vec<String>> {
    let all = service.pointer("/spec/clusterIPs").and_then(Value::as_array);
    let one = service.pointer("/spec/clusterIP");
    let addresses = all.map_or_else(|| one.into_iter().collect(), |all| all.iter().collect::<Vec<_>>());
    Some(addresses.into_iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

/// The CA in the kubeconfig of cluster-info.
pub(super) fn info_ca(map: &Value) -> Option<String> {
    let root = document(map, "kubeconfig")?;
    let cluster = root.get("clusters")?.as_sequence()?.first()?.get("cluster")?;
    let data = cluster.get("certificate-authority-data")?.as_str()?;
    String::from_utf8(STANDARD.decode(data.trim()).ok()?).ok()
}

/// Requests of the kubelet of `node` that were neither approved nor denied.
pub(super) fn pending(requests: &[Value], node: &str) -> Option<Vec<String>> {
    let user = format!("system:node:{node}");
    let waits = |request: &&Value| {
        let decided = request.pointer("/status/conditions").and_then(Value::as_array);
        text(request, "/spec/username") == Some(&user) && decided.is_none_or(Vec::is_empty)
    };
    let name = |request: &Value| text(request, "/metadata/name").map(str::to_owned);
    Some(requests.iter().filter(waits).filter_map(name).collect())
}

/// Pods by name, and whether each is ready.
pub(super) fn readiness(pods: &[Value]) -> Option<BTreeMap<String, bool>> {
    let ready = |pod: &Value| {
        let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
        conditions.into_iter().flatten().any(|one| one["type"] == "Ready" && one["status"] == "True")
    };
    Some(pods.iter().filter_map(|pod| Some((text(pod, "/metadata/name")?.to_owned(), ready(pod)))).collect())
}

/// flannel's networks.
pub(super) fn flannel(map: &Value) -> Option<BTreeMap<String, String>> {
    let config: Value = serde_json::from_str(text(map, "/data/net-conf.json")?).ok()?;
    let named = |key: &str| {
        let network = config[key].as_str().filter(|network| !network.is_empty())?;
        Some((format!("ConfigMap kube-flannel/kube-flannel-cfg {key}"), network.to_owned()))
    };
    Some(["Network", "IPv6Network"].into_iter().filter_map(named).collect())
}

/// calico's pools that are in use.
pub(super) fn calico(pools: &[Value]) -> Option<BTreeMap<String, String>> {
    let used = |pool: &&Value| pool.pointer("/spec/disabled") != Some(&Value::Bool(true));
    let named = |pool: &Value| {
        let name = text(pool, "/metadata/name")?;
        Some((format!("IPPool {name}"), text(pool, "/spec/cidr")?.to_owned()))
    };
    Some(pools.iter().filter(used).filter_map(named).collect())
}

/// A document of YAML that a ConfigMap has under a key.
fn document(map: &Value, key: &str) -> Option<Node> {
    let said = map.get("data")?.get(key)?.as_str()?;
    yaml::read(said.as_bytes(), Base::default()).ok().map(|document| document.root)
}

fn text<'v>(of: &'v Value, path: &str) -> Option<&'v str> {
    of.pointer(path)?.as_str()
}
