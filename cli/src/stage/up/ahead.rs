//! What the later steps of `up` are given, looked at before the first change: all of it, so that one run names every mistake.

use std::path::Path;

use host_prep::Host;
use host_prep::cluster::{self, Standing};
use host_prep::facts::{FileSystem, ObserveOptions, observe};
use host_prep::fs::Kind;

use super::Up;
use super::cluster::{pod_subnet, user};
use super::summary::Summary;
use crate::recipe::{NodeSpec, Role, room_for_images};
use crate::stage::{Error, Foreseen, Given, chain, now};

/// 2025-01-01, before any release of this program: certificates made at such a time are not valid when the clock is put right.
const NO_EARLIER: u64 = 1_735_689_600;
/// Packages, CRI-O and the images of a control plane, about (170 to 530 MB of images, 140 MB of packages).
const NEEDED: u64 = 1 << 30;
const VAR: &str = "/var/lib";

/// What kubeadm and the kubelet listen on, and kubeadm refuses to find taken.
const PORTS_OF_A_NODE: &[u16] = &[10250];
const PORTS_OF_A_CONTROL_PLANE: &[u16] = &[2379, 2380, 6443, 10250, 10257, 10259];

impl Up {
    /// Fails with every problem that a later step would meet.
    pub(super) fn look_ahead(&self, host: &Host, spec: &NodeSpec, done: &mut Summary) -> Result<(), Error> {
        let standing = cluster::standing(host)?;
        let joins = spec.role == Role::Worker || spec.join.is_some();
        let mut problems = Vec::new();
        if !self.prepare_only {
            if let Some(manifest) = &self.cni
                && let Err(why) = manifest_is_good(host, manifest, &pod_subnet(spec))
            {
                problems.push(Foreseen::new(Given::Manifest(manifest.clone()), why));
            }
            if let Some(name) = &self.user
                && let Err(why) = user_is_good(host, name)
            {
                problems.push(Foreseen::new(Given::User(name.clone()), why));
            }
            if let Some(file) = &self.join_config
                && let Err(why) = join_file_is_good(host, file)
            {
                problems.push(Foreseen::new(Given::JoinConfig(file.clone()), why));
            }
            if joins && self.join_file(spec).is_none() && standing.is_bare() {
                problems.push(of_host("nothing says which cluster the host joins: write `join` into the spec, or give --join-config"));
            }
        }
        if standing == Standing::Bare {
            problems.extend(taken_ports(host, joins && spec.role == Role::Worker).map(of_host));
            problems.extend(space(host, done).map(of_host));
        }
        if now() < NO_EARLIER {
            problems.push(of_host("the clock is wrong: it says a time before 2025, and certificates made now would not be valid; set it"));
        }
        if problems.is_empty() {
            return Ok(());
        }
        Err(Error::Foreseen(problems))
    }
}

fn of_host(what: impl Into<String>) -> Foreseen {
    Foreseen::new(Given::Host, what)
}

/// Everything that listens where the node will.
fn taken_ports(host: &Host, worker: bool) -> Option<String> {
    let facts = observe(host, &ObserveOptions::default());
    let ports = if worker { PORTS_OF_A_NODE } else { PORTS_OF_A_CONTROL_PLANE };
    let taken = ports.iter().filter(|port| facts.network.is_taken(**port) == Some(true));
    let taken: Vec<String> = taken.map(ToString::to_string).collect();
    (!taken.is_empty()).then(|| {
        let shown = taken.join(", ");
        format!("something else listens on port {shown}, which the node needs; `ss -ltnp` says what, stop it")
    })
}

/// Too little room; what is only too little for the kubelet is told.
fn space(host: &Host, done: &mut Summary) -> Option<String> {
    let var = FileSystem::at(host, VAR)?;
    let free = var.available;
    if free < NEEDED {
        let mib = free >> 20;
        return Some(format!(
            "{VAR} has {mib} MiB free, and packages and images need about 1 GiB: make room"
        ));
    }
    if free < room_for_images(var.size) {
        let percent = free.saturating_mul(100).checked_div(var.size)?;
        let what = format!("{VAR} is {} % full", 100 - percent);
        done.remains(&what, "the kubelet evicts Pods where less than 15 % is free for images");
    }
    None
}

fn manifest_is_good(host: &Host, manifest: &Path, pod_subnet: &str) -> Result<(), String> {
    let text = text_of(host, manifest)?;
    let names = |word: &str| text.contains(&format!("{word}:")) || text.contains(&format!("\"{word}\""));
    if !names("kind") || !names("apiVersion") {
        return Err("it is not a Kubernetes manifest: it names no kind and apiVersion".into());
    }
    cluster::matches_pod_subnet(&text, pod_subnet).map_err(|error| error.to_string())
}

fn join_file_is_good(host: &Host, file: &Path) -> Result<(), String> {
    let text = text_of(host, file)?;
    if text.contains("JoinConfiguration") {
        return Ok(());
    }
    Err("it is not a JoinConfiguration of kubeadm".into())
}

fn user_is_good(host: &Host, name: &str) -> Result<(), String> {
    let user = user(host, name).map_err(|error| chain(&error))?;
    let given = cluster::may_give_kubeconfig(host, &user);
    given.map_err(|error| match error {
        host_prep::Error::Exists { path } => {
            let shown = path.display();
            format!("{shown} is the kubeconfig of another cluster, and is left alone; move it away, or leave --user out")
        }
        error => chain(&error),
    })
}

fn text_of(host: &Host, file: &Path) -> Result<String, String> {
    let file = std::path::absolute(file).map_err(|error| error.to_string())?;
    match host.root().kind(&file).map_err(|error| chain(&error))? {
        Some(Kind::File) => {}
        Some(_) => return Err("it is not a regular file".into()),
        None => return Err("it does not exist".into()),
    }
    let bytes = host.root().read(&file).map_err(|error| chain(&error))?.unwrap_or_default();
    String::from_utf8(bytes).map_err(|_| "it is not text".into())
}
