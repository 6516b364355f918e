//! The crash table: the engine is stopped or failed at every system call it makes, and everything
//! is looked at after.
//!
//! A worker process applies or rolls back the reference plan under `strace`, which kills it at its
//! n-th call of a kind or makes that call fail. Then every name in the tree has to be old or new,
//! and recovering has to give the old tree back: every byte, mode, owner, attribute and time.

mod reference;
mod trial;

use std::path::{Path, PathBuf};

pub use reference::{desired, lay};
pub use trial::{Finding, Trial};

/// What is stopped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Work {
    /// Applying the reference plan.
    Apply,
    /// Rolling it back.
    Rollback,
}

/// What happens at a point.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Harm {
    /// SIGKILL as the call is entered.
    Kill,
    /// The call fails once.
    Once(&'static str),
    /// The call and every further one of its kind fails.
    FromThere(&'static str),
}

/// What one error is to the engine: the file system's last word, or nothing.
pub const ERRORS: [&str; 5] = ["ENOSPC", "EIO", "EROFS", "EPERM", "EINTR"];
/// Errors that do not go away by themselves.
pub const LASTING: [&str; 2] = ["ENOSPC", "EROFS"];

/// System calls that change a file system.
const WRITING: [&str; 21] = [
    "chmod",
    "fallocate",
    "fchmod",
    "fchmodat",
    "fchmodat2",
    "fchown",
    "fchownat",
    "fdatasync",
    "fremovexattr",
    "fsetxattr",
    "fsync",
    "ftruncate",
    "linkat",
    "mkdirat",
    "openat",
    "renameat",
    "renameat2",
    "symlinkat",
    "unlinkat",
    "utimensat",
    "write",
];

/// A system call the worker makes: its name, and how many of the name came before it, plus one.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Point {
    /// Name of the call.
    pub call: String,
    /// Which of its kind, from 1.
    pub nth: usize,
}

impl Point {
    /// Whether the call changes a file system.
    #[must_use]
    pub fn writes(&self) -> bool {
        WRITING.contains(&self.call.as_str())
    }
}

/// What a table counted.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Table {
    /// Points tried, each on a fresh tree.
    pub tried: usize,
    /// Points at which the worker did its work in spite of it.
    pub unharmed: usize,
    /// Interrupted calls (EINTR) that kept the work from being done.
    pub interrupted: Vec<String>,
    /// Names that were neither old nor new after a point.
    pub torn: Vec<String>,
    /// Points after which the old tree did not come back.
    pub lost: Vec<String>,
}

/// Whether `strace` is here and may trace.
#[must_use]
pub fn can_trace() -> bool {
    let tried = trial::strace(&["-qq", "-o", "/dev/null", "true"]);
    tried.is_ok_and(|status| status.success())
}

/// Tries every `stride`-th point of both works under every harm. `worker` is the program whose
/// `worker` command does the work; `say` hears of the progress.
///
/// # Errors
///
/// When trees cannot be made or the worker cannot be traced.
pub fn run(worker: &Path, stride: usize, say: &mut dyn FnMut(&str)) -> std::io::Result<Table> {
    let mut table = Table::default();
    for work in [Work::Apply, Work::Rollback] {
        let trial = Trial::new(worker, work)?;
        let points = trial.points()?;
        let writing: Vec<_> = points.iter().filter(|point| point.writes()).cloned().collect();
        say(&format!("{work:?}: {} system calls, {} of them writing", points.len(), writing.len()));
        table.row(&trial, &points, Harm::Kill, stride)?;
        for error in ERRORS {
            table.row(&trial, &writing, Harm::Once(error), stride)?;
        }
        for error in LASTING {
            table.row(&trial, &writing, Harm::FromThere(error), stride)?;
        }
        say(&format!(
            "{work:?}: {} points so far, torn {}, lost {}",
            table.tried,
            table.torn.len(),
            table.lost.len()
        ));
    }
    Ok(table)
}

impl Table {
    fn row(&mut self, trial: &Trial, points: &[Point], harm: Harm, stride: usize) -> std::io::Result<()> {
        for point in points.iter().step_by(stride.max(1)) {
            let finding = trial.at(point, harm)?;
            let place = format!("{:?} {harm:?} at {} {}", trial.work(), point.call, point.nth);
            self.tried += 1;
            self.unharmed += usize::from(finding.done);
            if harm == Harm::Once("EINTR") && !finding.done {
                self.interrupted.push(place.clone());
            }
            self.torn.extend(finding.torn.iter().map(|name| format!("{place}: {name}")));
            self.lost.extend(finding.lost.iter().map(|what| format!("{place}: {what}")));
        }
        Ok(())
    }
}

/// What the worker process does: `apply ROOT` or `rollback ROOT`. Whether the work was done.
///
/// # Errors
///
/// When the words are others.
pub fn work(words: &[String]) -> Result<bool, String> {
    match words {
        [work, root] if work == "apply" => Ok(reference::apply(&PathBuf::from(root)).is_ok()),
        [work, root] if work == "rollback" => Ok(reference::roll_back(&PathBuf::from(root)).is_ok()),
        other => Err(format!("`worker {}` is not known", other.join(" "))),
    }
}
