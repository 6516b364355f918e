//! A node goes to the next minor with real packages, real kubeadm and real images: the whole way,
//! stopped on it, and back; and its certificates are renewed. What it serves goes on answering from
//! the other node.

use std::io;

use serde_json::Value;

use super::checks::{back, is_at, kube, ready, whole};
use super::web::{Asking, both, served};
use super::{Extent, PLANE, Stop, Trial, Trials, join_spec};
use crate::booted::cluster::{K8SPREP, Node, Site, Snapshot};

/// Steps that are stopped as they begin, and whether the upgrade then goes on or back.
const STOPS: [(&str, Then); 8] = [
    ("repositories", Then::Abort),
    ("package-kubeadm", Then::Resume),
    ("kubeadm-upgrade", Then::Resume),
    ("kubeadm-upgrade", Then::Abort),
    ("package-crio", Then::Resume),
    ("package-kubelet", Then::GoesBackInPart),
    ("start-kubelet", Then::Resume),
    ("uncordon", Then::Resume),
];

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Then {
    Resume,
    Abort,
    /// The control plane is at the new release, which nothing takes back.
    GoesBackInPart,
}

/// A control plane and a worker go from the site's release to `to`; or each stop, on a control plane
/// of its own.
///
/// # Errors
/// Where a host cannot be made.
pub fn upgrades(
    trials: &mut Trials,
    site: &Site,
    prepared: &Snapshot,
    to: &str,
    extent: Extent,
) -> io::Result<()> {
    if extent != Extent::Road {
        return stops(trials, site, prepared, to);
    }
    let mut plane = site.host("cp1", Some(prepared))?;
    plane.boot()?;
    trials.trial("up: a control plane", |trial| {
        trial.ends(&plane, &site.up(&PLANE), 0)?;
        whole(trial, &plane)
    });
    trials.trial("certs renew all", |trial| renewed(trial, &plane));
    let mut worker = site.host("w1", Some(prepared))?;
    trials.trial("up: a worker joins", |trial| {
        join_spec(site, &plane, &worker)?;
        worker.boot()?;
        trial.ends(&worker, &site.up(&[]), 0)?;
        ready(trial, &plane, "w1")
    });
    trials.trial("upgrade: a worker is not the first", |trial| {
        let said = trial.ends(&worker, &apply(to), 1)?;
        is_at(trial, &plane, "w1", &site.release)?;
        if !said.err.contains("nothing was changed") && !said.err.contains("control plane") {
            trial.wrong.push(format!("it does not say why: {}", said.err));
        }
        Ok(())
    });
    trials.trial("upgrade: what has to go on answering", |trial| served(trial, &plane));
    trials.trial("upgrade: the control plane", |trial| {
        trial.ends(&plane, &[K8SPREP, "upgrade", "plan", "--to", to], 0)?;
        let asking = Asking::begin(&plane, &worker)?;
        trial.ends(&plane, &apply(to), 0)?;
        asking.end(trial)?;
        upgraded(trial, &plane, to)?;
        // Run twice it finds nothing to do.
        trial.ends(&plane, &apply(to), 0)?;
        Site::spec_of(to, &plane, "");
        trial.ends(&plane, &site.verify(), 0).map(drop)
    });
    trials.trial("upgrade: the worker", |trial| {
        let asking = Asking::begin(&plane, &plane)?;
        trial.ends(&worker, &apply(to), 0)?;
        asking.end(trial)?;
        ready(trial, &plane, "w1")?;
        both(trial, &plane)?;
        is_at(trial, &plane, "w1", to)
    });
    trials.trial("certs renew all, of the new release", |trial| renewed(trial, &plane));
    Ok(())
}

fn stops(trials: &mut Trials, site: &Site, prepared: &Snapshot, to: &str) -> io::Result<()> {
    let mut plane = site.host("cp1", Some(prepared))?;
    plane.boot()?;
    plane.ask(&site.up(&PLANE))?;
    let running = plane.keep()?;
    for (nth, (step, then)) in STOPS.into_iter().enumerate() {
        let stop = if nth.is_multiple_of(2) { Stop::Kill } else { Stop::CtrlC };
        let name = format!("upgrade: {} in {step}, {then:?}", stop.name()).to_lowercase();
        trials.on_a_new_host(&name, |trial| {
            let mut plane = site.host("cp1", Some(&running))?;
            plane.boot()?;
            back(trial, &plane)?;
            whole(trial, &plane)?;
            trial.stopped(&plane, &apply(to), &format!("] {step}: "), stop)?;
            match then {
                Then::Resume => {
                    trial.ends(&plane, &[K8SPREP, "upgrade", "resume", "--yes"], 0)?;
                    upgraded(trial, &plane, to)
                }
                Then::GoesBackInPart => {
                    let said = trial.ends(&plane, &[K8SPREP, "upgrade", "abort", "--yes"], 4)?;
                    if !(said.out + &said.err).contains("kubeadm knows no way to an older one") {
                        trial.wrong.push("it does not say what stays".to_owned());
                    }
                    back(trial, &plane)?;
                    is_at(trial, &plane, "cp1", &site.release)
                }
                Then::Abort => {
                    trial.ends(&plane, &[K8SPREP, "upgrade", "abort", "--yes"], 0)?;
                    back(trial, &plane)?;
                    is_at(trial, &plane, "cp1", &site.release)?;
                    trial.ends(&plane, &site.verify(), 0).map(drop)
                }
            }
        });
    }
    Ok(())
}

fn apply(to: &str) -> [&str; 6] {
    [K8SPREP, "upgrade", "apply", "--to", to, "--yes"]
}

/// The control plane works, and all of it is of that release.
fn upgraded(trial: &mut Trial, plane: &Node, to: &str) -> io::Result<()> {
    back(trial, plane)?;
    whole(trial, plane)?;
    is_at(trial, plane, "cp1", to)?;
    let version = kube(plane, &["version", "-o", "json"])?;
    let server: Value = serde_json::from_str(&version.out).unwrap_or_default();
    if server["serverVersion"]["gitVersion"] != to {
        trial.wrong.push(format!("the API server is not {to}: {}{}", version.out, version.err));
    }
    let node = kube(plane, &["get", "node", "cp1", "-o", "jsonpath={.spec.unschedulable}"])?;
    if !node.out.is_empty() {
        trial.wrong.push("the node is left cordoned".to_owned());
    }
    let status = trial.ends(plane, &[K8SPREP, "upgrade", "status", "--output", "json"], 0)?;
    let status: Value = serde_json::from_str(&status.out).unwrap_or_default();
    if status["status"] != "done" {
        trial.wrong.push(format!("the upgrade is said to be {}", status["status"]));
    }
    Ok(())
}

/// Every certificate is another one, and everything works with it.
fn renewed(trial: &mut Trial, plane: &Node) -> io::Result<()> {
    let serials = "for f in /etc/kubernetes/pki/*.crt /etc/kubernetes/pki/etcd/*.crt; do \
                   case $f in */ca.crt | */front-proxy-ca.crt) continue ;; esac; sha256sum $f; done";
    let of = |plane: &Node| plane.ask(&["sh", "-c", serials]);
    let before = of(plane)?;
    trial.ends(plane, &[K8SPREP, "certs", "renew", "all", "--yes"], 0)?;
    let after = of(plane)?;
    for line in after.lines().filter(|line| before.contains(*line)) {
        trial.wrong.push(format!("it was not renewed: {line}"));
    }
    back(trial, plane)?;
    whole(trial, plane)
}
