//! `kubeadm init`, stopped in each of its phases that leaves other files, or another cluster, than
//! the one before.

use std::io;

use super::checks::{taken_down, whole};
use super::{Extent, PLANE, Then, Trial, Trials};
use crate::booted::cluster::{K8SPREP, Node, Site, Snapshot};

/// The phases, and what kubeadm says in them.
const PHASES: [(&str, &str); 11] = [
    ("certs", "[certs] Generating \"apiserver\" certificate"),
    ("kubeconfig", "[kubeconfig] Writing \"admin.conf\""),
    ("etcd", "[etcd] Creating static Pod manifest"),
    ("control-plane", "[control-plane] Creating static Pod manifest for \"kube-controller-manager\""),
    ("kubelet-start", "[kubelet-start] Starting the kubelet"),
    ("wait-control-plane", "[control-plane-check]"),
    ("upload-config", "[upload-config] Storing"),
    ("mark-control-plane", "[mark-control-plane] Marking"),
    ("bootstrap-token", "[bootstrap-token] Using token"),
    ("kubelet-finalize", "[kubelet-finalize] Updating"),
    ("addon", "[addons] Applied essential addon: CoreDNS"),
];

/// Stops it in each, and goes on from there. Its host is none of the roads', so that both can be
/// walked at once.
pub fn inits(trials: &mut Trials, site: &Site, prepared: &Snapshot, extent: Extent) {
    for (nth, (phase, text)) in PHASES.iter().enumerate() {
        for (stop, then) in extent.of(nth) {
            let verb = if then == Then::Resume { "resume" } else { "down" };
            let name = format!("init: {} in {phase}, {verb}", stop.name());
            trials.on_a_new_host(&name, |trial| {
                let mut node = site.host("cp2", Some(prepared))?;
                node.boot()?;
                trial.stopped(&node, &site.up(&PLANE), text, stop)?;
                match then {
                    Then::Resume => resumed(trial, site, &node),
                    Then::Down => downed(trial, site, &node, extent),
                }
            });
        }
    }
}

fn resumed(trial: &mut Trial, site: &Site, node: &Node) -> io::Result<()> {
    trial.ends(node, &site.up(&[&PLANE[..], &["--resume"]].concat()), 0)?;
    if trial.wrong.is_empty() { whole(trial, node) } else { Ok(()) }
}

fn downed(trial: &mut Trial, site: &Site, node: &Node, extent: Extent) -> io::Result<()> {
    trial.ends(node, &[K8SPREP, "down", "--yes"], 0)?;
    taken_down(trial, node)?;
    if extent == Extent::Table {
        trial.ends(node, &site.up(&PLANE), 0)?;
        whole(trial, node)?;
    }
    Ok(())
}
