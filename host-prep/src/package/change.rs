//! Installing packages and taking that back.

use serde::{Deserialize, Serialize};

use super::Trouble;
use super::installed::{Installed, installed_now, tree};
use super::manager::Manager;
use crate::change::Undone;
use crate::distro::PackageManager;
use crate::observed::chain;
use crate::state::{State, TransactionId, read_backup};
use crate::{Error, Host, Invocation, Outcome, Watch};

/// Packages get onto a host, or to another version. Undo: what came with it goes, what was replaced comes back where a
/// repository or the cache still has it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PackageChange {
    /// The package manager.
    pub manager: PackageManager,
    /// What is run, in order.
    pub commands: Vec<Invocation>,
    /// Each package asked for: its name, the version it has, the release it gets.
    pub packages: Vec<(String, Option<String>, Option<String>)>,
}

/// What the undo of a [`PackageChange`] needs. The list of every package before is kept as a backup under its digest.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Transaction {
    manager: PackageManager,
    names: Vec<String>,
    before: String,
}

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

/// What became of packages in a transaction, those that came along among them, by name. Takes no lock.
///
/// # Errors
///
/// [`Error::NoTransaction`], [`Error::Journal`], or a list that was kept and cannot be read.
pub fn moved(host: &Host, id: TransactionId) -> Result<Vec<Moved>, Error> {
    let lists = crate::transaction::Transaction::read(host, id)?.package_lists();
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

impl PackageChange {
    pub(crate) fn subject(&self) -> String {
        let names: Vec<_> = self.packages.iter().map(|(name, _, _)| name.as_str()).collect();
        names.join(" ")
    }

    pub(crate) fn diff(&self) -> String {
        let line = |sign: char, name: &str, version: &Option<String>| {
            version.as_ref().map(|version| format!("{sign}{name} {version}\n")).unwrap_or_default()
        };
        let before = self.packages.iter().map(|(name, before, _)| line('-', name, before));
        let after = self.packages.iter().map(|(name, _, after)| match after {
            Some(_) => line('+', name, after),
            None => format!("+{name}\n"),
        });
        let commands = self.commands.iter().map(|command| format!("$ {command}\n"));
        before.chain(after).chain(commands).collect()
    }
}

impl Transaction {
    /// The digest of the list of packages before.
    pub(crate) fn before(&self) -> &str {
        &self.before
    }

    pub(crate) fn subject(&self) -> String {
        self.names.join(" ")
    }
}

/// Writes down which packages there are.
pub(crate) fn record(host: &Host, state: &State<'_>, change: &PackageChange) -> Result<Transaction, Error> {
    let before = state.back_up(installed_now(host, change.manager)?.to_text().as_bytes())?;
    let names = change.packages.iter().map(|(name, _, _)| name.clone()).collect();
    Ok(Transaction { manager: change.manager, names, before })
}

/// Runs the package manager. What is installed afterwards, as the digest of a backup.
pub(crate) fn take(
    host: &Host,
    state: &State<'_>,
    change: &PackageChange,
    watch: &mut dyn Watch,
) -> Result<String, Error> {
    for command in &change.commands {
        understood(command, &host.attend(command, watch)?)?;
    }
    state.back_up(installed_now(host, change.manager)?.to_text().as_bytes())
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
    let line = text.lines().find(|line| Trouble::in_output(line) == Some(trouble));
    line.unwrap_or_default().trim().to_owned()
}

/// Takes the change back: `after` is what was installed right after it, where that is known.
pub(crate) fn undo(
    host: &Host,
    state: &State<'_>,
    done: &Transaction,
    after: Option<&str>,
) -> Result<Undone, Error> {
    let manager = Manager { kind: done.manager, tree: tree(host), only: &[] };
    let before = list(state, &done.before)?;
    let now = installed_now(host, done.manager)?;
    let after = after.map(|digest| list(state, digest)).transpose()?.unwrap_or_else(|| now.clone());
    let mut kept = Vec::new();

    // Packages somebody else added later stay; so does what they changed.
    let came = |name: &&String| !before.versions.contains_key(*name) && after.versions.contains_key(*name);
    let gone: Vec<String> = now.versions.keys().filter(came).cloned().collect();
    if !gone.is_empty() {
        kept.extend(remove(host, &manager, &gone)?);
    }
    let chosen: Vec<String> = now.chosen.into_iter().filter(|name| done.names.contains(name)).collect();
    if !chosen.is_empty() {
        // The first run unmarks them, and dpkg forgets what is not marked when it writes the next time.
        for _ in 0..2 {
            run(host, &manager.remove(&chosen, true))?;
        }
    }
    for (name, version) in &before.versions {
        let found = now.versions.get(name);
        if found == Some(version) {
            continue;
        }
        if found.is_some() && found != after.versions.get(name) {
            kept.push(format!("{name} was changed by something else since"));
        } else if let Err(error) = run(host, &manager.put_back(name, version)) {
            kept.push(format!("{name} {version} could not be put back: {}", chain(&error)));
        }
    }
    match kept.as_slice() {
        [] => Ok(Undone::Yes),
        kept => Ok(Undone::Kept { why: kept.join("; "), wanted: None }),
    }
}

/// Takes packages away, and says what stayed and why. Debian's configuration files that somebody changed stay.
fn remove(host: &Host, manager: &Manager<'_>, names: &[String]) -> Result<Option<String>, Error> {
    let changed = match manager.changed_files(names) {
        // Any difference makes it exit with an error; what it prints counts.
        Some(question) => {
            let said = host.run_to_end(&question)?.stdout;
            let said = String::from_utf8_lossy(&said).into_owned();
            said.lines().filter_map(|line| line.split_once(" c ").map(|(_, path)| path.to_owned())).collect()
        }
        None => Vec::new(),
    };
    let gone = run(host, &manager.remove(names, changed.is_empty()));
    Ok(match (gone, changed.is_empty()) {
        (Ok(()), true) => None,
        (Ok(()), false) => Some(format!("changed by hand and left: {}", changed.join(" "))),
        (Err(error), _) => Some(format!("{} could not be removed: {}", names.join(" "), chain(&error))),
    })
}

fn list(state: &State<'_>, digest: &str) -> Result<Installed, Error> {
    Ok(Installed::of_rpm(&String::from_utf8_lossy(&state.backup(digest)?)))
}
