//! Taking the steps of a plan in one transaction.

use std::time::{Duration, SystemTime};

use crate::engine::change::{prepare, take};
use crate::engine::rollback::{Rollback, roll_back_one};
use crate::engine::verify::{verify, verify_again};
use crate::ground::time::seconds;
use crate::journal::others;
use crate::journal::record::{Ending, Journal, Record, Title, VERSION};
use crate::journal::state::{self, Seen, State};
use crate::journal::transaction::{Phase, Transaction};
use crate::resource::switch;
use crate::{Desired, Error, Host, Need, Plan, Step, StepTitle, TransactionId, Watch};

/// How [`apply`] behaves.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// let mut options = host_prep::ApplyOptions::default();
/// options.now = Some(SystemTime::now()); // for the history; the crate reads no clock
/// options.wait = Duration::from_secs(60); // for another run on the same host
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ApplyOptions {
    /// Apply only the step with this number.
    pub only_step: Option<usize>,
    /// What to do when a step fails or the host is not as desired afterwards.
    pub on_failure: OnFailure,
    /// How long to wait for another run to end. Default: not at all.
    pub wait: Duration,
    /// [How far the journals went](crate::seen) before the plan was made: where another run did
    /// something since, it is [`Error::Overtaken`] and nothing is done. Default: only what the
    /// plan itself is about is compared.
    pub seen: Option<Seen>,
    /// The time, for the history. Default: not known.
    pub now: Option<SystemTime>,
    /// The time by which [`confirm`](crate::confirm) has to come. Whoever sets it sees to it that
    /// [`roll_back_unconfirmed`](crate::roll_back_unconfirmed) is called then.
    pub confirm_by: Option<SystemTime>,
}

/// What [`apply`] does about a failure.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum OnFailure {
    /// Roll every step back.
    #[default]
    RollBack,
    /// Keep the steps that were applied.
    Stop,
}

/// What an [`apply`] did that did not fail: every step, or those until it was asked to stop.
#[derive(Debug)]
#[must_use = "it may have been stopped before its last step, and it says what has to happen next"]
#[non_exhaustive]
pub struct Applied {
    /// The transaction; `None` when there was nothing to do.
    pub id: Option<TransactionId>,
    /// How many steps were taken.
    pub taken: usize,
    /// Whether it was stopped before its last step. Those that were taken stay.
    pub stopped: bool,
    /// What has to happen until the running system follows.
    pub needs: Vec<Need>,
    /// The steps that were taken, those of later stages too, with what each changed.
    pub steps: Vec<Step>,
}

/// Why [`apply`] did not do what was asked. It began or it did not.
///
/// ```no_run
/// use host_prep::{ApplyError, ApplyOptions, Desired, Host, NoProgress, apply, verify};
///
/// let (host, desired) = (Host::live()?, Desired::new());
/// match apply(&host, &desired, &verify(&host, &desired), &ApplyOptions::default(), &mut NoProgress) {
///     Ok(done) => println!("{} steps taken", done.taken),
///     Err(ApplyError::NotBegun(why)) => println!("nothing was changed: {why}"),
///     Err(ApplyError::Failed(failed)) if failed.is_rolled_back() => println!("rolled back: {failed}"),
///     Err(failed) => return Err(failed.into()),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[expect(clippy::exhaustive_enums, reason = "there is no third")]
pub enum ApplyError {
    /// It did not begin, and nothing was changed.
    #[error(transparent)]
    NotBegun(#[from] Error),
    /// It began and failed.
    #[error(transparent)]
    Failed(Box<FailedApply>),
}

/// An [`apply`] that began and failed, with what it did and what was rolled back.
#[derive(Debug, thiserror::Error)]
#[error("transaction {id} failed{}", self.end())]
#[non_exhaustive]
pub struct FailedApply {
    /// The transaction.
    pub id: TransactionId,
    /// How many steps were taken before the one that failed.
    pub taken: usize,
    /// Why it failed.
    #[source]
    pub cause: Error,
    /// What has to happen until the running system follows, where the steps stay.
    pub needs: Vec<Need>,
    /// What was rolled back; `None` where the steps stay, as [`OnFailure::Stop`] asks.
    pub rollback: Option<Rollback>,
    /// The steps that were taken, and last the one that failed where one did.
    pub steps: Vec<Step>,
}

impl FailedApply {
    /// Whether the host is as it was before.
    #[must_use]
    pub fn is_rolled_back(&self) -> bool {
        self.rollback.as_ref().is_some_and(Rollback::is_complete)
    }

