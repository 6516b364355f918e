//! A node goes to the next minor with real packages, real kubeadm and real images: the whole way,
//! stopped on it, and back; and its certificates are renewed. What it serves goes on answering from
//! the other node.

use std::io;
use std::path::Path;

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

/// A control plane and a worker go from the site's release to each of `to` in turn; or each stop, on a
/// control plane of its own, on the way to the first.
///
/// # Errors
/// Where a host cannot be made.
pub fn upgrades(
    trials: &mut Trials,
    site: &Site,
    prepared: &Snapshot,
    to: &[&str],
    extent: Extent,
) -> io::Result<()> {
    let Some((first, next)) = to.split_first() else { return Ok(()) };
    if extent == Extent::Sample {
        return stops(trials, site, prepared, first);
    }
    let to = *first;
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
    for to in next {
        further(trials, (&plane, &worker), (site, to));
    }
    Ok(())
}

/// Both go to the next minor but one. Its kubelet exits on cgroup v1, which is refused before anything is
/// changed, and goes once the cluster says that it has to run there.
fn further(trials: &mut Trials, (plane, worker): (&Node, &Node), (site, to): (&Site, &str)) {
    let on_v1 = !Path::new("/sys/fs/cgroup/cgroup.controllers").exists();
    let upgrade = |more: &'static [&'static str]| [&apply(to)[..], more].concat();
    let ignored: &[&str] = if on_v1 { &["--ignore-preflight-errors", "SystemVerification"] } else { &[] };
    if on_v1 {
        trials.trial(&format!("{to}: refused on cgroup v1"), |trial| refused_on_v1(trial, plane, to));
        // The node's own file alone is what kubeadm writes over.
        trials.trial(&format!("{to}: refused where the node alone says so"), |trial| {
            plane.ask(&["sh", "-c", "echo 'failCgroupV1: false' >> /var/lib/kubelet/config.yaml"])?;
            refused_on_v1(trial, plane, to)
        });
        trials.trial(&format!("{to}: the cluster says so"), |trial| {
            for node in [plane, worker] {
                trial.ends(node, &["sh", "-c", KEEPS_CGROUP_V1], 0)?;
            }
            Ok(())
        });
    }
    trials.trial(&format!("{to}: the control plane"), |trial| {
        trial.ends(plane, &[K8SPREP, "upgrade", "plan", "--to", to], 0)?;
        let asking = Asking::begin(plane, worker)?;
        trial.ends(plane, &upgrade(ignored), 0)?;
        asking.end(trial)?;
        upgraded(trial, plane, to)?;
        Site::spec_of(to, plane, if on_v1 { "cgroup: keep\n" } else { "" });
        trial.ends(plane, &site.verify(), 0).map(drop)
    });
    trials.trial(&format!("{to}: the worker"), |trial| {
        let asking = Asking::begin(plane, plane)?;
        trial.ends(worker, &upgrade(ignored), 0)?;
        asking.end(trial)?;
        ready(trial, plane, "w1")?;
        both(trial, plane)?;
        is_at(trial, plane, "w1", to)
    });
}

/// What the refusal says to do: the ConfigMap, and each node's file made of it.
const KEEPS_CGROUP_V1: &str = r"set -e
if [ -e /etc/kubernetes/admin.conf ]; then
    export KUBECONFIG=/etc/kubernetes/admin.conf
    kubectl -n kube-system get cm kubelet-config -o 'jsonpath={.data.kubelet}' > /root/kubelet.yaml
    grep -q failCgroupV1 /root/kubelet.yaml || echo 'failCgroupV1: false' >> /root/kubelet.yaml
    kubectl -n kube-system create cm kubelet-config --from-file=kubelet=/root/kubelet.yaml -o yaml --dry-run=client |
        kubectl replace -f -
fi
kubeadm upgrade node phase kubelet-config
systemctl restart kubelet
grep '^failCgroupV1: false$' /var/lib/kubelet/config.yaml
";

fn refused_on_v1(trial: &mut Trial, plane: &Node, to: &str) -> io::Result<()> {
    let said = trial.ends(plane, &apply(to), 1)?;
    if !said.err.contains("[cgroup-v1-ends]") {
        trial.wrong.push(format!("it does not say why: {}", said.err));
    }
    let server = kube(plane, &["get", "--raw", "/readyz"])?;
    if server.out != "ok" {
        trial.wrong.push("the control plane is not as before".to_owned());
    }
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
