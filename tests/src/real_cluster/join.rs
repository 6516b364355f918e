//! `kubeadm join` of a worker, stopped in each of its phases that leaves other files than the one
//! before.

use std::io;

use super::checks::{kube, ready, taken_down};
use super::{Extent, Then, Trial, Trials, join_spec};
use crate::booted::cluster::{K8SPREP, Node, Site, Snapshot};

/// What kubeadm says when the phase before is done or in the midst of this one.
const PHASES: [(&str, &str); 4] = [
    ("preflight", "[preflight] Reading configuration from the"),
    ("kubelet-start, configuration", "[kubelet-start] Writing kubelet configuration"),
    ("kubelet-start, kubelet", "[kubelet-start] Starting the kubelet"),
    ("kubelet-start, bootstrap", "TLS Bootstrap"),
];

/// Joins `plane`, and leaves it, with every stop.
pub(super) fn joined_again(
    trials: &mut Trials,
    site: &Site,
    plane: &Node,
    images: &Snapshot,
    extent: Extent,
) {
    for (nth, (phase, text)) in PHASES.iter().enumerate() {
        for (stop, then) in extent.of(nth) {
            let verb = if then == Then::Resume { "resume" } else { "down" };
            trials.on_a_new_host(&format!("join: {} in {phase}, {verb}", stop.name()), |trial| {
                let mut node = site.host("w1", Some(images))?;
                join_spec(site, plane, &node)?;
                node.boot()?;
                trial.stopped(&node, &site.up(&[]), text, stop)?;
                let tried = match then {
                    Then::Resume => resumed(trial, site, plane, &node),
                    Then::Down => downed(trial, site, plane, &node, extent),
                };
                let _ = node.off();
                kube(plane, &["delete", "node", "w1", "--ignore-not-found"])?;
                tried
            });
        }
    }
}

fn resumed(trial: &mut Trial, site: &Site, plane: &Node, node: &Node) -> io::Result<()> {
    trial.ends(node, &site.up(&["--resume"]), 0)?;
    if trial.wrong.is_empty() { ready(trial, plane, "w1") } else { Ok(()) }
}

fn downed(trial: &mut Trial, site: &Site, plane: &Node, node: &Node, extent: Extent) -> io::Result<()> {
    trial.ends(node, &[K8SPREP, "down", "--yes"], 0)?;
    taken_down(trial, node)?;
    if extent == Extent::Table {
        trial.ends(node, &site.up(&[]), 0)?;
        ready(trial, plane, "w1")?;
    }
    Ok(())
}
