//! A node leaves its cluster: its Node object, and kubeadm reset.
//!
//! The order matters: what `kubeadm reset` deletes and the node still needs afterwards (an
//! administrator's kubeconfig, files that are not the node's) is set aside first; a worker tells
//! the cluster that it is not Ready while its kubelet's credentials still work; then reset, then
//! what was set aside goes back, last the Node.

use host_prep::Host;
use host_prep::cluster::{self, Begun, KubeadmOptions, Leaving, Standing};

use crate::stage::{Error, Reporter, chain};

/// Takes the node out of its cluster, as far as this host's credentials go.
pub(super) fn leave(
    host: &Host,
    standing: &Standing,
    socket: &str,
    report: &mut dyn Reporter,
) -> Result<(), Error> {
    let aside = cluster::set_aside(host, standing)?;
    // A control plane deletes its Node itself afterwards; a worker has no rights to (Node
    // authorizer).
    if *standing == Standing::Worker {
        tell_cluster(host, &aside.node, report)?;
    }
    let ended = reset(host, socket, report);
    // Also where it failed: what is not the node's is not to be missed until the next try.
    put_back(host, report)?;
    ended?;
    is_out(host, &aside, standing, report)
}

/// A run was killed while its `kubeadm reset` was at work, which came to its end alone: does what
/// that run had still to do. On a host that is still a node nothing, since `down` goes on there.
///
/// # Errors
///
/// If the record cannot be read, or what was set aside cannot be put back.
pub fn finish(host: &Host, report: &mut dyn Reporter) -> Result<(), Error> {
    let Some(aside) = cluster::leaving(host)? else { return Ok(()) };
    if !cluster::standing(host)?.is_bare() {
        report.note(&"the node is still to leave its cluster: run `k8sprep down`");
        return Ok(());
    }
    put_back(host, report)?;
    is_out(host, &aside, &Standing::JoinBegun(Begun::default()), report)
}

/// Puts back what was set aside and is not the node's.
fn put_back(host: &Host, report: &mut dyn Reporter) -> Result<(), Error> {
    for path in cluster::put_back_theirs(host)? {
        report.note(&format_args!("put back {}, which is not the node's", path.display()));
    }
    Ok(())
}

/// Deletes the Node, or says whose it is to delete; then nothing is set aside any more.
fn is_out(host: &Host, aside: &Leaving, standing: &Standing, report: &mut dyn Reporter) -> Result<(), Error> {
    // admin.conf was set aside before `kubeadm reset` deleted it
    // (cmd/phases/reset/cleanupnode.go).
    match aside.admin {
        true => delete(host, &aside.node, report)?,
        false => node_stays(standing, &aside.node, report),
    }
    Ok(cluster::has_left(host)?)
}

/// Without this the cluster takes the Node for Ready, and none of its name can join.
fn tell_cluster(host: &Host, node: &str, report: &mut dyn Reporter) -> Result<(), Error> {
    report
        .note(&format_args!("Node {node}: the kubelet stops, and the cluster is told that it is not Ready"));
    // The node controller marks a silent Node only after `--node-monitor-grace-period`, and
    // kubeadm join refuses a name that is Ready.
    let told = cluster::say_not_ready(host, node, &mut *report.watch()?);
    if let Err(error) = told {
        report.warn(
            crate::Code::ClusterNotTold.as_str(),
            &format_args!("the cluster was not told: {}", chain(&error)),
        );
        report.note(
            &"  it takes the Node for Ready for about 40 s more; a node of that name cannot join before",
        );
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

/// Without kubeadm its credentials are removed by hand, so that the host cannot speak for the node
/// any more; containers are left to the next boot.
fn reset(host: &Host, socket: &str, report: &mut dyn Reporter) -> Result<(), Error> {
    report.note(&"kubeadm reset");
    let done = cluster::reset(host, socket, &KubeadmOptions::default(), &mut *report.watch()?);
    match done {
        Ok(()) => Ok(()),
        // Without it the credentials at least must go: they are the cluster's.
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

/// A failure is told and is no error: the host has left all the same, and another control plane
/// can delete the Node.
fn delete(host: &Host, node: &str, report: &mut dyn Reporter) -> Result<(), Error> {
    let admin = cluster::admin_set_aside(host);
    let deleted = cluster::delete_node(host, &admin, node, &mut *report.watch()?);
    match deleted {
        Ok(()) => report.note(&format_args!("Node {node} is deleted; its Pods were not drained")),
        Err(error) => {
            report.note(&format_args!("Node {node} is not deleted: {}", chain(&error)));
            report.note(&format_args!(
                "  where the cluster has another control plane, `kubectl delete node {node}` is still to do there"
            ));
        }
    }
    Ok(())
}
