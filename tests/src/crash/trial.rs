use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use super::{Harm, Point, Work, reference};
use crate::fake_host::{Entry, FakeHost, Tree, differences};

/// One work, ready to be harmed on fresh trees.
#[derive(Debug)]
pub struct Trial {
    worker: PathBuf,
    work: Work,
    space: tempfile::TempDir,
    old: Tree,
    new: Tree,
}

/// What was found after one point.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Finding {
    /// Whether the worker did its work.
    pub done: bool,
    /// Names that are neither old nor new.
    pub torn: Vec<String>,
    /// What differs from the old tree after everything was rolled back.
    pub lost: Vec<String>,
}

impl Trial {
    /// Lays the tree the work starts from.
    ///
    /// # Errors
    ///
    /// When it cannot be laid or the reference plan cannot be applied.
    pub fn new(worker: &Path, work: Work) -> io::Result<Self> {
        let space = tempfile::tempdir()?;
        let start = FakeHost::at(space.path().join("start"));
        reference::lay(&start);
        let old = start.files();
        let applied = FakeHost::at(space.path().join("applied"));
        copy(start.root(), applied.root())?;
        reference::apply(applied.root()).map_err(io::Error::other)?;
        let new = applied.files();
        Ok(Self { worker: worker.to_owned(), work, space, old, new })
    }

    /// The work.
    #[must_use]
    pub fn work(&self) -> Work {
        self.work
    }

    /// Every system call the worker makes when nothing disturbs it.
    ///
    /// # Errors
    ///
    /// When it cannot be traced or does not do its work.
    pub fn points(&self) -> io::Result<Vec<Point>> {
        let tree = self.fresh()?;
        let log = self.space.path().join("trace");
        let status = self.trace(&["-o", &text(&log), "-e", "trace=all"], &tree)?;
        if !status.success() {
            return Err(io::Error::other(format!("the worker failed undisturbed: {status}")));
        }
        let mut count = BTreeMap::new();
        let log = std::fs::read_to_string(log)?;
        let names = log.lines().filter_map(|line| line.split_once('(').map(|(name, _)| name.to_owned()));
        let named =
            names.filter(|name| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
        // The first call is made by strace itself, and the last one cannot be survived anyway.
        let own = named.filter(|name| name != "execve" && name != "exit_group");
        Ok(own
            .map(|call| {
                let nth = count.entry(call.clone()).and_modify(|nth| *nth += 1).or_insert(1_usize);
                Point { call, nth: *nth }
            })
            .collect())
    }

    /// Does the work on a fresh tree, harmed at `point`, and looks at what is left.
    ///
    /// # Errors
    ///
    /// When the tree cannot be made or the worker cannot be traced.
    pub fn at(&self, point: &Point, harm: Harm) -> io::Result<Finding> {
        let tree = self.fresh()?;
        let what = match harm {
            Harm::Kill => format!("signal=KILL:when={}", point.nth),
            Harm::Once(error) => format!("error={error}:when={}", point.nth),
            Harm::FromThere(error) => format!("error={error}:when={}+", point.nth),
        };
        let inject = format!("inject={}:{what}", point.call);
        let done = self.trace(&["-o", "/dev/null", "-e", &inject], &tree)?.success();
        let fake = FakeHost::at(&tree);
        let torn = self.torn(&fake.files());
        let lost = match reference::give_back(&tree) {
            Ok(()) => differences(&self.old, &fake.files()),
            Err(error) => vec![format!("not given back: {error}")],
        };
        std::fs::remove_dir_all(&tree)?;
        Ok(Finding { done, torn, lost })
    }

    fn fresh(&self) -> io::Result<PathBuf> {
        let template = match self.work {
            Work::Apply => "start",
            Work::Rollback => "applied",
        };
        let tree = self.space.path().join("tree");
        copy(&self.space.path().join(template), &tree)?;
        Ok(tree)
    }

    fn trace(&self, options: &[&str], tree: &Path) -> io::Result<ExitStatus> {
        let work = match self.work {
            Work::Apply => "apply",
            Work::Rollback => "rollback",
        };
        let worker = [&text(&self.worker), "worker", work, &text(tree)].map(str::to_owned);
        let words: Vec<&str> =
            ["-qq"].iter().chain(options).copied().chain(worker.iter().map(String::as_str)).collect();
        strace(&words)
    }

    /// Hidden names are the engine's own: readers do not take them, and recovering has to remove
    /// them.
    fn torn(&self, now: &Tree) -> Vec<String> {
        let hidden =
            |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        let timeless = |entry: Option<&Entry>| entry.map(Entry::timeless);
        let names = self.old.keys().chain(self.new.keys()).chain(now.keys()).filter(|path| !hidden(path));
        let whole = |path: &&PathBuf| {
            let entry = timeless(now.get(*path));
            entry == timeless(self.old.get(*path)) || entry == timeless(self.new.get(*path))
        };
        let mut torn: Vec<_> =
            names.filter(|path| !whole(path)).map(|path| path.display().to_string()).collect();
        torn.sort();
        torn.dedup();
        torn
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        std::fs::remove_dir_all(to)?;
    }
    let (from, to) = (text(from), text(to));
    let status = program("cp").args(["-a", &from, &to]).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other("the tree could not be copied")) }
}

pub(super) fn strace(words: &[&str]) -> io::Result<ExitStatus> {
    program("strace").args(words).stdout(Stdio::null()).stderr(Stdio::null()).status()
}

#[expect(clippy::disallowed_methods, reason = "the harness starts the tracer itself")]
fn program(name: &str) -> Command {
    Command::new(name)
}

fn text(path: &Path) -> String {
    path.display().to_string()
}
