//! This host's Node, and its kubelet beside what the cluster has for it.

use kubeadm_config::yaml::{self, Base};

use super::Said;
use crate::doctor::check::Told;
use crate::doctor::cluster::{Cluster, NodeSeen, leaves};
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::Inspection;

/// The annotation that kubeadm goes by.
const CRI_SOCKET: &str = "kubeadm.alpha.kubernetes.io/cri-socket";
const MASTER: &str = "node-role.kubernetes.io/master";

/// Fields of config.yaml that kubeadm sets for each node.
const OF_THE_NODE: &[&str] = &["containerRuntimeEndpoint", "resolvConf"];

/// A clock that is off by less is one that NTP corrects.
const WARNS: u64 = 5;
/// From here on tokens, certificates and leases are judged wrong.
// The controller manager dates what it signs five minutes back (`Backdate`,
// controller/certificates/signer): a host that is further behind takes a new certificate for one of
// tomorrow.
const FIRES: u64 = 300;

fn node(cluster: &Cluster) -> Result<Option<&NodeSeen>, Unread> {
    cluster.node.known("the Node of this host")
}

fn at(node: &NodeSeen, field: &str) -> Evidence {
    Evidence::api(format!("Node {} {field}", node.name))
}

pub(super) fn clock(_: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    let Some(ahead) = cluster.ahead else {
        return Err(Unread::new(&cluster.server, "its answer has no date"));
    };
    let apart = ahead.unsigned_abs();
    let which = if ahead > 0 { "ahead of" } else { "behind" };
    let what = format!("the API server's clock is {apart} s {which} this host's");
    let place = Evidence::api(&cluster.server).value(format!("Date: {ahead:+} s"));
    if apart >= FIRES {
        told.fires(what).seen_at(place);
    } else if apart > WARNS {
        told.warns(what).seen_at(place);
    }
    Ok(())
}

pub(super) fn twins(_: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    let Some(twins) = cluster.twins.known("the Nodes")?.filter(|twins| !twins.is_empty()) else {
        return Ok(());
    };
    told.fires(format!("another node has this host's machine id: {}", twins.join(", ")))
        .seen_at(Evidence::file("/etc/machine-id"))
        .seen_in(twins.iter().map(|twin| Evidence::api(format!("Node {twin} status.nodeInfo"))));
    Ok(())
}

pub(super) fn cri_socket(seen: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    let Some(node) = node(cluster)? else { return Ok(()) };
    let Some(annotated) = &node.cri_socket else { return Ok(()) };
    let flag = "container-runtime-endpoint";
    let Some((own, place)) = seen.kubelet_setting(flag, "containerRuntimeEndpoint")? else { return Ok(()) };
    if path_of(annotated) != path_of(&own) {
        told.fires(format!(
            "the Node says that the runtime's socket is {annotated}, and the kubelet asks {own}"
        ))
        .seen_at(at(node, CRI_SOCKET).value(annotated))
        .seen_at(place)
        .cured_by(format!("`kubectl annotate node {} --overwrite {CRI_SOCKET}={own}`", node.name));
    }
    Ok(())
}

/// `/var/run` is a link to `/run`.
fn path_of(endpoint: &str) -> &str {
    let path =
        endpoint.strip_prefix("unix:").map_or(endpoint, |rest| rest.strip_prefix("//").unwrap_or(rest));
    path.strip_prefix("/var").filter(|rest| rest.starts_with("/run/")).unwrap_or(path)
}

pub(super) fn dockershim(_: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    let Some(node) = node(cluster)? else { return Ok(()) };
    let Some(socket) = node.cri_socket.as_ref().filter(|socket| socket.ends_with("/dockershim.sock")) else {
        return Ok(());
    };
    told.fires("the Node is annotated with dockershim's socket, which kubeadm would ask")
        .seen_at(at(node, CRI_SOCKET).value(socket))
        .cured_by(format!(
            "`kubectl annotate node {} --overwrite {CRI_SOCKET}=unix:///var/run/crio/crio.sock`",
            node.name
        ));
    Ok(())
}

