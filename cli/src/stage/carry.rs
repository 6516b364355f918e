//! Taking the steps of a plan that was agreed to, and the way back where a unit does not come up
//! again.

use std::time::Duration;

use host_prep::{
    Applied, ApplyError, ApplyOptions, Back, Desired, FailedApply, Host, Plan, Rollback, rollback, service,
};

use super::{Answer, Error, Question, Reporter, chain, now};

/// Refuses a plan with problems.
pub(super) fn nothing_in_the_way(plan: &Plan) -> Result<(), Error> {
    match plan.problems() {
        [] => Ok(()),
        problems => Err(Error::InTheWay(problems.to_vec())),
    }
}

/// Takes the steps of a plan: what was done, and whether it ended well. Another run that changes the
/// host is waited for up to `wait`.
///
/// # Errors
///
/// If nothing could be done at all: another run holds the lock, or the journal cannot be written;
/// and where a step failed, with what became of the host.
pub fn attempt(
    host: &Host,
    desired: &Desired,
    plan: &Plan,
    wait: Duration,
    report: &mut dyn Reporter,
) -> Result<(Applied, Result<(), Error>), Error> {
    let mut options = ApplyOptions::default();
    options.wait = wait;
    attempt_with(host, (desired, plan), options, report)
}

/// The same, waiting for others and comparing with what was seen as `options` say.
pub(super) fn attempt_with(
    host: &Host,
    (desired, plan): (&Desired, &Plan),
    mut options: ApplyOptions,
    report: &mut dyn Reporter,
) -> Result<(Applied, Result<(), Error>), Error> {
    // Journals carry the time of their begin; the library asks no clock.
    options.now = Some(now());
    let mut watch = report.watch()?;
    let done = host_prep::apply(host, desired, plan, &options, &mut *watch)?;
    // Asked during the last step, what comes after it is not begun.
    let stopped = done.stopped || watch.stops();
    let ended = if stopped { Err(Error::Stopped { taken: done.taken }) } else { Ok(()) };
    Ok((done, ended))
}

impl From<ApplyError> for Error {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::NotBegun(cause) => cause.into(),
            ApplyError::Failed(failed) if failed.is_rolled_back() => Self::RolledBack { cause: failed.cause },
            ApplyError::Failed(failed) => {
                let FailedApply { cause, .. } = *failed;
                Self::RollbackIncomplete { cause, ending: "not everything could be rolled back".to_owned() }
            }
        }
    }
}

/// Asks, and stops where the answer is not yes.
///
/// An answer of "no" and nobody to ask are two errors: the second one is cured by `--yes`, the
/// first by nothing.
pub(crate) fn agreed(question: Question, report: &mut dyn Reporter) -> Result<(), Error> {
    match report.confirm(question) {
        Answer::Yes => Ok(()),
        Answer::No => Err(Error::Declined),
        Answer::NobodyToAsk => Err(Error::NobodyToAsk),
    }
}

/// What somebody changed meanwhile is theirs: a rollback leaves it, and it is told.
pub(super) fn tell_kept(back: &Rollback, report: &mut dyn Reporter) {
    for kept in &back.kept {
        let text = format!("left as it is: {}: {}", kept.what, kept.why);
        report.warn(crate::Code::RollbackIncomplete.as_str(), &text);
    }
}

/// Fails where a step could not be rolled back; `ending` says how the host is left then.
pub(super) fn whole(failures: Vec<host_prep::Error>, ending: &str) -> Result<(), Error> {
    match failures.into_iter().next() {
        Some(cause) => Err(Error::RollbackIncomplete { cause, ending: ending.to_owned() }),
        None => Ok(()),
    }
}

/// A unit does not come back with its new files: it gets the old ones again.
///
/// The units are started once more with their old files, because what they did before was to run.
/// Warnings are told on the way; the error says how it ended as a whole.
pub(super) fn rolled_back(
    host: &Host,
    done: &Applied,
    cause: host_prep::Error,
    report: &mut dyn Reporter,
) -> Error {
    // Without an id nothing was changed, and nothing has to go back.
    let Some(before) = done.id.map(|id| id - 1) else { return cause.into() };
    let mut watch = match report.watch() {
        Ok(watch) => watch,
        Err(source) => return Error::Watch { source },
    };
    let back = match rollback(host, Back::To(before), Duration::ZERO, &mut *watch) {
        Ok(back) => back,
        Err(source) => return Error::RollbackFailed { source, before: Box::new(cause) },
    };
    drop(watch);
    tell_kept(&back, report);
    back.failures.iter().for_each(|error| report.warn(error.code().as_str(), &chain(error)));
    // The services ran before: their files are as before now, and so must they be.
    let started = match report.watch() {
        Ok(mut watch) => service::bring_back(host, &done.needs, &mut *watch),
        Err(source) => return Error::Watch { source },
    };
    match started {
        Ok(()) if back.is_complete() => Error::RolledBack { cause },
        Ok(()) => {
            Error::RollbackIncomplete { cause, ending: "not everything could be rolled back".to_owned() }
        }
        Err(error) => {
            let ending = format!("its files are as before, and still: {}", chain(&error));
            Error::RollbackIncomplete { cause, ending }
        }
    }
}
