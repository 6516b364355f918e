//! Take the steps that cure a host: shown, asked, journalled, and followed by what runs.
//!
//! The carrying out of doctor's cures. `doctor::cure` joins them into one plan; what is here does
//! what `apply` does with a spec's, and refuses where the journals moved on since the host was
//! examined.

use std::time::Duration;

use host_prep::{ApplyOptions, Desired, Host, Need, Plan, Seen, TransactionId, service};

use super::carry::{agreed, attempt_with, nothing_in_the_way, rolled_back};
use super::{Error, Question, Reporter};

/// What was done to a host.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Treated {
    /// The transaction, where steps were taken.
    pub transaction: Option<TransactionId>,
    /// How many steps were taken.
    pub taken: usize,
    /// What is nobody's to do here: a reboot.
    pub needs: Vec<Need>,
}

/// Shows `plan`, asks, and takes its steps in one transaction; units that run follow. Where one of
/// them does not come up again, everything is rolled back. `seen` is how far the journals went before
/// the host was looked at: where another run did something since, nothing is done.
///
/// # Errors
///
/// If nothing was done at all, with why not, or a step failed, with what became of the host.
pub fn treat(
    host: &Host,
    (desired, plan): (&Desired, &Plan),
    (seen, wait): (Seen, Duration),
    report: &mut dyn Reporter,
) -> Result<Treated, Error> {
    report.plan(plan);
    nothing_in_the_way(plan)?;
    agreed(Question::Host, report)?;
    let mut options = ApplyOptions::default();
    (options.seen, options.wait) = (Some(seen), wait);
    let (applied, ended) = attempt_with(host, (desired, plan), options, report)?;
    ended?;
    applied.needs.iter().for_each(|need| report.note(&format_args!("then: {need}")));
    let needs = if host.is_running() {
        let followed = service::follow(host, &applied.needs, &mut *report.watch()?);
        followed.map_err(|error| rolled_back(host, &applied, error, report))?
    } else {
        applied.needs
    };
    Ok(Treated { transaction: applied.id, taken: applied.taken, needs })
}