    fn end(&self) -> &'static str {
        match &self.rollback {
            Some(back) if back.is_complete() => " and was rolled back",
            Some(_) => ", and not everything could be rolled back",
            None => "; the steps that were taken stay",
        }
    }
}

impl ApplyError {
    /// What went wrong, without what became of the host.
    #[must_use]
    pub fn cause(&self) -> &Error {
        match self {
            Self::NotBegun(cause) => cause,
            Self::Failed(failed) => &failed.cause,
        }
    }

    /// As [`cause`](Self::cause), by value.
    #[must_use]
    pub fn into_cause(self) -> Error {
        match self {
            Self::NotBegun(cause) => cause,
            Self::Failed(failed) => failed.cause,
        }
    }

    /// What was done and rolled back, where it began.
    #[must_use]
    pub fn failed(&self) -> Option<&FailedApply> {
        match self {
            Self::NotBegun(_) => None,
            Self::Failed(failed) => Some(failed),
        }
    }
}

/// Takes the steps of `plan`, then looks at the host again: it has to be as `desired`.
///
/// Every step is in the journal, on the disk, before it is taken. Stopped at any moment, the host
/// has every file old or new, and [`recover`](crate::recover) rolls back what was done.
///
/// # Errors
///
/// [`ApplyError::NotBegun`] holds what kept it from beginning: [`Error::Problem`],
/// [`Error::Locked`], [`Error::Interrupted`], [`Error::NoStep`], [`Error::Overtaken`], or a journal
/// that could not be made. [`ApplyError::Failed`] holds what went wrong later, and what was rolled
/// back.
pub fn apply(
    host: &Host,
    desired: &Desired,
    plan: &Plan,
    options: &ApplyOptions,
    watch: &mut dyn Watch,
) -> Result<Applied, ApplyError> {
    run(host, (desired, plan), None, options, watch)
}

/// As [`apply`], and when everything `desired` is there, asks `next` what the host shall be now:
/// what packages bring decides what else it needs. That is planned and taken in the same
/// transaction, so that one rollback rolls back both.
///
/// # Errors
///
/// As [`apply`].
pub fn apply_in_stages(
    host: &Host,
    desired: &Desired,
    plan: &Plan,
    next: &mut Next<'_>,
    options: &ApplyOptions,
    watch: &mut dyn Watch,
) -> Result<Applied, ApplyError> {
    run(host, (desired, plan), Some(next), options, watch)
}

/// What a host shall be when its first stage is there.
pub type Next<'a> = dyn FnMut() -> Result<Desired, Error> + 'a;

fn run(
    host: &Host,
    (desired, plan): (&Desired, &Plan),
    next: Option<&mut Next<'_>>,
    options: &ApplyOptions,
    watch: &mut dyn Watch,
) -> Result<Applied, ApplyError> {
    let steps = chosen(plan, options)?;
    if options.only_step.is_none() {
        nothing_in_the_way(plan)?;
    }
    if steps.is_empty() {
        return Ok(Applied::nothing());
    }
    let state = State::lock(host, options.wait, &mut || watch.stops())?;
    for id in state.transactions()? {
        if Transaction::read(host, id)?.phase() == Phase::Open {
            return Err(Error::Interrupted { id }.into());
        }
    }
    if let Some((owner, id)) = others::interrupted(host)? {
        return Err(Error::InterruptedElsewhere { owner, id }.into());
    }
    if options.seen.as_ref().is_some_and(|seen| state::seen(host).ok().as_ref() != Some(seen)) {
        return Err(Error::Overtaken.into());
    }
    let (at, confirm_by) = (options.now.map_or(0, seconds), options.confirm_by.map(seconds));
    let (id, journal) =
        state.begin(&Record::Begin { version: VERSION, at, steps: titles(&steps), confirm_by })?;
    let mut run = Run { host, state: &state, journal, id, taken: 0, begun: Vec::new(), at: 0 };
    let only = options.only_step.and(steps.first().copied());
    let mut outcome = run.stage(&steps, steps.len(), desired, only, watch);
    if let (Ok(Ending::Applied), Some(next)) = (&outcome, next) {
        outcome = run.next_stage(next, watch);
    }
    run.end(outcome, options.on_failure, watch)
}

