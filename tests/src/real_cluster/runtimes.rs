//! A worker leaves containerd for CRI-O's socket while what it serves goes on answering, goes back,
//! goes again, survives a reboot, and is confirmed.

use std::io;

use super::checks::{kube, ready, whole};
use super::web::{Asking, both, served};
use super::{PLANE, Trial, Trials};
use crate::booted::cluster::{K8SPREP, Node, Site, Snapshot};

const CHANGE: [&str; 2] = [K8SPREP, "migrate-runtime"];

/// All of it, on one worker.
///
/// # Errors
/// Where a host cannot be made.
pub fn runtimes(trials: &mut Trials, site: &Site, prepared: &Snapshot) -> io::Result<()> {
    let mut plane = site.host("cp1", Some(prepared))?;
    plane.boot()?;
    let mut worker = site.host("w1", Some(prepared))?;
    trials.trial("a worker with containerd joins", |trial| {
        trial.ends(&plane, &site.up(&PLANE), 0)?;
        whole(trial, &plane)?;
        site.containerd(&worker)?;
        worker.boot()?;
        with_containerd(trial, &plane, &worker)?;
        served(trial, &plane)
    });
    trials.trial("migrate-runtime apply", |trial| {
        trial.ends(&worker, &with(&["plan"]), 0)?;
        changed(trial, &plane, &worker, "apply", "cri-o://")
    });
    trials.trial("migrate-runtime back", |trial| changed(trial, &plane, &worker, "back", "containerd://"));
    trials.trial("migrate-runtime apply again, a reboot, confirm", |trial| {
        changed(trial, &plane, &worker, "apply", "cri-o://")?;
        let early = trial.ends(&worker, &with(&["confirm", "--yes"]), 1)?;
        if !early.err.contains("[reboot-not-survived]") {
            trial.wrong.push(format!("confirmed before a reboot is refused otherwise: {}", early.err));
        }
        worker.off()?;
        worker.boot()?;
        runs(trial, &plane, "cri-o://")?;
        both(trial, &plane)?;
        trial.ends(&worker, &with(&["confirm", "--yes"]), 0)?;
        let left = worker.ask(&[
            "sh",
            "-c",
            "ls -d /var/lib/containerd 2>/dev/null; dpkg -l containerd | grep ^ii || true",
        ])?;
        if !left.is_empty() {
            trial.wrong.push(format!("`confirm` left {left}"));
        }
        runs(trial, &plane, "cri-o://")
    });
    Ok(())
}

fn with<'a>(words: &[&'a str]) -> Vec<&'a str> {
    [&CHANGE[..], words].concat()
}

/// As people join a node whose runtime is containerd: by kubeadm itself.
fn with_containerd(trial: &mut Trial, plane: &Node, worker: &Node) -> io::Result<()> {
    worker.ask(&["systemctl", "disable", "--now", "crio"])?;
    // A host of the tests is an overlay, below which its runtime cannot have another one.
    let images = "mkdir -p /var/lib/containers/old /var/lib/containerd && mount --bind /var/lib/containers/old /var/lib/containerd";
    worker.ask(&["sh", "-c", images])?;
    worker.ask(&["systemctl", "enable", "--now", "containerd"])?;
    let join = plane.ask(&["kubeadm", "token", "create", "--print-join-command"])?;
    let more = [
        "--cri-socket",
        "unix:///run/containerd/containerd.sock",
        "--ignore-preflight-errors",
        "HTTPProxyCIDR",
    ];
    let words: Vec<&str> = join.split_whitespace().chain(more).collect();
    trial.ends(worker, &words, 0)?;
    runs(trial, plane, "containerd://")
}

/// The runtime is changed, and what is served has answered all the while.
fn changed(trial: &mut Trial, plane: &Node, worker: &Node, verb: &str, to: &str) -> io::Result<()> {
    let asking = Asking::begin(plane, plane)?;
    trial.ends(worker, &with(&[verb, "--yes"]), 0)?;
    asking.end(trial)?;
    runs(trial, plane, to)?;
    both(trial, plane)
}

/// The worker is Ready, may be scheduled to, and says that it has this runtime.
fn runs(trial: &mut Trial, plane: &Node, runtime: &str) -> io::Result<()> {
    ready(trial, plane, "w1")?;
    let path = "jsonpath={.status.nodeInfo.containerRuntimeVersion} {.spec.unschedulable}";
    let said = kube(plane, &["get", "node", "w1", "-o", path])?;
    if !said.out.starts_with(runtime) || said.out.ends_with("true") {
        trial.wrong.push(format!("w1 has not {runtime} or is cordoned: {}{}", said.out, said.err));
    }
    Ok(())
}
