//! Closing transactions of what is gone: it can be rolled back no more, and has not to be.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::engine::beside;
use crate::journal::record::Record;
use crate::journal::state::State;
use crate::journal::transaction::{Phase, Transaction};
use crate::{Error, Host, TransactionId, Watch};

/// Marks every transaction as rolled back all of whose steps are of these kinds, and removes what was
/// kept to roll them back, or laid beside their files, and no other transaction needs; else it writes
/// nothing on the host. Which were marked, newest first.
pub(crate) fn close_gone(
    host: &Host,
    kinds: &[&str],
    wait: Duration,
    watch: &mut dyn Watch,
) -> Result<Vec<TransactionId>, Error> {
    let Some(state) = State::lock_used(host, wait, &mut || watch.stops())? else { return Ok(Vec::new()) };
    let (mut closed, mut gone, mut needed) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for id in state.transactions()?.into_iter().rev() {
        let one = Transaction::read(host, id)?;
        if !one.is_all_of(kinds) {
            needed.extend(one.digests());
            continue;
        }
        gone.extend(one.digests());
        for (path, before) in one.files() {
            if let Some(slot) = host.root().slot_of_link(path)? {
                beside::remove(host.root(), &slot, before)?;
            }
        }
        if one.phase() != Phase::RolledBack || one.keeps() {
            close(&state, id)?;
            closed.push(id);
        }
    }
    for sha256 in gone.difference(&needed) {
        state.forget_backup(sha256)?;
    }
    Ok(closed)
}

fn close(state: &State<'_>, id: TransactionId) -> Result<(), Error> {
    let (mut journal, transaction) = Transaction::open(state, id)?;
    for (step, ..) in transaction.to_undo(true) {
        journal.add(&Record::Undo { step })?;
        journal.add(&Record::Undone { step, saved: None })?;
    }
    journal.add(&Record::RolledBack)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::fs::{Mode, Root, set};
    use crate::resource::Managed;
    use crate::{
        ApplyOptions, Back, Desired, NoProgress, TransactionStatus, apply, history, rollback,
        rollback_by_force, verify,
    };

    #[test]
    fn what_is_gone_is_closed_and_its_backups_alone_go() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let put = |path: &str, text: &str| {
            drop(set(host.root(), Path::new(path), text.as_bytes(), Mode::PRIVATE).unwrap());
        };
        let change = |kind: &'static str, path: &str, text: &str| {
            let desired = Desired::new().with(Managed::file(kind, path, text));
            let todo = verify(&host, &desired);
            apply(&host, &desired, &todo, &ApplyOptions::default(), &mut NoProgress).map(drop).unwrap();
        };
        put("/etc/a.key", "old key");
        put("/etc/b.key", "other key");
        put("/etc/c", "other key");
        change("stays", "/etc/c", "new");
        // What a rollback by force overwrote is kept, too.
        put("/etc/d.key", "oldest key");
        change("goes", "/etc/d.key", "new key");
        put("/etc/d.key", "their key");
        let back = rollback_by_force(&host, Back::Newest, Duration::ZERO, &mut NoProgress).unwrap();
        assert!(back.overwritten[0].saved.is_some());
        change("goes", "/etc/a.key", "new key");
        change("goes", "/etc/b.key", "new key");
        // Somebody changed one, and a rollback laid the old one beside it.
        put("/etc/b.key", "theirs");
        let back = rollback(&host, Back::Newest, Duration::ZERO, &mut NoProgress).unwrap();
        assert_eq!(back.kept[0].wanted.as_deref(), Some(Path::new("/etc/.b.key.k8sprep-wanted")));
        // What resets a node takes its files away.
        crate::fs::remove_tree(host.root(), Path::new("/etc/a.key")).unwrap();
        assert_eq!(close_gone(&host, &["goes"], Duration::ZERO, &mut NoProgress).unwrap(), [4, 3]);
        let status: Vec<_> = history(&host).unwrap().into_iter().map(|one| one.status).collect();
        let (applied, back) = (TransactionStatus::Applied, TransactionStatus::RolledBack);
        assert_eq!(status, [applied, back, back, back]);
        assert_eq!(crate::newest_id(&host).unwrap(), 4, "whatever became of it");
        assert!(back.is_rolled_back() && !applied.is_rolled_back());
        let backups = host.root().list(&host.state().join("backups")).unwrap().unwrap();
        assert_eq!(backups.len(), 1, "{backups:?}");
        assert_eq!(host.root().list(Path::new("/etc")).unwrap().unwrap().len(), 3, "nothing was written");
        assert!(close_gone(&host, &["goes"], Duration::ZERO, &mut NoProgress).unwrap().is_empty());
        assert!(rollback(&host, Back::All, Duration::ZERO, &mut NoProgress).unwrap().is_complete());
        assert_eq!(host.root().read(Path::new("/etc/c")).unwrap().unwrap(), b"other key");
    }
}
