//! What a run left halfway is taken back, by the next one that has the turn.

use std::time::Duration;

use host_prep::cluster::{self, Turn};
use host_prep::{Back, Host, NoProgress, TransactionId, TransactionStatus, rollback};

use super::carry::{tell_kept, whole};
use super::{Error, Reporter};

/// The turn on this node, after a kubeadm has ended that a killed run left at work: what it is about to
/// write is no state to judge.
pub(super) fn turn(host: &Host, wait: Duration, report: &mut dyn Reporter) -> Result<Turn, Error> {
    let turn = cluster::take_turn(host, wait, &mut *report.watch()?)?;
    cluster::kubeadm_ends(host, &mut *report.watch()?)?;
    Ok(turn)
}

/// Takes a transaction back that was asked to stop.
pub(super) fn stopped_back(
    host: &Host,
    (id, why): (TransactionId, &Error),
    report: &mut dyn Reporter,
) -> Result<(), Error> {
    report.note(&format_args!("{why}: what was begun is taken back"));
    // Who asked it to stop asked for an end of the changes, which is what this is.
    let back = rollback(host, Back::Only(id), Duration::ZERO, &mut NoProgress)?;
    tell_kept(&back, report);
    whole(back.failures, "not everything could be rolled back")
}

/// Takes back what a run left halfway of this kind, later than that transaction: killed, or stopped and
/// killed on the way back. Whether there was something.
pub(super) fn halfway_back(
    host: &Host,
    (kind, after): (&str, TransactionId),
    report: &mut dyn Reporter,
) -> Result<bool, Error> {
    let mut found = false;
    // The newest first: it stands on the older ones.
    for one in host_prep::history(host)?.into_iter().rev() {
        let halfway = matches!(one.status, TransactionStatus::Interrupted | TransactionStatus::Stopped);
        if !halfway || one.id <= after || !one.steps.iter().any(|step| step.resource == kind) {
            continue;
        }
        report.note(&format_args!("transaction {} was interrupted, and is taken back first", one.id));
        let back = rollback(host, Back::Only(one.id), Duration::ZERO, &mut *report.watch()?)?;
        tell_kept(&back, report);
        whole(back.failures, "what was interrupted is not taken back")?;
        found = true;
    }
    Ok(found)
}
