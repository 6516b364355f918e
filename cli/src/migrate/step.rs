//! The steps of the change, in their order.

use super::{InUse, Runtime};

/// Whether a step can be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_enums, reason = "there is no third")]
pub enum Undo {
    /// Wholly.
    Yes,
    /// Not at all.
    No,
}

/// A step.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Step {
    /// Its name, which does not change.
    pub id: &'static str,
    /// What is done, for people.
    pub what: String,
    /// What does not answer meanwhile: `none`, `node`, `cluster`.
    pub disruptive: &'static str,
    /// Whether it can be taken back.
    pub undo: Undo,
}

fn step(id: &'static str, what: impl Into<String>, disruptive: &'static str) -> Step {
    Step { id, what: what.into(), disruptive, undo: Undo::Yes }
}

/// All of them. Data and packages of the old runtime stay until the last.
pub(super) fn all(in_use: &InUse, is_control_plane: bool) -> Vec<Step> {
    let outage = if is_control_plane { "cluster" } else { "node" };
    let (units, pods) = match in_use.runtime {
        Runtime::Containerd => ("containerd.service", "crictl rmp -fa at its socket"),
        Runtime::CriDockerd => (
            "cri-docker.socket, cri-docker.service, docker.socket, docker.service",
            "crictl rmp -fa at its socket",
        ),
        _ => {
            ("docker.socket, docker.service", "docker rm -f of all that has the label io.kubernetes.pod.uid")
        }
    };
    let drop = step(
        "forget-pods",
        format!("remove the old runtime's pods, those of the host's network last: {pods}"),
        outage,
    );
    let last = Step {
        undo: Undo::No,
        ..step("confirm", "after a reboot: remove packages and data of the old runtime", "none")
    };
    vec![
        step("translate", "write the old configuration into CRI-O's files", "none"),
        step(
            "package-crio",
            "install CRI-O of the kubelet's minor, masked, so that it does not start",
            "none",
        ),
        step(
            "images",
            "pull the images of the running pods, the static pods' and the pause image first",
            "none",
        ),
        // Before the drain, or the scheduler puts a pod that was evicted here again.
        step("cordon", "kubectl cordon NODE", "none"),
        step("drain", "kubectl drain NODE --ignore-daemonsets", "none"),
        // It would start anew what is removed under it.
        step("stop-kubelet", "systemctl stop kubelet", "node"),
        drop,
        step(
            "stop-old-runtime",
            format!("stop and disable {units}: sockets first, or they start it again"),
            outage,
        ),
        step("set-endpoint", "name CRI-O's socket in all places that name the old one", "none"),
        // First: a kubelet that finds no runtime at its endpoint exits.
        step("start-crio", "unmask and start CRI-O, and ask it over its socket", outage),
        step("start-kubelet", "systemctl start kubelet", outage),
        step("wait-ready", "wait until the Node is Ready with cri-o:// as its runtime", "none"),
        // kubeadm up to 1.36 takes it before any file of the host, and would ask the old socket.
        step("annotation", "set kubeadm.alpha.kubernetes.io/cri-socket of the Node, up to 1.36", "none"),
        step("uncordon", "kubectl uncordon NODE", "none"),
        last,
    ]
}
