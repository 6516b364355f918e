//! What has to be so on a host and in a cluster.

use std::io;

use super::{Trial, within};
use crate::booted::cluster::Node;

/// Seconds for what comes by itself. A kubelet waits up to five minutes between two starts of what
/// failed (its back-off), and a gate has other work for the processors.
pub(super) const PATIENCE: u64 = 420;

/// The words of `kubectl` of a control plane.
pub(super) fn kubectl<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [&["kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf"], words].concat()
}

/// What it says.
pub(super) fn kube(node: &Node, words: &[&str]) -> io::Result<crate::booted::Said> {
    node.run(&kubectl(words))
}

/// The cluster that kubeadm makes when it comes to its end, with its node and its DNS ready.
pub(super) fn whole(trial: &mut Trial, plane: &Node) -> io::Result<()> {
    for what in ["configmap/kubeadm-config", "daemonset/kube-proxy", "deployment/coredns"] {
        if kube(plane, &["-n", "kube-system", "get", what])?.status != Some(0) {
            trial.wrong.push(format!("the cluster has no {what}"));
        }
    }
    ready(trial, plane, plane.name())?;
    let dns =
        ["-n", "kube-system", "wait", "--for=condition=Available", "deployment/coredns", "--timeout=5s"];
    if !within(PATIENCE, || Ok(kube(plane, &dns)?.status == Some(0)))? {
        trial.wrong.push(format!("coredns does not get ready:\n{}", pods(plane)));
    }
    Ok(())
}

/// The control plane is back after a stop, and every pod of it.
pub(super) fn back(trial: &mut Trial, plane: &Node) -> io::Result<()> {
    let pods_ready = ["wait", "-A", "--for=condition=Ready", "pod", "--all", "--timeout=5s"];
    for words in [&["get", "--raw", "/readyz"][..], &pods_ready] {
        if !within(PATIENCE, || Ok(kube(plane, words)?.status == Some(0)))? {
            trial.wrong.push(format!("the control plane does not come back:\n{}", pods(plane)));
            return Ok(());
        }
    }
    ready(trial, plane, plane.name())
}

/// The node is Ready within a while.
pub(super) fn ready(trial: &mut Trial, plane: &Node, name: &str) -> io::Result<()> {
    let node = format!("node/{name}");
    let words = ["wait", "--for=condition=Ready", &node, "--timeout=5s"];
    if !within(PATIENCE, || Ok(kube(plane, &words)?.status == Some(0)))? {
        trial.wrong.push(format!("{name} does not get Ready:\n{}", pods(plane)));
    }
    Ok(())
}

/// The kubelet of a node is of the release.
pub(super) fn is_at(trial: &mut Trial, plane: &Node, name: &str, release: &str) -> io::Result<()> {
    let path = "jsonpath={.status.nodeInfo.kubeletVersion}";
    let said = kube(plane, &["get", "node", name, "-o", path])?;
    if said.out != release {
        trial.wrong.push(format!("the kubelet of {name} is {} and not {release}{}", said.out, said.err));
    }
    Ok(())
}

fn pods(plane: &Node) -> String {
    kube(plane, &["get", "nodes,pods", "-A", "-o", "wide"])
        .map(|said| said.out + &said.err)
        .unwrap_or_default()
}

/// Nothing of a node runs, no private key is left, and nothing that the next kubeadm would trip
/// over.
pub(super) fn taken_down(trial: &mut Trial, node: &Node) -> io::Result<()> {
    let left =
        node.ask(&["find", "/etc/kubernetes", "-name", "*.key", "-o", "-name", "*.conf"]).unwrap_or_default();
    if !left.is_empty() {
        trial.wrong.push(format!("`down` left {}", left.split_whitespace().collect::<Vec<_>>().join(" ")));
    }
    let running = node.ask(&["ps", "-eo", "comm="])?;
    let ours = |name: &&str| NODE_PROGRAMS.iter().any(|program| name.starts_with(program));
    let running: Vec<&str> = running.split_whitespace().filter(ours).collect();
    if !running.is_empty() {
        trial.wrong.push(format!("still running after `down`: {}", running.join(" ")));
    }
    Ok(())
}

const NODE_PROGRAMS: [&str; 8] =
    ["kubelet", "kube-", "etcd", "coredns", "flanneld", "pause", "conmon", "kubeadm"];