struct Run<'a> {
    host: &'a Host,
    state: &'a State<'a>,
    journal: Journal,
    id: TransactionId,
    /// How many steps were taken.
    taken: usize,
    /// Those, and last the one that is being taken.
    begun: Vec<Step>,
    /// The step it is at.
    at: usize,
}

impl Run<'_> {
    /// Takes `steps`, the last of which is number `of`; the host has to be as `desired` then.
    fn stage(
        &mut self,
        steps: &[&Step],
        of: usize,
        desired: &Desired,
        only: Option<&Step>,
        watch: &mut dyn Watch,
    ) -> Result<Ending, Error> {
        for step in steps {
            if watch.stops() {
                return Ok(Ending::Stopped);
            }
            let (resource, verb, subject) = (step.resource, step.change.verb(), &step.change.subject());
            watch.step(StepTitle { number: step.number, resource, verb, subject }, of);
            self.at = step.number;
            self.begun.push((*step).clone());
            self.step(step, watch)?;
            self.taken += 1;
        }
        verify_again(self.host, desired, only).map(|()| Ending::Applied)
    }

    fn next_stage(&mut self, next: &mut Next<'_>, watch: &mut dyn Watch) -> Result<Ending, Error> {
        let desired = next()?;
        let plan = verify(self.host, &desired).after(self.taken);
        nothing_in_the_way(&plan)?;
        let steps: Vec<&Step> = plan.steps().iter().collect();
        self.journal.add(&Record::More { steps: titles(&steps) })?;
        self.stage(&steps, self.taken + steps.len(), &desired, None, watch)
    }

    fn step(&mut self, step: &Step, watch: &mut dyn Watch) -> Result<(), Error> {
        let ready = prepare(self.host, self.state, &step.change)?;
        let (change, needs) = (ready.recorded.clone(), step.needs.clone());
        self.journal.add(&Record::Intent { step: step.number, change, needs })?;
        let tag = crate::journal::transaction::tag(self.id, step.number);
        let after = take(self.host, self.state, &ready, &tag, watch)?;
        self.journal.add(&Record::Done { step: step.number, after })
    }

    fn end(
        mut self,
        outcome: Result<Ending, Error>,
        on_failure: OnFailure,
        watch: &mut dyn Watch,
    ) -> Result<Applied, ApplyError> {
        let journal = &mut self.journal;
        if let Err(error) = &outcome {
            // The journal may be what failed; then its last line tells enough.
            let error = crate::ground::error::chain(error);
            let _ = journal.add(&Record::Failed { step: self.at, error });
        }
        let ending = outcome.as_ref().copied().unwrap_or(Ending::Failed);
        let ended = journal.add(&Record::End { ending });
        // What the journal does not say is interrupted for everybody who reads it, and is rolled
        // back.
        let outcome = outcome.and_then(|ending| ended.map(|()| ending));
        let Self { host, state, id, taken, begun: steps, journal, .. } = self;
        drop(journal);
        let needs = each_once(steps.iter().take(taken));
        match outcome {
            Ok(ending) => {
                let stopped = ending == Ending::Stopped;
                Ok(Applied { id: Some(id), taken, stopped, needs, steps })
            }
            Err(cause) => {
                let rollback = (on_failure == OnFailure::RollBack).then(|| undo(host, state, id, watch));
                let failed = FailedApply { id, taken, cause, needs, rollback, steps };
                Err(ApplyError::Failed(Box::new(failed)))
            }
        }
    }
}

fn undo(host: &Host, state: &State<'_>, id: TransactionId, watch: &mut dyn Watch) -> Rollback {
    // Who asked it to stop while the step failed asked for an end of the changes, which is what
    // this is.
    let to_the_end = watch.stops();
    let done = roll_back_one(host, state, id, false, &mut Bound { watch, to_the_end })
        .unwrap_or_else(|error| Rollback::failed(id, error));
    if Transaction::read(host, id).is_ok_and(|one| one.has_switch()) {
        switch::disarm(host);
    }
    done
}

/// Hears what another one hears, and asks it to stop only where it may.
struct Bound<'a> {
    watch: &'a mut dyn Watch,
    to_the_end: bool,
}

