//! Taking transactions back, newest first, and finishing what was interrupted.

use crate::ground::time::seconds;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use crate::engine::beside;
use crate::engine::change::undo;
use crate::journal::record::{Journal, Record, Recorded};
use crate::journal::state::State;
use crate::journal::transaction::{Phase, Transaction, tag};
use crate::plan::undone::Undone;
use crate::resource::repo::copies;
use crate::resource::switch;
use crate::{Error, Host, Need, NoProgress, TransactionId, Watch};

/// How far back a [`rollback`] goes.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Back {
    /// Only the newest transaction that is not rolled back yet.
    #[default]
    Newest,
    /// Every transaction after this one; 0 means the same as [`Back::All`].
    To(TransactionId),
    /// Only this transaction. What was done since has to stand without it: that is for who asks to
    /// know.
    Only(TransactionId),
    /// Every transaction, back to the host as it was before the first one.
    All,
}

impl Back {
    /// Whether the transaction of this number is among those meant. Of [`Back::Newest`] it is the
    /// first one that is not rolled back yet, which the number does not tell: any may be it.
    pub(crate) fn means(self, id: TransactionId) -> bool {
        match self {
            Self::Newest | Self::All => true,
            Self::To(last) => id > last,
            Self::Only(one) => id == one,
        }
    }
}

/// What a rollback did.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Rollback {
    /// The transactions that were rolled back, newest first.
    pub transactions: Vec<TransactionId>,
    /// How many steps are undone.
    pub undone: usize,
    /// What was left as it is.
    pub kept: Vec<Kept>,
    /// What somebody else had changed and was overwritten by force.
    pub overwritten: Vec<Overwritten>,
    /// What has to happen until the running system follows, as after an apply.
    pub needs: Vec<Need>,
    /// Undos that failed, the first one first. Calling again tries them again.
    pub failures: Vec<Error>,
}

/// Something a rollback left as it is, because rolling it back would lose what somebody else did.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Kept {
    /// The transaction.
    pub id: TransactionId,
    /// Its step.
    pub step: usize,
    /// What is left.
    pub what: String,
    /// Why.
    pub why: String,
    /// Where what should be there was put instead.
    pub wanted: Option<PathBuf>,
    /// Whether its backup is lost, so that no rollback can put it back.
    pub lost: bool,
}

/// Something a rollback by force overwrote.
#[derive(Clone, Debug, Eq, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Overwritten {
    /// The transaction.
    pub id: TransactionId,
    /// Its step.
    pub step: usize,
    /// What was overwritten.
    pub what: String,
    /// Where what stood there is kept; `None` for what is no file.
    pub saved: Option<PathBuf>,
}

impl Rollback {
    /// Whether everything is as it was.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.kept.is_empty() && self.failures.is_empty()
    }

    pub(crate) fn failed(id: TransactionId, error: Error) -> Self {
        Self { transactions: vec![id], failures: vec![error], ..Self::default() }
    }

    /// Counts what came of one step's undo.
    fn count(&mut self, of: &Transaction, (id, step): (TransactionId, usize), what: String, undone: Undone) {
        if matches!(undone, Undone::Yes | Undone::ByForce { .. }) {
            self.undone += 1;
            self.needs.extend_from_slice(of.needs_of(step));
        }
        match undone {
            Undone::Yes => {}
            Undone::ByForce { saved } => self.overwritten.push(Overwritten { id, step, what, saved }),
            Undone::Kept { why, wanted } => {
                self.kept.push(Kept { id, step, what, why, wanted, lost: false });
            }
            Undone::Lost { why } => self.kept.push(Kept { id, step, what, why, wanted: None, lost: true }),
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.transactions.extend(other.transactions);
        self.undone += other.undone;
        self.kept.extend(other.kept);
        self.overwritten.extend(other.overwritten);
        self.failures.extend(other.failures);
        self.needs.extend(other.needs);
        self.needs.sort();
        self.needs.dedup();
    }
}

/// Rolls transactions back, newest first, every step in reverse order. Resumes where an earlier
/// rollback was stopped.
///
/// A file that something else changed since is left alone; what was there before is put beside it
/// under a hidden name. An undo that fails does not keep the others from being tried, except that
/// of packages, because what is older are the repositories they came from, and that of a service or
/// a hold, which keeps the packages it is about. The transaction stays open then,
/// and the next rollback, or [`recover`], tries what failed again.
///
/// # Errors
///
/// Only what kept it from beginning: [`Error::Locked`], [`Error::NoTransaction`],
/// [`Error::Journal`]. What went wrong later is in the [`Rollback`].
pub fn rollback(host: &Host, back: Back, wait: Duration, watch: &mut dyn Watch) -> Result<Rollback, Error> {
    go_back(host, back, false, wait, watch)
}

