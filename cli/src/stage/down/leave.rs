//! A node leaves its cluster: its Node object, and kubeadm reset.

use std::path::PathBuf;

use host_prep::Host;
use host_prep::cluster::{self, KubeadmOptions, Standing};
use host_prep::fs::Temporary;

use crate::stage::{Error, Reporter, chain};

/// Takes the node out of its cluster, as far as this host's credentials go.
pub(super) fn leave(
    host: &Host,
    standing: &Standing,
    socket: &str,
    report: &mut dyn Reporter,
) -> Result<(), Error> {
    let node = cluster::node_name(host)?;
    let admin = match standing {
        Standing::ControlPlane(_) | Standing::InitBegun(_) => keep_admin_conf(host)?,
        _ => None,
    };
    if *standing == Standing::Worker {
        report.note(&format_args!(
            "Node {node}: the kubelet stops, and the cluster is told that it is not Ready"
        ));
        let told = cluster::say_not_ready(host, &node, &mut *report.watch()?);
        if let Err(error) = told {
            report.warn(
                crate::Code::ClusterNotTold.as_str(),
                &format_args!("the cluster was not told: {}", chain(&error)),
            );
            report.note(
                &"  it takes the Node for Ready for about 40 s more; a node of that name cannot join before",
            );
        }
    }
    reset(host, socket, report)?;
    match admin {
        Some(file) => delete(host, &file, &node, report)?,
        None => node_stays(standing, &node, report),
    }
    Ok(())
}

/// A node's own credentials may not delete its Node.
fn node_stays(standing: &Standing, node: &str, report: &mut dyn Reporter) {
    match standing {
        Standing::Worker => report.note(&format_args!(
            "its Node stays in the cluster, which an administrator deletes: `kubectl delete node {node}`"
        )),
        Standing::JoinBegun(_) => report.note(&format_args!(
            "where it had got a Node already, an administrator deletes that: `kubectl delete node {node}`"
        )),
        _ => {}
    }
}

fn reset(host: &Host, socket: &str, report: &mut dyn Reporter) -> Result<(), Error> {
    report.note(&"kubeadm reset");
    let done = cluster::reset(host, socket, &KubeadmOptions::default(), &mut *report.watch()?);
    match done {
        Ok(()) => Ok(()),
        Err(error) if cluster::kubeadm_is_missing(&error) => {
            report.warn(
                crate::Code::KubeadmMissing.as_str(),
                &"kubeadm is not installed any more, so it cannot clean up after itself",
            );
            let taken = cluster::remove_credentials(host)?;
            for path in taken {
                report.note(&format_args!("  removed {}", path.display()));
            }
            report.note(&"  containers and mounts of Pods end with the next boot of the host");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

/// kubeadm reset deletes the one that there is, and needs the Node until then.
fn keep_admin_conf(host: &Host) -> Result<Option<Temporary>, Error> {
    let Some(bytes) = cluster::admin_conf(host)? else { return Ok(None) };
    let path = PathBuf::from(format!("/run/k8sprep-admin-{}.conf", std::process::id()));
    Ok(Some(Temporary::new(path, &bytes)?))
}

fn delete(host: &Host, admin: &Temporary, node: &str, report: &mut dyn Reporter) -> Result<(), Error> {
    let deleted = cluster::delete_node(host, admin.path(), node, &mut *report.watch()?);
    match deleted {
        Ok(()) => report.note(&format_args!("Node {node} is deleted; its Pods were not drained")),
        Err(_) => report.note(&format_args!(
            "no API server answers any more: this was the cluster's only one, or `kubectl delete node {node}` is still to do"
        )),
    }
    Ok(())
}