/// kubeadm 1.24 took the label away, 1.25 the taint.
pub(super) fn master(_: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    let Some(node) = node(cluster)? else { return Ok(()) };
    let minor = cluster.version.known("/version")?.and_then(|version| minor(version));
    if minor.is_none_or(|minor| minor < 24) {
        return Ok(());
    }
    if node.master_taint {
        told.fires(format!("the Node has the taint {MASTER}, which nothing of this release tolerates"))
            .seen_at(at(node, "spec.taints").value(MASTER))
            .cured_by(format!("`kubectl taint node {} {MASTER}-`", node.name));
    } else if node.master_label {
        told.notes(format!("the Node has the label {MASTER}, which kubeadm does not set since 1.24"))
            .seen_at(at(node, "metadata.labels").value(MASTER))
            .cured_by(format!("`kubectl label node {} {MASTER}-`", node.name));
    }
    Ok(())
}

/// The minor of `v1.34.2`.
pub(super) fn minor(version: &str) -> Option<u64> {
    version.trim_start_matches('v').split('.').nth(1)?.parse().ok()
}

pub(super) fn drifted(seen: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    const FILE: &str = "/var/lib/kubelet/config.yaml";
    let Some(wanted) = cluster.kubelet.known("ConfigMap kube-system/kubelet-config")? else { return Ok(()) };
    let Some(file) = seen.files().file(FILE)? else { return Ok(()) };
    let Ok(document) = yaml::read(&file.bytes, Base::default()) else { return Ok(()) };
    let own = leaves(&document.root);
    let differs = |key: &&String| !OF_THE_NODE.contains(&key.as_str()) && own.get(*key) != wanted.get(*key);
    let mut keys: Vec<&String> = own.keys().chain(wanted.keys()).filter(differs).collect();
    keys.sort_unstable();
    keys.dedup();
    if keys.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = keys.iter().map(|key| key.as_str()).collect();
    let none = || "not set".to_owned();
    let finding =
        told.fires(format!("config.yaml and the cluster's kubelet-config differ in {}", names.join(", ")));
    for key in keys {
        let (here, there) =
            (own.get(key).cloned().unwrap_or_else(none), wanted.get(key).cloned().unwrap_or_else(none));
        finding
            .seen_at(file.evidence().value(format!("{key}: {here}")))
            .seen_at(Evidence::api("ConfigMap kube-system/kubelet-config").value(format!("{key}: {there}")));
    }
    Ok(())
}

pub(super) fn pending(seen: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    let asks = seen.kubelet_field("serverTLSBootstrap")?.and_then(|found| found.value.as_bool());
    if asks != Some(true) {
        return Ok(());
    }
    let Some(pending) = cluster.pending.known("CertificateSigningRequests")? else { return Ok(()) };
    if !pending.is_empty() {
        told.fires("the kubelet asks for a serving certificate, and nobody approves it")
            .seen_in(pending.iter().map(|name| Evidence::api(format!("CertificateSigningRequest {name}"))))
            .cured_by(format!("`kubectl certificate approve {}`", pending.join(" ")));
    }
    Ok(())
}

/// The network, the gateway and the broadcast of a node's range are taken.
pub(super) fn max_pods(seen: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    let Some(node) = node(cluster)? else { return Ok(()) };
    let bits = node.pod_cidr.split_once('/').filter(|(address, _)| !address.contains(':'));
    let Some(bits) = bits.and_then(|(_, bits)| bits.parse::<u32>().ok()) else { return Ok(()) };
    let addresses = 1_i64.checked_shl(32_u32.saturating_sub(bits)).unwrap_or(i64::MAX) - 3;
    let Some((pods, place)) = seen.kubelet_number("max-pods", "maxPods")? else { return Ok(()) };
    if pods > addresses {
        told.fires(format!("maxPods is {pods}, and this node has {addresses} addresses for pods"))
            .seen_at(place)
            .seen_at(at(node, "spec.podCIDR").value(&node.pod_cidr));
    }
    Ok(())
}