impl Watch for Bound<'_> {
    fn undo(&mut self, subject: &str) {
        self.watch.undo(subject);
    }

    fn said(&mut self, line: &str) {
        self.watch.said(line);
    }

    fn waits(&mut self, since: Duration) {
        self.watch.waits(since);
    }

    fn awaits(&mut self, what: &str) {
        self.watch.awaits(what);
    }

    fn stops(&mut self) -> bool {
        !self.to_the_end && self.watch.stops()
    }
}

impl Applied {
    fn nothing() -> Self {
        Self { id: None, taken: 0, stopped: false, needs: Vec::new(), steps: Vec::new() }
    }
}

impl Title {
    fn of(step: &Step) -> Self {
        Self {
            resource: step.resource.to_owned(),
            verb: step.change.verb().to_owned(),
            subject: step.change.subject(),
            reason: step.reason.clone(),
        }
    }
}

fn chosen<'a>(plan: &'a Plan, options: &ApplyOptions) -> Result<Vec<&'a Step>, Error> {
    match options.only_step {
        None => Ok(plan.steps().iter().collect()),
        Some(step) => {
            let found = plan.steps().iter().find(|found| found.number == step);
            let none = || Error::NoStep { step, steps: plan.steps().len() };
            found.map(|step| vec![step]).ok_or_else(none)
        }
    }
}

fn titles(steps: &[&Step]) -> Vec<Title> {
    steps.iter().map(|step| Title::of(step)).collect()
}

fn nothing_in_the_way(plan: &Plan) -> Result<(), Error> {
    match plan.problems().first() {
        Some(problem) => Err(Error::Problem { what: problem.what.clone(), hint: problem.hint.clone() }),
        None => Ok(()),
    }
}

fn each_once<'a>(steps: impl Iterator<Item = &'a Step>) -> Vec<Need> {
    let mut needs: Vec<_> = steps.flat_map(|step| step.needs.iter().cloned()).collect();
    needs.sort();
    needs.dedup();
    needs
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::NoProgress;
    use crate::fs::{self, Mode, Root};
    use crate::resource::Managed;

    /// Every step is taken, and then the last record cannot be written.
    fn unfinished(on_failure: OnFailure, watch: &mut dyn Watch) -> (tempfile::TempDir, FailedApply) {
        let dir = tempfile::tempdir().unwrap();
        let root = || Root::open(dir.path()).unwrap();
        fs::set(&root(), Path::new("/etc/one"), b"old", Mode::PUBLIC).unwrap();
        let host = Host::offline(root());
        let desired = Desired::new().with(Managed::file("crio", "/etc/one", "ours"));
        let plan = verify(&host, &desired);
        let steps: Vec<&Step> = plan.steps().iter().collect();
        let state = State::lock(&host, Duration::ZERO, &mut || false).unwrap();
        let begin = Record::Begin { version: VERSION, at: 1, steps: titles(&steps), confirm_by: None };
        let (id, journal) = state.begin(&begin).unwrap();
        let mut run = Run { host: &host, state: &state, journal, id, taken: 0, begun: Vec::new(), at: 0 };
        let outcome = run.stage(&steps, steps.len(), &desired, None, &mut NoProgress);
        run.journal = run.journal.on_a_full_disk();
        match run.end(outcome, on_failure, watch) {
            Err(ApplyError::Failed(failed)) => (dir, *failed),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_its_last_record_an_apply_is_rolled_back_or_says_what_it_left() {
        for (on_failure, left) in [(OnFailure::RollBack, "old"), (OnFailure::Stop, "ours")] {
            let (dir, done) = unfinished(on_failure, &mut NoProgress);
            assert!(matches!(done.cause, Error::Write { .. }), "{done:?}");
            let back = done.rollback.map(|back| back.is_complete());
            assert_eq!(back, (on_failure == OnFailure::RollBack).then_some(true));
            assert_eq!(std::fs::read_to_string(dir.path().join("etc/one")).unwrap(), left);
        }
    }

    /// Ctrl-C during a step that fails is heard at the next edge, which is the first of the
    /// rollback.
    #[test]
    fn who_asked_to_stop_before_the_rollback_does_not_stop_that() {
        struct Asked;
        impl Watch for Asked {
            fn stops(&mut self) -> bool {
                true
            }
        }
        let (dir, done) = unfinished(OnFailure::RollBack, &mut Asked);
        assert!(done.rollback.is_some_and(|back| back.is_complete()));
        assert_eq!(std::fs::read_to_string(dir.path().join("etc/one")).unwrap(), "old");
    }
}
