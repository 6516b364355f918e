//! A node leaves its cluster, and the host gets back what `up` changed.

mod leave;
mod own;

use std::path::Path;
use std::time::Duration;

use host_prep::cluster::{self, Leftover, Standing};
use host_prep::{Back, Host, Rollback, TransactionStatus};

use super::carry::agreed;
use super::{Error, Question, Reporter};
use crate::recipe::{JOIN_FILE, KUBEADM_FILE};

pub use leave::finish as finish_leaving;

/// Takes a node out of its cluster and rolls back everything that was changed on its host.
///
/// Callers take [`Down::default`] and assign fields.
///
/// ```no_run
/// use host_prep::Host;
/// use k8sprep::stage::{Down, Silent};
///
/// let mut down = Down::default();
/// down.no_reset = true;
/// let gone = down.run(&Host::live()?, &mut Silent)?;
/// assert!(gone.rollback.is_complete());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Down {
    /// The CRI socket of the node, instead of the one that it was made with.
    pub cri_socket: Option<String>,
    /// Whether `kubeadm reset` is left out: only the host goes back. Refused where a node stands on
    /// what goes.
    pub no_reset: bool,
    /// Whether what CRI-O, the kubelet and the network plugin left is removed, too. Never on a host
    /// that stays a node.
    pub purge: bool,
    /// How long to wait for another run that changes the host.
    pub wait: Duration,
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
        // Held to the end: `up` and `down` side by side would undo each other.
        let _turn = cluster::take_turn_back(host, self.wait, &mut *report.watch()?)?;
        cluster::kubeadm_ends(host, &mut *report.watch()?)?;
        // Asked before the reset, which nothing takes back.
        cluster::can_go_back(host)?;
        let standing = cluster::standing(host)?;
        let is_node = host.is_running() && !standing.is_bare();
        // A rollback under a living node would take its runtime away.
        let stays = self.no_reset && is_node;
        if stays {
            nothing_dies(host, standing.clone())?;
        }
        if is_node && !stays {
            agreed(question(&standing), report)?;
            leave::leave(host, &standing, &self.socket(host)?, report)?;
        } else if !is_untouched(host)? {
            agreed(Question::RollBack, report)?;
        }
        if host.is_running() && standing.is_bare() {
            leave::finish(host, report)?;
        }
        if host.is_running() && !stays {
            // What they changed went with the node; a rollback would put keys into an empty directory.
            let gone = cluster::renewals_are_gone(host, self.wait, &mut *report.watch()?)?;
            for id in gone {
                report.note(&format_args!("transaction {id} went with the node"));
            }
        }
        let own = if stays { Vec::new() } else { own::own_rolled_back(host, report)? };
        let rollback = host_prep::rollback(host, Back::All, self.wait, &mut *report.watch()?)?;
        if !stays {
            own::tell_laid_beside(host, report)?;
        }
        // What a living node keeps is not left by anybody.
        let mut left = if stays { Vec::new() } else { self.leftovers(host, is_node, report)? };
        left.retain(|one| own.iter().all(|own| own.what != one.what));
        left.extend(own);
        // With something left the next `down` still needs the record.
        if rollback.is_complete() && !stays {
            cluster::put_back_directories(host)?;
            cluster::Record::forget(host, &left)?;
        }
        Ok(Gone { rollback, left })
    }

    /// The caller's, else what kubeadm's files name, else CRI-O's own.
    fn socket(&self, host: &Host) -> Result<String, Error> {
        if let Some(socket) = &self.cri_socket {
            return Ok(socket.clone());
        }
        let found = cluster::cri_socket(host, &[Path::new(KUBEADM_FILE), Path::new(JOIN_FILE)])?;
        Ok(found.unwrap_or_else(|| format!("unix://{}", cri_probe::Socket::CRIO)))
    }

    /// What is left, after it was removed where that was asked.
    fn leftovers(
        &self,
        host: &Host,
        was_node: bool,
        report: &mut dyn Reporter,
    ) -> Result<Vec<Leftover>, Error> {
        let look = || -> Result<Vec<Leftover>, Error> {
            let mut left = cluster::leftovers(host)?;
            if was_node {
                left.extend(cluster::perhaps_left(host)?);
            }
            Ok(left)
        };
        let left = look()?;
        if !self.purge || !left.iter().any(Leftover::is_purged) {
            return Ok(left);
        }
        report.leftovers(&left);
        agreed(Question::Purge, report)?;
        for (what, why) in cluster::purge(host, &left) {
            report.warn(
                crate::Code::LeftoverNotRemoved.as_str(),
                &format_args!("{what} could not be removed: {why}"),
            );
        }
        let after = look()?;
        let gone = left.iter().filter(|one| !after.iter().any(|other| other.what == one.what));
        gone.for_each(|one| report.note(&format_args!("removed {}", one.what)));
        Ok(after)
    }
}

/// Refuses what would take away what a node stands on, which goes on running.
fn nothing_dies(host: &Host, standing: Standing) -> Result<(), Error> {
    let dies = cluster::stands_on(host, Back::All)?;
    if dies.is_empty() {
        return Ok(());
    }
    let steps = dies.into_iter().map(|(_, step)| step).collect();
    Err(Error::StandsOnIt { standing, steps })
}

/// A control plane's reset deletes data that nothing brings back, and is asked in other words.
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

#[cfg(test)]
mod tests;
