//! What runs that were killed left: ended before a new run looks at the host.

use std::time::Duration;

use host_prep::cluster::{self, Recovered};
use host_prep::{Back, Host, TransactionStatus, history};

use super::carry::{tell_kept, whole};
use super::manifests::manifests_are_back;
use super::{Error, Reporter};

/// Rolls back what was interrupted, as `k8sprep recover` does, and says so. With nothing of the kind it
/// does nothing.
///
/// # Errors
///
/// [`Error::RollbackIncomplete`], which the next run tries again; [`host_prep::Error::Interrupted`]
/// where a node stands on it, which is for a person to say.
pub(super) fn taken_back(host: &Host, wait: Duration, report: &mut dyn Reporter) -> Result<Recovered, Error> {
    if history(host)?.iter().any(|one| one.status == TransactionStatus::Interrupted) {
        let ended = cluster::ends_are_known(host, wait, &mut *report.watch()?)?;
        for id in ended {
            report.note(&format_args!("transaction {id} had come to its end: kubeadm ran after it"));
        }
    }
    // Nothing of it comes back: neither keys nor manifests of a node that is gone.
    let gone = cluster::went_with_node(host, wait, &mut *report.watch()?)?;
    for id in gone {
        report.note(&format_args!("transaction {id} is closed: what it changed went with the node"));
    }
    let mut open = history(host)?;
    open.retain(|one| one.status == TransactionStatus::Interrupted);
    // A damaged journal does not keep a node from being looked at where nothing is to be taken back.
    if open.is_empty() && cluster::taken_out(host)?.is_empty() && !cluster::standing(host)?.is_bare() {
        return Ok(Recovered::default());
    }
    for one in open {
        // Begun on a node, it may be what that runs on by now.
        if !cluster::stands_on(host, Back::Only(one.id))?.is_empty() {
            return Err(host_prep::Error::Interrupted { id: one.id }.into());
        }
        report.note(&format_args!("transaction {} was interrupted: it is rolled back first", one.id));
    }
    let mut done = cluster::recover(host, wait, &mut *report.watch()?)?;
    tell_kept(&done.rollback, report);
    manifests_are_back(&done.manifests, report);
    whole(std::mem::take(&mut done.rollback.failures), "what was interrupted is not taken back")?;
    Ok(done)
}
