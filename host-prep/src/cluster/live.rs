//! What a running node stands on: a rollback that takes it away kills the node's Pods.

use super::renew::RENEWED;
use super::standing::standing;
use super::static_pod::STATIC_POD;
use crate::journal::state as journal;
use crate::{Back, Error, Host, StepStatus, TransactionId, TransactionStatus, history};

/// Kinds of steps that a running kubelet, CRI-O and their Pods do without.
const DONE_WITHOUT: &[&str] = &["switch", "hold", "crictl", "kubeadm", RENEWED, STATIC_POD];

/// Whether everything that was done to this host can be read: a node that left its cluster cannot
/// come back when its journal turns out to be damaged afterwards.
///
/// # Errors
///
/// The first journal that is damaged, newer or cannot be read.
pub fn can_go_back(host: &Host) -> Result<(), Error> {
    for id in journal::transactions(host)? {
        journal::read_journal(host, id, &mut |_| {})?;
    }
    Ok(())
}

/// What a rollback to `back` would take from under a node of a cluster, with the transaction of
/// each; nothing where the host is in no cluster, and nothing of a transaction that waits to be
/// confirmed.
///
/// # Errors
///
/// When the history cannot be read.
pub fn stands_on(host: &Host, back: Back) -> Result<Vec<(TransactionId, String)>, Error> {
    if !host.is_running() || standing(host)?.is_bare() {
        return Ok(Vec::new());
    }
    let stands = |status: TransactionStatus| status != TransactionStatus::RolledBack;
    let all: Vec<_> = history(host)?.into_iter().filter(|one| stands(one.status)).collect();
    let newest = all.last().map(|one| one.id);
    let goes = |id| back.means(id) && (back != Back::Newest || Some(id) == newest);
    let mut found = Vec::new();
    for one in all.iter().filter(|one| goes(one.id) && one.confirm_by.is_none()) {
        let taken = one.steps.iter().filter(|step| step.status == StepStatus::Taken);
        let needed = taken.filter(|step| !DONE_WITHOUT.contains(&step.resource.as_str()));
        found.extend(needed.map(|step| (one.id, format!("{} {}", step.verb, step.subject))));
    }
    Ok(found)
}
