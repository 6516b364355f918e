//! Whether what a host is fits the kind of node that the spec asks for.

use std::path::Path;

use host_prep::Host;
use host_prep::cluster::{ADMIN_CONF, Command, Record, Standing};
use host_prep::fs::Kind;

use super::Error;
use crate::recipe::{NodeSpec, Role};

/// Where a cluster's CA has its key.
const CA_KEY: &str = "/etc/kubernetes/pki/ca.key";

/// Refuses a spec of another kind of node than the host is, or was begun as: kubeadm would run over
/// that, or nothing would be done and told as done.
pub(super) fn fits(host: &Host, standing: &Standing, spec: &NodeSpec) -> Result<(), Error> {
    // What `up` ran itself is known; the files alone do not tell how a control plane came about.
    let run = Record::read(host)?.kubeadm.map(|run| run.command);
    if standing_fits(standing, run, spec.joins(), spec.role == Role::Worker) {
        return Ok(());
    }
    let asked = match (spec.joins(), spec.role == Role::Worker) {
        (_, true) => "a worker",
        (true, false) => "a control plane that joins a cluster",
        (false, false) => "the control plane of a new cluster",
    };
    Err(Error::OtherNode { standing: standing.to_string(), asked })
}

/// `run` is the command of kubeadm that `up` ran here, if it ran any. What is not known fits.
fn standing_fits(standing: &Standing, run: Option<Command>, joins: bool, worker: bool) -> bool {
    match standing {
        // What has begun can only be ended as what it began.
        Standing::InitBegun(_) => !joins && !worker,
        Standing::ControlPlane(_) => {
            let by = if joins { Command::Join } else { Command::Init };
            !worker && run.is_none_or(|run| run == by)
        }
        // A join of a control plane may have come no further than a worker's.
        Standing::JoinBegun(begun) => joins && !(worker && begun.control_plane),
        Standing::Worker => joins && worker,
        _ => true,
    }
}

/// An administrator's kubeconfig that was there before there was a cluster: `kubeadm` refuses one of
/// another CA, after everything else was changed.
pub(super) fn foreign_admin_conf(
    host: &Host,
    standing: &Standing,
    spec: &NodeSpec,
) -> Result<Option<String>, Error> {
    let there = |path: &str| host.root().kind(Path::new(path));
    // kubeadm takes an existing kubeconfig if it fits the CA, and ends if not
    // (`validateKubeConfig`, phases/kubeconfig).
    let foreign = there(ADMIN_CONF)? == Some(Kind::File) && there(CA_KEY)?.is_none();
    if !standing.is_bare() || spec.role == Role::Worker || !foreign {
        return Ok(None);
    }
    Ok(Some(format!("{ADMIN_CONF} is another cluster's, and kubeadm does not write over it: move it away")))
}

#[cfg(test)]
mod tests {
    use host_prep::cluster::Sure;

    use super::*;

    /// The kinds of node that a spec can ask for: whether it joins, and whether as a worker.
    const KINDS: [(bool, bool); 3] = [(false, false), (true, false), (true, true)];

    fn fitting(standing: &Standing, run: Option<Command>) -> Vec<(bool, bool)> {
        KINDS.into_iter().filter(|(joins, worker)| standing_fits(standing, run, *joins, *worker)).collect()
    }

    #[test]
    fn each_standing_is_gone_on_with_as_what_it_was_begun() {
        let [init, join, worker] = KINDS;
        let begun = |control_plane: bool| {
            let mut begun = host_prep::cluster::Begun::default();
            begun.control_plane = control_plane;
            begun
        };
        for (standing, run, fit) in [
            (Standing::Bare, None, vec![init, join, worker]),
            (Standing::InitBegun(begun(true)), None, vec![init]),
            (Standing::InitBegun(begun(false)), Some(Command::Init), vec![init]),
            (Standing::ControlPlane(Sure::Seen), Some(Command::Init), vec![init]),
            (Standing::ControlPlane(Sure::Seen), Some(Command::Join), vec![join]),
            (Standing::ControlPlane(Sure::ByItsFiles), None, vec![init, join]),
            (Standing::JoinBegun(begun(false)), Some(Command::Join), vec![join, worker]),
            (Standing::JoinBegun(begun(true)), Some(Command::Join), vec![join]),
            (Standing::Worker, Some(Command::Join), vec![worker]),
        ] {
            assert_eq!(fitting(&standing, run), fit, "{standing:?} by {run:?}");
        }
    }
}
