//! A node leaves its cluster, and the host gets back what `up` changed.

mod leave;
mod own;

use std::time::Duration;

use host_prep::cluster::{self, Leftover, Standing};
use host_prep::{Back, Host, Rollback, TransactionStatus};

use super::carry::agreed;
use super::{Error, Question, Reporter};

/// Takes a node out of its cluster and rolls back everything that was changed on its host.
///
/// Callers take [`Down::default`] and assign fields.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Down {
    /// The CRI socket of the node.
    pub cri_socket: String,
    /// Whether the node stays in its cluster: only the host goes back.
    pub no_reset: bool,
    /// Whether what CRI-O, the kubelet and the network plugin left is removed, too.
    pub purge: bool,
    /// How long to wait for another run that changes the host.
    pub wait: Duration,
}

impl Default for Down {
    fn default() -> Self {
        Self {
            cri_socket: "unix:///var/run/crio/crio.sock".into(),
            no_reset: false,
            purge: false,
            wait: Duration::ZERO,
        }
    }
}

/// What [`Down`] did.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "a rollback can be incomplete"]
pub struct Gone {
    /// What was rolled back.
    pub rollback: Rollback,
    /// What others left on the host.
    pub left: Vec<Leftover>,
}

impl Down {
    /// Does all of it. On the tree of a host that is not running, the host alone.
    ///
    /// # Errors
    ///
    /// If something could not be done or was declined. An incomplete rollback is not an error: see
    /// [`Gone::rollback`].
    pub fn run(&self, host: &Host, report: &mut dyn Reporter) -> Result<Gone, Error> {
        cluster::kubeadm_ends(host, &mut *report.watch()?)?;
        let standing = cluster::standing(host)?;
        if !self.no_reset && host.is_running() && !standing.is_bare() {
            agreed(question(&standing), report)?;
            leave::leave(host, &standing, &self.cri_socket, report)?;
        } else if !is_untouched(host)? {
            agreed(Question::RollBack, report)?;
        }
        let own = if self.no_reset { Vec::new() } else { own::own_rolled_back(host, report)? };
        let rollback = host_prep::rollback(host, Back::All, self.wait, &mut *report.watch()?)?;
        let mut left = cluster::leftovers(host)?;
        if self.purge && !left.is_empty() {
            left = removed(host, &left, report)?;
        }
        left.extend(own);
        if rollback.is_complete() && !self.no_reset {
            cluster::put_back_directories(host)?;
            cluster::Record::forget(host, &left)?;
        }
        Ok(Gone { rollback, left })
    }
}

/// Removes what is left, after asking; what could not be removed.
fn removed(host: &Host, left: &[Leftover], report: &mut dyn Reporter) -> Result<Vec<Leftover>, Error> {
    report.leftovers(left);
    agreed(Question::Purge, report)?;
    for (what, why) in cluster::purge(host, left) {
        report.warn(
            crate::Code::LeftoverNotRemoved.as_str(),
            &format_args!("{what} could not be removed: {why}"),
        );
    }
    Ok(cluster::leftovers(host)?)
}

fn question(standing: &Standing) -> Question {
    match standing {
        Standing::Worker | Standing::JoinBegun(_) => Question::ResetWorker,
        _ => Question::ResetControlPlane,
    }
}

/// Whether nothing is left of what was done to the host: then there is nothing to ask either.
fn is_untouched(host: &Host) -> Result<bool, Error> {
    let all = host_prep::history(host)?;
    Ok(all.iter().all(|one| one.status == TransactionStatus::RolledBack))
}
