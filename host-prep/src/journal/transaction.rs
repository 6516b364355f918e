//! A journal understood: what was done, what was rolled back, and what is left to do about it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;

use crate::ground::time;
use crate::journal::record::{Ending, Image, Journal, Record, Recorded, Title};
use crate::journal::state::{State, read_journal, transactions};
use crate::{Error, Host, Need, TransactionId};

/// The kind of resource whose steps roll a transaction back unless it is confirmed.
pub(crate) const SWITCH: &str = "switch";

/// One transaction as history tells it.
///
/// ```
/// use host_prep::resource::Managed;
/// use host_prep::fs::Root;
/// use host_prep::{ApplyOptions, Desired, Host, NoProgress, TransactionStatus, apply, history, verify};
///
/// # let dir = tempfile::tempdir()?;
/// let host = Host::offline(Root::open(dir.path())?);
/// let desired = Desired::new().with(Managed::file("crictl", "/etc/crictl.yaml", ""));
/// let todo = verify(&host, &desired);
/// let _ = apply(&host, &desired, &todo, &ApplyOptions::default(), &mut NoProgress)?;
/// let past = history(&host)?;
/// assert_eq!(past[0].status, TransactionStatus::Applied);
/// assert_eq!((past[0].steps[0].verb.as_str(), past[0].at), ("create", None));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// Its number.
    pub id: TransactionId,
    /// When it began, in whole seconds; `None` where the journal is too damaged to tell. Serialised
    /// as seconds since 1970.
    #[serde(serialize_with = "time::serialize")]
    pub at: Option<SystemTime>,
    /// What became of it.
    pub status: TransactionStatus,
    /// The time by which it has to be confirmed, while it waits. Serialised as seconds since 1970.
    #[serde(serialize_with = "time::serialize")]
    pub confirm_by: Option<SystemTime>,
    /// Its steps in order.
    pub steps: Vec<StepSummary>,
    /// Why it failed, if it did.
    pub failure: Option<String>,
}

/// One step as history tells it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct StepSummary {
    /// Number in its plan.
    pub number: usize,
    /// The kind of resource that asked for it.
    pub resource: String,
    /// What was done.
    pub verb: String,
    /// To what.
    pub subject: String,
    /// Why.
    pub reason: String,
    /// What became of it.
    pub status: StepStatus,
    /// Why it was kept by a rollback.
    pub kept: Option<String>,
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TransactionStatus {
    /// All its steps were taken and the host was as desired.
    Applied,
    /// It failed, and the steps it took were left.
    Failed,
    /// It was interrupted: `recover` has to finish it.
    Interrupted,
    /// All of it was rolled back.
    RolledBack,
    /// It was rolled back but for what something else had changed since.
    RolledBackInPart,
    /// It was asked to stop.
    Stopped,
    /// Its journal is damaged, of a newer version or no file to read: what became of it is not
    /// known.
    Unreadable,
}

impl TransactionStatus {
    /// Whether a rollback has been at it and is over, also where it had to leave something.
    #[must_use]
    pub fn is_rolled_back(self) -> bool {
        matches!(self, Self::RolledBack | Self::RolledBackInPart)
    }
}

/// What became of a step.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StepStatus {
    /// It was not begun.
    NotTaken,
    /// It was begun; whether it was taken is not known.
    Begun,
    /// It was taken.
    Taken,
    /// It was rolled back.
    Undone,
    /// A rollback left it.
    Kept,
}

/// What has been done to a host, oldest first. Takes no lock. A journal that cannot be read is told
/// as [`TransactionStatus::Unreadable`] with the reason and what it says before the place, and does
/// not hide the others.
///
/// # Errors
///
/// [`Error::Refused`] where others than root could have written there, [`Error::Read`] where the
/// system refuses.
pub fn history(host: &Host) -> Result<Vec<Summary>, Error> {
    let ids = transactions(host)?;
    let told = ids.into_iter().map(|id| {
        let mut one = Transaction::new(id);
        let read = read_journal(host, id, &mut |record| one.add(record));
        let mut told = one.summary();
        if let Err(error) = read {
            (told.status, told.confirm_by) = (TransactionStatus::Unreadable, None);
            told.failure = Some(crate::ground::error::chain(&error));
        }
        told
    });
    Ok(told.collect())
}

/// The number of the newest transaction, whatever became of it; 0 where there is none.
///
/// # Errors
///
/// As [`history`].
pub fn newest_id(host: &Host) -> Result<TransactionId, Error> {
    Ok(transactions(host)?.last().copied().unwrap_or_default())
}

