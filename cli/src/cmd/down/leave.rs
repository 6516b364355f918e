//! A node leaves its cluster: its Node object, and kubeadm reset.

use std::path::PathBuf;

use host_prep::Host;
use host_prep::cluster::{self, KubeadmOptions, Standing};

use crate::cmd::shared::on_host::{Progress, Temporary, failed};
use crate::failure::{Failure, chain};
use crate::ui::Ui;

/// Takes the node out of its cluster, as far as this host's credentials go.
pub(super) fn leave(host: &Host, standing: &Standing, socket: &str, ui: &mut Ui) -> Result<(), Failure> {
    let node = cluster::node_name(host).map_err(|error| failed(&error))?;
    let admin = match standing {
        Standing::ControlPlane(_) | Standing::InitBegun(_) => keep_admin_conf(host)?,
        _ => None,
    };
    if *standing == Standing::Worker {
        ui.note(format_args!("Node {node}: the kubelet stops, and the cluster is told that it is not Ready"));
        let told = cluster::say_not_ready(host, &node, &mut Progress::start(ui)?);
        if let Err(error) = told {
            ui.warn(format_args!("the cluster was not told: {}", chain(&error)));
            ui.note(
                "  it takes the Node for Ready for about 40 s more; a node of that name cannot join before",
            );
        }
    }
    reset(host, socket, ui)?;
    match admin {
        Some(file) => delete(host, &file, &node, ui)?,
        None => node_stays(standing, &node, ui),
    }
    Ok(())
}

/// A node's own credentials may not delete its Node.
fn node_stays(standing: &Standing, node: &str, ui: &mut Ui) {
    match standing {
        Standing::Worker => ui.note(format_args!(
            "its Node stays in the cluster, which an administrator deletes: `kubectl delete node {node}`"
        )),
        Standing::JoinBegun(_) => ui.note(format_args!(
            "where it had got a Node already, an administrator deletes that: `kubectl delete node {node}`"
        )),
        _ => {}
    }
}

fn reset(host: &Host, socket: &str, ui: &mut Ui) -> Result<(), Failure> {
    ui.note("kubeadm reset");
    let done = cluster::reset(host, socket, &KubeadmOptions::default(), &mut Progress::start(ui)?);
    match done {
        Ok(()) => Ok(()),
        Err(error) if cluster::kubeadm_is_missing(&error) => {
            ui.warn("kubeadm is not installed any more, so it cannot clean up after itself");
            let taken = cluster::remove_credentials(host).map_err(|error| failed(&error))?;
            for path in taken {
                ui.note(format_args!("  removed {}", path.display()));
            }
            ui.note("  containers and mounts of Pods end with the next boot of the host");
            Ok(())
        }
        Err(error) => Err(failed(&error)),
    }
}

/// kubeadm reset deletes the one that there is, and needs the Node until then.
fn keep_admin_conf(host: &Host) -> Result<Option<Temporary>, Failure> {
    let Some(bytes) = cluster::admin_conf(host).map_err(|error| failed(&error))? else { return Ok(None) };
    let path = PathBuf::from(format!("/run/k8sprep-admin-{}.conf", std::process::id()));
    host_prep::fs::write_new(&path, &bytes, host_prep::fs::Mode::PRIVATE).map_err(|error| failed(&error))?;
    Ok(Some(Temporary(path)))
}

fn delete(host: &Host, admin: &Temporary, node: &str, ui: &mut Ui) -> Result<(), Failure> {
    let deleted = cluster::delete_node(host, &admin.0, node, &mut Progress::start(ui)?);
    match deleted {
        Ok(()) => ui.note(format_args!("Node {node} is deleted; its Pods were not drained")),
        Err(_) => ui.note(format_args!(
            "no API server answers any more: this was the cluster's only one, or `kubectl delete node {node}` is still to do"
        )),
    }
    Ok(())
}
