//! Taking the steps of a plan that was agreed to, and the way back where a unit does not come up again.

use std::time::Duration;

use host_prep::{Applied, ApplyOptions, Back, Desired, Ending, Host, Kept, Plan, rollback, service};

use super::{Answer, Error, Question, Report, chain, now};

/// Takes the steps of a plan: what was done, and whether it ended well.
///
/// # Errors
///
/// If nothing could be done at all: another run holds the lock, or the journal cannot be written.
pub fn attempt(
    host: &Host,
    desired: &Desired,
    plan: &Plan,
    report: &mut dyn Report,
) -> Result<(Applied, Result<(), Error>), Error> {
    let mut options = ApplyOptions::default();
    options.now = now();
    let mut watch = report.watch()?;
    let mut done = host_prep::apply(host, desired, plan, &options, &mut *watch)?;
    let ended = match ended_well(&mut done) {
        // Asked during the last step, what comes after it is not begun.
        Ok(()) if watch.stops() => Err(Error::Stopped { taken: done.taken }),
        ended => ended,
    };
    Ok((done, ended))
}

/// Fails where applying failed, with what became of the host.
fn ended_well(done: &mut Applied) -> Result<(), Error> {
    let Some(cause) = done.failure.take() else {
        return match done.ending {
            Ending::Applied => Ok(()),
            _ => Err(Error::Stopped { taken: done.taken }),
        };
    };
    if done.rollback.as_ref().is_some_and(|back| back.is_complete()) {
        return Err(Error::RolledBack { cause });
    }
    Err(Error::RollbackIncomplete { cause, ending: "not everything could be rolled back".into() })
}

/// Asks, and stops where the answer is not yes.
pub(crate) fn agreed(question: Question, report: &mut dyn Report) -> Result<(), Error> {
    match report.confirm(question) {
        Answer::Yes => Ok(()),
        Answer::No => Err(Error::Declined),
        Answer::NobodyToAsk => Err(Error::NobodyToAsk),
    }
}

/// A unit does not come back with its new files: it gets the old ones again.
pub(super) fn rolled_back(
    host: &Host,
    done: &Applied,
    cause: host_prep::Error,
    report: &mut dyn Report,
) -> Error {
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
    for Kept { what, why, .. } in &back.kept {
        report.warn(&format_args!("left as it is: {what}: {why}"));
    }
    back.failures.iter().for_each(|error| report.warn(&chain(error)));
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
