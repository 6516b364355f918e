//! The good road: a control plane, a worker that joins it, a reboot, daemons that are stopped, and
//! back.

use std::io;

use super::checks::{PATIENCE, back, kube, ready, taken_down, whole};
use super::join::joined_again;
use super::{Extent, PLANE, Trials, join_spec, within};
use crate::booted::cluster::{K8SPREP, Node, Site, Snapshot};

/// All of it, with two hosts; joins that are stopped use its control plane.
pub fn roads(trials: &mut Trials, site: &Site, prepared: &Snapshot, extent: Extent) -> io::Result<()> {
    let mut plane = site.host("cp1", Some(prepared))?;
    plane.boot()?;
    trials.trial("up: a control plane, and its smoke test", |trial| {
        let said = trial.ends(&plane, &site.up(&[&PLANE[..], &["--smoke-test"]].concat()), 0)?;
        if let Some(token) = said.err.split_whitespace().find(|word| is_token(word)) {
            trial.wrong.push(format!("the progress has a token: {token}"));
        }
        whole(trial, &plane)
    });
    worker(trials, site, &plane, prepared)?;
    if extent != Extent::Road {
        joined_again(trials, site, &plane, prepared, extent);
    }
    stopped_daemons(trials, site, &plane);
    trials.trial("reboot of the control plane", |trial| {
        plane.off()?;
        plane.boot()?;
        back(trial, &plane)?;
        whole(trial, &plane)?;
        trial.ends(&plane, &site.verify(), 0).map(drop)
    });
    trials.trial("down: the control plane", |trial| {
        trial.ends(&plane, &[K8SPREP, "down", "--yes"], 0)?;
        taken_down(trial, &plane)
    });
    Ok(())
}

fn is_token(word: &str) -> bool {
    let is =
        |part: &str, of: usize| part.len() == of && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    word.split_once('.').is_some_and(|(id, secret)| is(id, 6) && is(secret, 16))
}

fn worker(trials: &mut Trials, site: &Site, plane: &Node, prepared: &Snapshot) -> io::Result<()> {
    let mut worker = site.host("w1", Some(prepared))?;
    trials.trial("up: a worker joins", |trial| {
        join_spec(site, plane, &worker)?;
        worker.boot()?;
        trial.ends(&worker, &site.up(&[]), 0)?;
        ready(trial, plane, "w1")?;
        trial.ends(&worker, &site.verify(), 0).map(drop)
    });
    trials.trial("down and up at once: the worker", |trial| {
        let said = trial.ends(&worker, &[K8SPREP, "down", "--yes"], 0)?;
        if said.err.contains("the cluster was not told") {
            trial.wrong.push(said.err);
        }
        taken_down(trial, &worker)?;
        trial.ends(&worker, &site.up(&[]), 0)?;
        ready(trial, plane, "w1")
    });
    let _ = worker.off();
    kube(plane, &["delete", "node", "w1", "--ignore-not-found"]).map(drop)
}

/// How each daemon is stopped and started: the control plane's by their manifests.
const DAEMONS: [(&str, &str, &str); 4] = [
    ("kubelet", "systemctl stop kubelet", "systemctl start kubelet"),
    ("CRI-O", "systemctl stop crio", "systemctl start crio"),
    (
        "kube-apiserver",
        "mv /etc/kubernetes/manifests/kube-apiserver.yaml /root/",
        "mv /root/kube-apiserver.yaml /etc/kubernetes/manifests/",
    ),
    (
        "etcd",
        "mv /etc/kubernetes/manifests/etcd.yaml /root/",
        "mv /root/etcd.yaml /etc/kubernetes/manifests/",
    ),
];

fn stopped_daemons(trials: &mut Trials, site: &Site, plane: &Node) {
    trials
        .trial("verify: the control plane as it is", |trial| trial.ends(plane, &site.verify(), 0).map(drop));
    for (name, stop, start) in DAEMONS {
        trials.trial(&format!("verify: {name} stopped"), |trial| {
            trial.ends(plane, &["sh", "-c", stop], 0)?;
            if name.contains("api") || name == "etcd" {
                let gone = || Ok(plane.run(&["pidof", name])?.status != Some(0));
                if !within(PATIENCE, gone)? {
                    trial.wrong.push(format!("{name} does not stop"));
                }
            }
            trial.ends(plane, &site.verify(), 3)?;
            trial.ends(plane, &["sh", "-c", start], 0)?;
            back(trial, plane)
        });
    }
}
