//! Programs of the host that a rule asks, each with a limit: what cannot be asked is undecided.

use std::time::Duration;

use host_prep::{Invocation, Outcome};

use crate::doctor::finding::Unread;
use crate::doctor::inspection::Inspection;

/// A program that answers a question is done in less.
const LIMIT: Duration = Duration::from_secs(5);

/// What a program of the running host prints, however it ends.
pub(super) fn ended(
    seen: &Inspection<'_>,
    program: &str,
    args: &[&str],
    within: Option<Duration>,
) -> Result<Outcome, Unread> {
    if !seen.is_running() {
        return Err(Unread::not_running(program));
    }
    let invocation = Invocation::new(program, args.iter().copied()).within(within.unwrap_or(LIMIT));
    let ask = || seen.host().run_to_end(&invocation).map_err(|error| Unread::because(program, &error));
    seen.asked_once(&invocation.to_string(), ask)
}

/// What a program of the running host prints, which has to end well.
pub(super) fn printed(seen: &Inspection<'_>, program: &str, args: &[&str]) -> Result<String, Unread> {
    let outcome = ended(seen, program, args, None)?;
    if outcome.status == Some(0) {
        return Ok(text(&outcome.stdout));
    }
    let why = text(&outcome.stderr);
    let why = why.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("it failed");
    Err(Unread::new(program, why))
}

pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests;