/// As [`rollback`], and what something else changed since is overwritten after it was kept under
/// the engine's backups; what an earlier rollback left is rolled back too. What a program fails to
/// undo is left and told, so that the rest can be rolled back.
///
/// # Errors
///
/// As [`rollback`].
pub fn rollback_by_force(
    host: &Host,
    back: Back,
    wait: Duration,
    watch: &mut dyn Watch,
) -> Result<Rollback, Error> {
    go_back(host, back, true, wait, watch)
}

fn go_back(
    host: &Host,
    back: Back,
    force: bool,
    wait: Duration,
    watch: &mut dyn Watch,
) -> Result<Rollback, Error> {
    // No transaction has that number: everything comes after it.
    let back = if back == Back::To(0) { Back::All } else { back };
    let Some(state) = State::lock_used(host, wait, &mut || watch.stops())? else {
        return match back {
            Back::Newest | Back::All => roll_back_none(host),
            Back::To(id) | Back::Only(id) => Err(Error::NoTransaction { id }),
        };
    };
    let open = to_take_back(host, &state, back, force)?;
    let done = roll_back(host, &state, &open, force, watch)?;
    for id in &done.transactions {
        if Transaction::read(host, *id)?.has_switch() {
            switch::disarm(host);
        }
    }
    Ok(done)
}

/// The transactions that `back` means, newest first. What it does not mean is not looked at.
fn to_take_back(
    host: &Host,
    state: &State<'_>,
    back: Back,
    force: bool,
) -> Result<Vec<TransactionId>, Error> {
    let all = state.transactions()?;
    if let Back::To(id) | Back::Only(id) = back
        && !all.contains(&id)
    {
        return Err(Error::NoTransaction { id });
    }
    let mut open = Vec::new();
    for id in all.into_iter().rev().filter(|id| back.means(*id)) {
        let one = Transaction::read(host, id)?;
        if matches!(one.phase(), Phase::Open | Phase::Ended) || (force && one.keeps()) {
            open.push(id);
        }
        if back == Back::Newest && !open.is_empty() {
            break;
        }
    }
    Ok(open)
}

/// Finishes what was interrupted: rolls back every transaction that neither ended nor was rolled
/// back whole. With nothing of the kind it does nothing.
///
/// # Errors
///
/// As [`rollback`].
pub fn recover(host: &Host, wait: Duration, watch: &mut dyn Watch) -> Result<Rollback, Error> {
    let Some(state) = State::lock_used(host, wait, &mut || watch.stops())? else {
        return roll_back_none(host);
    };
    let mut open = Vec::new();
    for id in state.transactions()?.into_iter().rev() {
        if Transaction::read(host, id)?.phase() == Phase::Open {
            open.push(id);
        }
    }
    roll_back(host, &state, &open, false, watch)
}

/// Confirms every transaction that waits for it, or the one of this number, so that it stays;
/// oldest first.
///
/// # Errors
///
/// [`Error::NotWaiting`] when none waits, [`Error::Locked`] while something changes the host.
pub fn confirm(
    host: &Host,
    id: Option<TransactionId>,
    now: SystemTime,
    wait: Duration,
) -> Result<Vec<TransactionId>, Error> {
    let Some(state) = State::lock_used(host, wait, &mut || false)? else {
        return Err(Error::NotWaiting { id });
    };
    let all = state.transactions()?;
    let mut confirmed = Vec::new();
    for one in all.iter().copied().filter(|one| id.is_none_or(|id| id == *one)) {
        let (mut journal, mut transaction) = Transaction::open(&state, one)?;
        let waits = transaction.waits_until().is_some();
        if waits {
            journal.add(&Record::Confirmed { at: seconds(now) })?;
            transaction.confirm();
            confirmed.push(one);
        }
        // Also what a confirmation that was interrupted left.
        if waits || transaction.is_confirmed() {
            take_switch_away(host, &state, &transaction, &mut journal)?;
        }
    }
    if confirmed.is_empty() {
        return Err(Error::NotWaiting { id });
    }
    switch::disarm(host);
    Ok(confirmed)
}

/// The switch of a confirmed transaction goes, step by step as in a rollback.
fn take_switch_away(
    host: &Host,
    state: &State<'_>,
    transaction: &Transaction,
    journal: &mut Journal,
) -> Result<(), Error> {
    for (step, recorded, after) in transaction.switch() {
        let id = transaction.id;
        let undo = || undo(host, state, recorded, after, &tag(id, step), false, &mut NoProgress);
        settle(journal, step, &recorded.subject(), undo)?;
    }
    Ok(())
}

