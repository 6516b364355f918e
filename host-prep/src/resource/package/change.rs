//! Installing packages and rolling that back.

use serde::Serialize;

use super::installed::{Installed, installed_now, tree};
use super::manager::Manager;
use super::{Trouble, work};
use crate::ground::error::chain;
use crate::journal::packages::RecordedPackages;
use crate::journal::state::{State, read_backup};
use crate::plan::packages::PackageChange;
use crate::plan::undone::Undone;
use crate::{Error, Host, Invocation, Outcome, TransactionId, Watch};

/// A package that came, went or changed its version.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Moved {
    /// Its name.
    pub name: String,
    /// The version there was before; `None` where it came.
    pub before: Option<String>,
    /// The version there was right after; `None` where it went.
    pub after: Option<String>,
}

/// What became of packages in a transaction, those that came along among them, by name. Takes no
/// lock.
///
/// # Errors
///
/// [`Error::NoTransaction`], [`Error::Journal`], or a list that was kept and cannot be read.
pub fn moved(host: &Host, id: TransactionId) -> Result<Vec<Moved>, Error> {
    let lists = crate::journal::transaction::Transaction::read(host, id)?.package_lists();
    let mut all = Vec::new();
    for (before, after) in lists {
        let [before, after] = [before, after].map(|digest| read_backup(host, &digest));
        let of = |bytes: Vec<u8>| Installed::of_rpm(&String::from_utf8_lossy(&bytes)).versions;
        let (before, mut after) = (of(before?), of(after?));
        for (name, version) in before {
            let now = after.remove(&name);
            if now.as_ref() != Some(&version) {
                all.push(Moved { name, before: Some(version), after: now });
            }
        }
        all.extend(after.into_iter().map(|(name, version)| Moved {
            name,
            before: None,
            after: Some(version),
        }));
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

/// Writes down which packages there are.
pub(crate) fn record(
    host: &Host,
    state: &State<'_>,
    change: &PackageChange,
) -> Result<RecordedPackages, Error> {
    let now = installed_now(host, change.manager)?;
    let before = state.back_up(now.to_text().as_bytes())?;
    let names = change.packages.iter().map(|(name, _, _)| name.clone()).collect();
    Ok(RecordedPackages { manager: change.manager, names, before, chosen: now.chosen })
}

/// Runs the package manager. What is installed afterwards, as the digest of a backup.
pub(crate) fn take(
    host: &Host,
    state: &State<'_>,
    change: &PackageChange,
    watch: &mut dyn Watch,
) -> Result<String, Error> {
    run_all(host, &change.commands, watch)?;
    state.back_up(installed_now(host, change.manager)?.to_text().as_bytes())
}

/// Runs package managers that outlive this program, one after another.
pub(crate) fn run_all(host: &Host, commands: &[Invocation], watch: &mut dyn Watch) -> Result<(), Error> {
    commands.iter().try_for_each(|command| understood(command, &work::run(host, command, watch)?))
}

/// Runs a package manager; where it fails, what it said is understood.
pub(crate) fn run(host: &Host, command: &Invocation) -> Result<(), Error> {
    said_by(host, command).map(drop)
}

/// The same, with what it printed.
pub(crate) fn said_by(host: &Host, command: &Invocation) -> Result<String, Error> {
    let outcome = host.run_to_end(command)?;
    understood(command, &outcome)?;
    Ok(String::from_utf8_lossy(&outcome.stdout).into_owned())
}

/// Fails where the package manager failed, with what it said understood.
fn understood(command: &Invocation, outcome: &Outcome) -> Result<(), Error> {
    if outcome.status == Some(0) {
        return Ok(());
    }
    let text = [outcome.stderr.as_slice(), b"\n", outcome.stdout.as_slice()].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    let command = command.to_string();
    Err(match Trouble::in_output(&text) {
        Some(trouble) => Error::Packages { command, trouble, said: telling(&text, trouble) },
        None => Error::CommandFailed { command, how: outcome.to_string() },
    })
}

/// The line that says it, for people.
fn telling(text: &str, trouble: Trouble) -> String {
    let missing = Trouble::missing_in(text);
    if trouble == Trouble::Unresolvable && !missing.is_empty() {
        return missing.join("; ");
    }
    let line = text.lines().find(|line| Trouble::in_output(line) == Some(trouble));
    line.unwrap_or_default().trim().to_owned()
}

/// Rolls the change back: `after` is what was installed right after it, where that is known. What
/// fails is tried again by the next rollback; only what trying again cannot mend is kept.
pub(crate) fn undo(
    host: &Host,
    state: &State<'_>,
    done: &RecordedPackages,
    after: Option<&str>,
    watch: &mut dyn Watch,
) -> Result<Undone, Error> {
    // What is installed is not known before a package manager has ended that an interrupted run left at
    // work.
    let was_left = work::left_over_ends(host, watch)?;
    let manager = Manager { kind: done.manager, tree: tree(host), only: &[] };
    let before = list(state, &done.before)?;
    let after = after.map(|digest| list(state, digest)).transpose()?;
    let mut undo = Undo { host, done, manager, before, after, watch };
    if was_left || !undo.left()?.is_nothing() {
        work::database_is_free(host, done.manager, undo.watch)?;
    }
    let kept = undo.run()?;
    match kept.as_slice() {
        [] => Ok(Undone::Yes),
        kept => Ok(Undone::Kept { why: kept.join("; "), wanted: None }),
    }
}

struct Undo<'a> {
    host: &'a Host,
    done: &'a RecordedPackages,
    manager: Manager<'a>,
    before: Installed,
    after: Option<Installed>,
    watch: &'a mut dyn Watch,
}

/// What is not as before.
#[derive(Debug)]
struct Left {
    /// Packages that came.
    came: Vec<String>,
    /// Packages that were only told to come.
    chosen: Vec<String>,
    /// Packages with their version before, and whether something else gave them the one they have.
    moved: Vec<(String, String, bool)>,
    /// Whether dpkg was cut short in this step, with any package.
    unfinished: bool,
}

impl Left {
    fn is_nothing(&self) -> bool {
        self.came.is_empty() && self.chosen.is_empty() && self.moved.is_empty() && !self.unfinished
    }
}

impl Undo<'_> {
    fn left(&self) -> Result<Left, Error> {
        let Installed { versions: now, chosen, unfinished, .. } =
            installed_now(self.host, self.done.manager)?;
        let after = self.after.as_ref().map_or(&now, |after| &after.versions);
        // Packages somebody else added later stay; so does what they changed.
        let came = |name: &&String| !self.before.versions.contains_key(*name) && after.contains_key(*name);
        let told = |name: &String| !self.done.chosen.contains(name);
        let by_others = |name: &String| now.contains_key(name) && now.get(name) != after.get(name);
        let half = |name: &String| self.done.names.contains(name) && unfinished.contains(name);
        let moved = self.before.versions.iter();
        let moved = moved.filter(|(name, version)| now.get(*name) != Some(*version) || half(name));
        Ok(Left {
            came: now.keys().filter(came).cloned().collect(),
            chosen: chosen.into_iter().filter(told).collect(),
            moved: moved.map(|(name, version)| (name.clone(), version.clone(), by_others(name))).collect(),
            // A run that came to its end left nothing: then it is not ours.
            unfinished: self.after.is_none() && !unfinished.is_empty(),
        })
    }

    /// What had to be kept, and why.
    fn run(&mut self) -> Result<Vec<String>, Error> {
        let Left { came, chosen, unfinished, .. } = self.left()?;
        let mut kept = Vec::new();
        if !came.is_empty() {
            kept.extend(self.remove(&came)?);
        }
        if !chosen.is_empty() {
            // The first run unmarks them, and dpkg forgets what is not marked when it writes the next time.
            for _ in 0..2 {
                self.program(&self.manager.remove(&chosen, true))?;
            }
        }
        if let Some(finish) = self.manager.finish().filter(|_| unfinished) {
            // A package that was broken before may make it fail; whether ours are as before is looked at now.
            let _ = work::run(self.host, &finish, self.watch)?;
        }
        let moved = self.left()?.moved;
        if moved.iter().any(|(_, _, by_others)| !by_others) {
            work::all_end(self.host, self.done.manager, self.watch)?;
        }
        for (name, version, by_others) in moved {
            if by_others {
                kept.push(format!("{name} was changed by something else since"));
                continue;
            }
            let back = self.program(&self.manager.put_all_back(&[(&name, &version)]));
            kept.extend(lasting(back, &format!("{name} {version} could not be put back"))?);
        }
        Ok(kept)
    }

    /// Takes packages away, and says what stayed and why. Debian's configuration files that
    /// somebody changed stay.
    fn remove(&mut self, names: &[String]) -> Result<Option<String>, Error> {
        let changed: Vec<String> = match self.manager.changed_files(names) {
            // Any difference makes it exit with an error; what it prints counts.
            Some(question) => {
                let said = self.host.run_to_end(&question)?.stdout;
                let said = String::from_utf8_lossy(&said).into_owned();
                // A file that is missing holds nothing that a purge could lose: a package that was never
                // configured has none.
                let there = said.lines().filter(|line| !line.starts_with("missing"));
                there.filter_map(|line| Some(line.split_once(" c ")?.1.to_owned())).collect()
            }
            None => Vec::new(),
        };
        let gone = self.program(&self.manager.remove(names, changed.is_empty()));
        let stayed = lasting(gone, &format!("{} could not be removed", names.join(" ")))?;
        let left = (!changed.is_empty()).then(|| format!("changed by hand and left: {}", changed.join(" ")));
        Ok(stayed.or(left))
    }

    fn program(&mut self, command: &Invocation) -> Result<(), Error> {
        understood(command, &work::run(self.host, command, self.watch)?)
    }
}

/// Why something has to be kept; any other failure may go away by itself.
fn lasting(outcome: Result<(), Error>, what: &str) -> Result<Option<String>, Error> {
    match outcome {
        Ok(()) => Ok(None),
        Err(error @ Error::Packages { trouble, .. }) if trouble.lasts() => {
            Ok(Some(format!("{what}: {}", chain(&error))))
        }
        Err(error) => Err(error),
    }
}

fn list(state: &State<'_>, digest: &str) -> Result<Installed, Error> {
    Ok(Installed::of_rpm(&String::from_utf8_lossy(&state.backup(digest)?)))
}
