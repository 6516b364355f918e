//! Asking several mirrors at once, and taking the first that answers right.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use super::choose::{Answer, NoneAnswered, Outcome, answer, choose, question};
use super::{CheckedKeys, Fingerprint};
use crate::mirrors::{Artefact, Format, Location, Mirror};
use crate::{Host, PackageMinor, Watch};

/// A place that may have the packages.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Candidate {
    /// How it is called.
    pub name: String,
    /// Where it is.
    pub location: Location,
    /// The keys that may sign it.
    pub pins: Vec<Fingerprint>,
}

impl Candidate {
    /// A place by name.
    #[must_use]
    pub fn new(name: impl Into<String>, location: Location, pins: Vec<Fingerprint>) -> Self {
        Self { name: name.into(), location, pins }
    }

    /// Every row of the table that holds `artefact` at `minor`.
    #[must_use]
    pub fn all(artefact: Artefact, minor: PackageMinor, format: Format) -> Vec<Self> {
        let of =
            |mirror: Mirror| Self::new(mirror.name(), mirror.location(minor, format), mirror.signer().pins());
        Mirror::holding(artefact, minor).map(of).collect()
    }
}

/// Ends what is asked still once somebody answered right.
struct UntilFound<'a>(&'a AtomicBool);

impl Watch for UntilFound<'_> {
    fn stops(&mut self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Asks all `candidates` at the same time for their index and their keys, each for at most `limit`.
/// Right is a whole index of `format` and keys that are pinned and not expired at `now`. Gives the
/// place of the first right one in the list, and what became of each.
///
/// # Errors
///
/// [`NoneAnswered`] with what each said.
pub fn probe(
    host: &Host,
    candidates: &[Candidate],
    format: Format,
    limit: Duration,
    now: SystemTime,
) -> Result<(usize, Vec<Answer>), NoneAnswered> {
    let found = AtomicBool::new(false);
    let answers: Vec<Answer> = std::thread::scope(|scope| {
        let ask = |candidate| {
            let found = &found;
            scope.spawn(move || {
                let answer = ask(host, candidate, format, limit, now, found);
                if matches!(answer.outcome, Outcome::Index(_)) {
                    found.store(true, Ordering::Relaxed);
                }
                answer
            })
        };
        let asked: Vec<_> = candidates.iter().map(ask).collect();
        asked.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let chosen = choose(&answers)?.mirror.clone();
    let place = candidates.iter().position(|candidate| candidate.name == chosen).unwrap_or_default();
    Ok((place, answers))
}

fn ask(
    host: &Host,
    candidate: &Candidate,
    format: Format,
    limit: Duration,
    now: SystemTime,
    found: &AtomicBool,
) -> Answer {
    let outcome = |outcome| Answer { mirror: candidate.name.clone(), outcome };
    let fetch = |url: &str| match host.follow(&question(url, limit), &mut UntilFound(found)) {
        Ok(said) => Ok(said),
        Err(_) if found.load(Ordering::Relaxed) => Err(Outcome::Overtaken),
        Err(error) => Err(Outcome::Silent(crate::ground::error::chain(&error))),
    };
    let said = match fetch(&candidate.location.index(format).replace("$basearch", "x86_64")) {
        Ok(said) => said,
        Err(why) => return outcome(why),
    };
    let text = String::from_utf8_lossy(&said.stderr).into_owned();
    let index = answer(&candidate.name, format, said.status, &said.stdout, &text);
    if !matches!(index.outcome, Outcome::Index(_)) {
        return index;
    }
    let mut why = "names no keys".to_owned();
    for url in candidate.location.keys() {
        let said = match fetch(url.as_str()) {
            Ok(said) => said,
            Err(why) => return outcome(why),
        };
        // What curl printed after the file is no part of it.
        let end = said.stdout.trim_ascii_end().iter().rposition(|byte| *byte == b'\n').unwrap_or_default();
        match CheckedKeys::check(&said.stdout[..end], &candidate.pins, now) {
            Ok(_) => return index,
            Err(error) => why = format!("has other keys: {error}"),
        }
    }
    outcome(Outcome::Wrong(why))
}