/// Rolls back every transaction whose time to be confirmed was over at `now`, and whatever was done
/// after it.
///
/// # Errors
///
/// As [`rollback`].
pub fn roll_back_unconfirmed(
    host: &Host,
    now: SystemTime,
    wait: Duration,
    watch: &mut dyn Watch,
) -> Result<Rollback, Error> {
    let Some(state) = State::lock_used(host, wait, &mut || watch.stops())? else {
        return Ok(Rollback::default());
    };
    let mut open = Vec::new();
    let mut oldest = None;
    for id in state.transactions()?.into_iter().rev() {
        let one = Transaction::read(host, id)?;
        if matches!(one.phase(), Phase::Open | Phase::Ended) {
            open.push(id);
        }
        if one.waits_until().is_some_and(|end| end <= seconds(now)) {
            oldest = Some(id);
        }
    }
    open.retain(|id| oldest.is_some_and(|oldest| *id >= oldest));
    roll_back(host, &state, &open, false, watch)
}

fn roll_back(
    host: &Host,
    state: &State<'_>,
    ids: &[TransactionId],
    force: bool,
    watch: &mut dyn Watch,
) -> Result<Rollback, Error> {
    let mut all = Rollback::default();
    for id in ids {
        all.add(roll_back_one(host, state, *id, force, watch)?);
        // What is older was there before: it cannot be rolled back below something that is not.
        if !all.failures.is_empty() {
            break;
        }
    }
    // What cannot be removed now, the next run removes.
    let _ = (copies::sweep(host), beside::sweep(host));
    Ok(all)
}

/// Nothing was begun here. A run that was killed before its first transaction may have left a
/// bundle's copy.
fn roll_back_none(host: &Host) -> Result<Rollback, Error> {
    copies::sweep(host)?;
    Ok(Rollback::default())
}

/// Rolls one transaction back.
pub(crate) fn roll_back_one(
    host: &Host,
    state: &State<'_>,
    id: TransactionId,
    force: bool,
    watch: &mut dyn Watch,
) -> Result<Rollback, Error> {
    let (mut journal, transaction) = Transaction::open(state, id)?;
    let mut done = Rollback { transactions: vec![id], ..Rollback::default() };
    let mut has_work_for_a_program = false;
    for (step, recorded, after) in transaction.to_undo(force) {
        // The next try needs the unit or the package that the program was called for.
        if has_work_for_a_program && matches!(recorded, Recorded::Packages(_)) {
            return Ok(done);
        }
        if watch.stops() {
            done.failures.push(Error::Stopped);
            return Ok(done);
        }
        watch.undo(&recorded.subject());
        let undo = || undo(host, state, recorded, after, &tag(id, step), force, watch);
        match settle(&mut journal, step, &recorded.subject(), undo) {
            Ok(undone) => done.count(&transaction, (id, step), recorded.subject(), undone),
            Err(error) => {
                done.failures.push(error);
                has_work_for_a_program |= matches!(recorded, Recorded::Action(_));
                // What is older are the repositories, which the next try needs.
                if matches!(recorded, Recorded::Packages(_)) {
                    return Ok(done);
                }
            }
        }
    }
    if done.failures.is_empty()
        && let Err(error) = close(host, &transaction, &mut journal)
    {
        done.failures.push(error);
    }
    Ok(done)
}

/// One undo between its two records.
fn settle(
    journal: &mut Journal,
    step: usize,
    what: &str,
    undo: impl FnOnce() -> Result<Undone, Error>,
) -> Result<Undone, Error> {
    journal.add(&Record::Undo { step })?;
    let undone = undo()?;
    journal.add(&match &undone {
        Undone::Yes => Record::Undone { step, saved: None },
        Undone::ByForce { saved } => Record::Undone { step, saved: saved.clone() },
        Undone::Kept { why, wanted } => {
            Record::Kept { step, what: what.to_owned(), why: why.clone(), wanted: wanted.clone() }
        }
        Undone::Lost { why } => Record::Kept { step, what: what.to_owned(), why: why.clone(), wanted: None },
    })?;
    Ok(undone)
}

/// The directories that were made go last: files of several steps may have been in them.
fn close(host: &Host, transaction: &Transaction, journal: &mut Journal) -> Result<(), Error> {
    for dir in transaction.made().rev() {
        crate::fs::remove_if_empty(host.root(), dir)?;
    }
    journal.add(&Record::RolledBack)
}