/// The records of one journal, sorted.
#[derive(Debug)]
pub(crate) struct Transaction {
    pub(crate) id: TransactionId,
    at: u64,
    titles: Vec<Title>,
    confirm_by: Option<u64>,
    confirmed: bool,
    /// Steps that were begun, in order, with what their undo needs.
    begun: Vec<(usize, Recorded)>,
    needs: BTreeMap<usize, Vec<Need>>,
    after: BTreeMap<usize, Option<Image>>,
    undone: BTreeSet<usize>,
    kept: BTreeMap<usize, String>,
    /// What was overwritten by force, where it is kept.
    saved: Vec<PathBuf>,
    /// Whether a rollback was at it.
    goes_back: bool,
    failure: Option<String>,
    ending: Option<Ending>,
    phase: Phase,
}

/// What is left to do about a transaction.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Phase {
    /// It was interrupted.
    Open,
    /// Its forward part came to an end and it can be rolled back.
    Ended,
    /// It is over.
    RolledBack,
}

impl Transaction {
    pub(crate) fn read(host: &Host, id: TransactionId) -> Result<Self, Error> {
        let mut all = Self::new(id);
        read_journal(host, id, &mut |record| all.add(record))?;
        Ok(all)
    }

    /// Opens one to add to it.
    pub(crate) fn open(state: &State<'_>, id: TransactionId) -> Result<(Journal, Self), Error> {
        let mut all = Self::new(id);
        let journal = state.open(id, &mut |record| all.add(record))?;
        Ok((journal, all))
    }

    fn new(id: TransactionId) -> Self {
        Self {
            id,
            at: 0,
            titles: Vec::new(),
            confirm_by: None,
            confirmed: false,
            begun: Vec::new(),
            needs: BTreeMap::new(),
            after: BTreeMap::new(),
            undone: BTreeSet::new(),
            kept: BTreeMap::new(),
            saved: Vec::new(),
            goes_back: false,
            failure: None,
            ending: None,
            phase: Phase::Open,
        }
    }

    /// What the running system needs when a step was taken, and when it was rolled back.
    pub(crate) fn needs_of(&self, step: usize) -> &[Need] {
        self.needs.get(&step).map(Vec::as_slice).unwrap_or_default()
    }

    fn add(&mut self, record: Record) {
        match record {
            Record::Begin { version: _, at, steps, confirm_by } => {
                (self.at, self.titles, self.confirm_by) = (at, steps, confirm_by);
            }
            Record::More { steps } => self.titles.extend(steps),
            Record::Intent { step, change, needs } => {
                self.begun.push((step, change));
                self.needs.insert(step, needs);
            }
            Record::Done { step, after } => drop(self.after.insert(step, after)),
            Record::Failed { step: _, error } => self.failure = Some(error),
            Record::End { ending } => {
                self.ending = Some(ending);
                self.phase = Phase::Ended;
            }
            Record::Confirmed { .. } => self.confirmed = true,
            // The switch alone goes when a transaction is confirmed.
            Record::Undo { step } if self.is_switch(step) && self.confirmed => {}
            Record::Undo { .. } => (self.phase, self.goes_back) = (Phase::Open, true),
            Record::Undone { step, saved } => {
                self.saved.extend(saved);
                self.undone.insert(step);
                // It was left once, and rolled back by force later.
                self.kept.remove(&step);
            }
            Record::Kept { step, what: _, why, wanted: _ } => drop(self.kept.insert(step, why)),
            Record::RolledBack => self.phase = Phase::RolledBack,
        }
    }

    /// Whether the step is part of what rolls the transaction back unless it is confirmed.
    fn is_switch(&self, step: usize) -> bool {
        let title = step.checked_sub(1).and_then(|at| self.titles.get(at));
        title.is_some_and(|title| title.resource == SWITCH)
    }

    pub(crate) fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    pub(crate) fn confirm(&mut self) {
        self.confirmed = true;
    }

    /// What of it goes when it is confirmed, newest first.
    pub(crate) fn switch(&self) -> impl Iterator<Item = (usize, &Recorded, Option<&Image>)> {
        self.to_undo(false).filter(|(step, _, _)| self.is_switch(*step))
    }

    /// Whether it came with a switch.
    pub(crate) fn has_switch(&self) -> bool {
        self.begun.iter().any(|(step, _)| self.is_switch(*step))
    }

    /// Whether a rollback left something of it.
    pub(crate) fn keeps(&self) -> bool {
        !self.kept.is_empty()
    }

    /// Whether nothing says how it ended, and no rollback was at it.
    pub(crate) fn lacks_its_end(&self) -> bool {
        self.phase == Phase::Open && self.failure.is_none() && !self.goes_back
    }

    /// Whether it has steps, and those of these kinds alone.
    pub(crate) fn is_all_of(&self, kinds: &[&str]) -> bool {
        let fits = |title: &Title| kinds.contains(&title.resource.as_str());
        !self.titles.is_empty() && self.titles.iter().all(fits)
    }

