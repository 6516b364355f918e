//! Units, firewalls and kubeadm, against programs that record their calls.

mod cluster;
mod firewall;
mod package_cache;
mod service;
mod specs;
mod stream;

use std::sync::Arc;

use host_prep::fs::Root;
use host_prep::{Host, Plan};
use k8sprep_tests::scripted::Scripted;

/// A host in an empty directory whose programs follow `script`.
fn host(script: Scripted) -> (tempfile::TempDir, Host, Arc<Scripted>) {
    let dir = tempfile::tempdir().unwrap();
    let script = Arc::new(script);
    let host = Host::with_commands(Root::open(dir.path()).unwrap(), script.clone());
    (dir, host, script)
}

/// What a plan would do, one line a step.
fn lines(plan: &Plan) -> Vec<String> {
    plan.steps().iter().map(|step| format!("{} {}", step.change.verb(), step.change.subject())).collect()
}

/// What systemd is asked about `units`, all at once and in this order.
fn show(units: &[&str]) -> String {
    let properties = "--property=LoadState,UnitFileState,ActiveState,NeedDaemonReload";
    format!("systemctl show {properties} -- {}", units.join(" "))
}

/// What it answers about one.
fn unit(load: &str, file: &str, active: &str) -> String {
    format!("LoadState={load}\nUnitFileState={file}\nActiveState={active}\nNeedDaemonReload=no\n")
}