    /// All files that it was about, with what they were before it.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&Path, &Image)> {
        self.begun.iter().filter_map(|(_, change)| change.file())
    }

    /// By which the content of its files is kept: before it, after it, and what of somebody else's was
    /// overwritten by force.
    pub(crate) fn digests(&self) -> Vec<String> {
        let images = self.begun.iter().filter_map(|(_, change)| match change {
            Recorded::File { before, after, .. } => Some([before, after]),
            _ => None,
        });
        let saved = self.saved.iter().filter_map(|path| path.file_name()?.to_str());
        images.flatten().filter_map(Image::digest).chain(saved).map(str::to_owned).collect()
    }

    pub(crate) fn phase(&self) -> Phase {
        self.phase
    }

    pub(crate) fn waits_until(&self) -> Option<u64> {
        let over = self.confirmed || self.phase == Phase::RolledBack;
        if over { None } else { self.confirm_by }
    }

    /// What has still to be rolled back, newest first, with what was there after it where that is
    /// known. By force, what an earlier rollback left as well.
    pub(crate) fn to_undo(&self, force: bool) -> impl Iterator<Item = (usize, &Recorded, Option<&Image>)> {
        let settled =
            move |step: &usize| self.undone.contains(step) || (!force && self.kept.contains_key(step));
        let open = self.begun.iter().rev().filter(move |(step, _)| !settled(step));
        open.map(|(step, change)| (*step, change, self.after.get(step).and_then(Option::as_ref)))
    }

    /// Directories that may have been made, each after those it is in.
    pub(crate) fn made(&self) -> impl DoubleEndedIterator<Item = &PathBuf> {
        self.begun.iter().flat_map(|(_, change)| match change {
            Recorded::File { made, .. } => made.as_slice(),
            _ => &[],
        })
    }

    /// The digests of the lists of packages before and after each step that changed some.
    pub(crate) fn package_lists(&self) -> Vec<(String, String)> {
        let lists = self.begun.iter().filter_map(|(step, change)| match change {
            Recorded::Packages(packages) => {
                let after = self.after.get(step)?.as_ref().and_then(Image::digest)?;
                Some((packages.before.clone(), after.to_owned()))
            }
            _ => None,
        });
        lists.collect()
    }

    fn summary(&self) -> Summary {
        let steps = self.titles.iter().enumerate().map(|(at, title)| self.step_summary(at + 1, title));
        Summary {
            id: self.id,
            at: (self.at > 0).then(|| time::moment(self.at)),
            status: self.status(),
            confirm_by: self.waits_until().map(time::moment),
            steps: steps.collect(),
            failure: self.failure.clone(),
        }
    }

    fn status(&self) -> TransactionStatus {
        match (self.phase, self.ending) {
            (Phase::RolledBack, _) if self.kept.is_empty() => TransactionStatus::RolledBack,
            (Phase::RolledBack, _) => TransactionStatus::RolledBackInPart,
            (Phase::Ended, Some(Ending::Applied)) => TransactionStatus::Applied,
            (Phase::Ended, Some(Ending::Stopped)) => TransactionStatus::Stopped,
            (Phase::Ended, _) => TransactionStatus::Failed,
            (Phase::Open, _) => TransactionStatus::Interrupted,
        }
    }

    fn step_summary(&self, number: usize, title: &Title) -> StepSummary {
        let status = if self.kept.contains_key(&number) {
            StepStatus::Kept
        } else if self.undone.contains(&number) {
            StepStatus::Undone
        } else if self.after.contains_key(&number) {
            StepStatus::Taken
        } else if self.begun.iter().any(|(step, _)| *step == number) {
            StepStatus::Begun
        } else {
            StepStatus::NotTaken
        };
        let Title { resource, verb, subject, reason } = title.clone();
        StepSummary { number, resource, verb, subject, reason, status, kept: self.kept.get(&number).cloned() }
    }
}

impl Recorded {
    /// Of a file: which, and what it was before.
    fn file(&self) -> Option<(&Path, &Image)> {
        if let Self::File { path, before, .. } = self { Some((path, before)) } else { None }
    }

    pub(crate) fn subject(&self) -> String {
        match self {
            Self::File { path, .. } => path.display().to_string(),
            Self::LoadModule { name } => format!("module {name}"),
            Self::SwapOff { area, .. } => format!("swap {}", area.display()),
            Self::Value { path, .. } => path.display().to_string(),
            Self::Packages(packages) => packages.subject(),
            Self::Action(action) => action.subject.clone(),
        }
    }
}

/// Marks what belongs to one step of one transaction: its temporary files are found by it.
pub(crate) fn tag(id: TransactionId, step: usize) -> String {
    format!("{id}-{step}")
}
