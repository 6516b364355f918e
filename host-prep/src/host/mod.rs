//! The host as a handle: its file tree, and the programs that act on the running system.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::fs::Root;
use crate::{Error, Owner, Watch};

pub use invocation::{Invocation, Outcome};
pub use proxy::Proxy;

pub(crate) mod at_work;
mod follow;
mod invocation;
mod proxy;

/// Where the state directories of all owners are.
pub(crate) const STATES: &str = "/var/lib";

/// Where the engine keeps its journals and backups on a host, in a directory called after its
/// owner.
fn state_of(owner: &Owner) -> PathBuf {
    PathBuf::from(STATES).join(owner.as_str())
}

/// A host: the running one, or a tree that a host will boot from.
///
/// The crate takes nothing from the environment. What it needs of the outside is in here: which
/// tree, and how programs are started. A tree alone ([`Host::offline`]) has no kernel, so nothing
/// but files is looked at or changed.
#[derive(Debug)]
pub struct Host {
    root: Root,
    running: bool,
    commands: Option<Arc<dyn Commands>>,
    state: PathBuf,
    proxy: Option<Proxy>,
}

/// A way to start programs on a host.
pub trait Commands: fmt::Debug + Send + Sync {
    /// Runs a program to its end or to its time limit.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or did not end in time (`TimedOut`).
    fn run(&self, invocation: &Invocation) -> io::Result<Outcome>;

    /// Runs a program and hands each line to [`Watch::said`] as it comes, and stops it where
    /// [`Watch::stops`] says so. A way that cannot do so tells all lines at the end.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run), and `Interrupted` where it was stopped.
    fn follow(&self, invocation: &Invocation, watch: &mut dyn Watch) -> io::Result<Outcome> {
        let outcome = self.run(invocation)?;
        for stream in [&outcome.stdout, &outcome.stderr] {
            String::from_utf8_lossy(stream).lines().for_each(|line| watch.said(line));
        }
        Ok(outcome)
    }

    /// As [`follow`](Self::follow); `held`, a file that is open and locked, is the program's stdin,
    /// so that the lock tells others whether it is still there. A way that cannot do so holds
    /// the file itself.
    ///
    /// # Errors
    ///
    /// As [`follow`](Self::follow).
    fn follow_holding(
        &self,
        invocation: &Invocation,
        held: File,
        watch: &mut dyn Watch,
    ) -> io::Result<Outcome> {
        let outcome = self.follow(invocation, watch);
        drop(held);
        outcome
    }

    /// Runs a program that goes on where this one is killed: it writes to `files`, its stdout and
    /// its stderr, instead of pipes that end with their reader. A way that cannot do so runs it
    /// as [`follow`](Self::follow) does.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    fn apart(
        &self,
        invocation: &Invocation,
        _files: [File; 2],
        watch: &mut dyn Watch,
    ) -> io::Result<Outcome> {
        self.follow(invocation, watch)
    }
}

/// Programs of the running system, without a shell.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemCommands;

impl Host {
    /// The running host.
    ///
    /// # Errors
    ///
    /// [`Error::Root`] when `/` cannot be opened.
    pub fn live() -> Result<Self, Error> {
        Ok(Self::with_commands(Root::open("/")?, Arc::new(SystemCommands)))
    }

    fn of(root: Root, running: bool, commands: Option<Arc<dyn Commands>>) -> Self {
        Self { root, running, commands, state: state_of(&Owner::default()), proxy: None }
    }

    /// The tree of a host that is not running: an image being built, a mounted disk.
    #[must_use]
    pub fn offline(root: Root) -> Self {
        Self::of(root, false, None)
    }

    /// A tree with a kernel under it (`/proc`, `/sys`), and a way to start programs there.
    #[must_use]
    pub fn with_commands(root: Root, commands: Arc<dyn Commands>) -> Self {
        Self::of(root, true, Some(commands))
    }

    /// The tree of a host that is not running, whose packages are installed from outside: `dnf
    /// --installroot`, `zypper --root`, `chroot DIR apt-get`. The programs are those of the
    /// machine the image is built on.
    #[must_use]
    pub fn image(root: Root, commands: Arc<dyn Commands>) -> Self {
        Self::of(root, false, Some(commands))
    }

    /// The same host with journals and backups kept elsewhere in its tree. Default: `/var/lib/` and
    /// the owner.
    #[must_use]
    pub fn with_state(self, state: impl Into<PathBuf>) -> Self {
        Self { state: state.into(), ..self }
    }

    /// The file tree.
    #[must_use]
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Whether there is a running kernel to look at and to change.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.running
    }

    /// Whether programs can be started for it.
    #[must_use]
    pub(crate) fn runs_programs(&self) -> bool {
        self.commands.is_some()
    }

    /// The tree that programs have to be pointed at; `None` where they run in it.
    #[must_use]
    pub fn image_root(&self) -> Option<&std::path::Path> {
        (!self.running).then(|| self.root.path())
    }

    /// The same host, changed in the name of `owner`: state directory, drop-ins, headers, marks,
    /// units and temporary files are called after it. Default: `k8sprep`.
    #[must_use]
    pub fn owned_by(self, owner: Owner) -> Self {
        let own = self.state == state_of(self.owner());
        let state = if own { state_of(&owner) } else { self.state };
        Self { root: self.root.owned_by(owner), state, ..self }
    }

    /// In whose name it is changed.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        self.root.owner()
    }

    pub(crate) fn state(&self) -> &std::path::Path {
        &self.state
    }

    /// Runs a program that has to succeed.
    ///
    /// # Errors
    ///
    /// [`Error::CommandFailed`] when it does not, [`Error::Command`] when it could not be run,
    /// [`Error::Offline`] where there is no running host.
    pub fn run(&self, invocation: &Invocation) -> Result<Outcome, Error> {
        let outcome = self.run_to_end(invocation)?;
        if outcome.status == Some(0) {
            return Ok(outcome);
        }
        Err(Error::CommandFailed { command: invocation.to_string(), how: outcome.to_string() })
    }

    /// Runs a program, however it ends.
    ///
    /// # Errors
    ///
    /// [`Error::Command`] when it could not be run, [`Error::Offline`] where there is no running
    /// host.
    pub fn run_to_end(&self, invocation: &Invocation) -> Result<Outcome, Error> {
        let command = invocation.to_string();
        let Some(commands) = &self.commands else { return Err(Error::Offline { command }) };
        commands.run(&self.told(invocation)).map_err(|source| Error::Command { command, source })
    }

    /// Runs a program that takes its time, however it ends; `watch` hears each line as it comes and
    /// may stop it.
    ///
    /// # Errors
    ///
    /// [`Error::Command`] when it could not be run, did not end in time or was stopped,
    /// [`Error::Offline`] where there is no running host.
    pub fn follow(&self, invocation: &Invocation, watch: &mut dyn Watch) -> Result<Outcome, Error> {
        let command = invocation.to_string();
        let Some(commands) = &self.commands else { return Err(Error::Offline { command }) };
        commands.follow(&self.told(invocation), watch).map_err(|source| Error::Command { command, source })
    }
}

impl Host {
    /// Runs a program of a step, however it ends; `watch` hears how long it takes. It is not
    /// stopped half way.
    pub(crate) fn attend(&self, invocation: &Invocation, watch: &mut dyn Watch) -> Result<Outcome, Error> {
        self.follow(invocation, &mut Aside { watch, may_stop: false })
    }

    /// Follows a program that has `held` as its stdin: an open file that is locked as long as it is
    /// there.
    pub(crate) fn follow_holding(
        &self,
        invocation: &Invocation,
        held: File,
        watch: &mut dyn Watch,
    ) -> Result<Outcome, Error> {
        let command = invocation.to_string();
        let Some(commands) = &self.commands else { return Err(Error::Offline { command }) };
        commands
            .follow_holding(&self.told(invocation), held, watch)
            .map_err(|source| Error::Command { command, source })
    }

    /// Runs a program of a step that goes on where this one is killed; it writes to `files`. It is
    /// not stopped half way.
    pub(crate) fn apart(
        &self,
        invocation: &Invocation,
        files: [File; 2],
        watch: &mut dyn Watch,
    ) -> Result<Outcome, Error> {
        let command = invocation.to_string();
        let Some(commands) = &self.commands else { return Err(Error::Offline { command }) };
        let watch = &mut Aside { watch, may_stop: false };
        commands
            .apart(&self.told(invocation), files, watch)
            .map_err(|source| Error::Command { command, source })
    }

    /// Runs a program that has to succeed; `watch` hears how long it takes and may stop it.
    pub(crate) fn await_end(&self, invocation: &Invocation, watch: &mut dyn Watch) -> Result<Outcome, Error> {
        let outcome = self.follow(invocation, &mut Aside { watch, may_stop: true })?;
        if outcome.status == Some(0) {
            return Ok(outcome);
        }
        Err(Error::CommandFailed { command: invocation.to_string(), how: outcome.to_string() })
    }
}

/// Hears how long a program takes, and nothing of what it says.
struct Aside<'a> {
    watch: &'a mut dyn Watch,
    may_stop: bool,
}

impl Watch for Aside<'_> {
    fn waits(&mut self, since: Duration) {
        self.watch.waits(since);
    }

    fn awaits(&mut self, what: &str) {
        self.watch.awaits(what);
    }

    fn stops(&mut self) -> bool {
        self.may_stop && self.watch.stops()
    }
}

impl Commands for SystemCommands {
    fn run(&self, invocation: &Invocation) -> io::Result<Outcome> {
        let mut child = command(invocation).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        tell(&mut child, invocation.stdin());
        let stdout = drain(child.stdout.take());
        let stderr = drain(child.stderr.take());
        let status = wait(&mut child, invocation.limit, &mut |_| {});
        let (stdout, stderr) = (stdout.join(), stderr.join());
        let read = |joined: std::thread::Result<Vec<u8>>| joined.unwrap_or_default();
        Ok(Outcome { status: status?.code(), stdout: read(stdout), stderr: read(stderr) })
    }

    fn follow(&self, invocation: &Invocation, watch: &mut dyn Watch) -> io::Result<Outcome> {
        follow::run(command(invocation), invocation.stdin(), invocation.limit, watch)
    }

    fn follow_holding(
        &self,
        invocation: &Invocation,
        held: File,
        watch: &mut dyn Watch,
    ) -> io::Result<Outcome> {
        let mut command = command(invocation);
        command.stdin(held);
        follow::run(command, &[], invocation.limit, watch)
    }

    fn apart(&self, invocation: &Invocation, files: [File; 2], watch: &mut dyn Watch) -> io::Result<Outcome> {
        follow::run_into(command(invocation), files, invocation.limit, watch)
    }
}

impl SystemCommands {
    /// Starts a program that goes on after this one ends, and waits for its first line: it has
    /// called [`detach`] by then.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or ends without a word.
    pub fn start(invocation: &Invocation) -> io::Result<()> {
        // Not in a group of its own: the leader of a group cannot leave the session.
        let mut child = plain_command(invocation).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            io::BufReader::new(stdout).read_line(&mut line)?;
        }
        if line.is_empty() {
            let status = child.wait()?;
            return Err(io::Error::other(format!("`{invocation}` ended at once: {status}")));
        }
        Ok(())
    }
}

/// What a program printed, on one line; nothing where it cannot be asked.
pub(crate) fn log(host: &Host, question: &Invocation) -> String {
    let said = host.run_to_end(question).map(|outcome| outcome.stdout).unwrap_or_default();
    String::from_utf8_lossy(&said)
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join(" | ")
}

/// Leaves the session this process was started in, so that the end of the shell does not end it.
///
/// # Errors
///
/// When the process leads a process group already.
pub fn detach() -> io::Result<()> {
    rustix::process::setsid()?;
    Ok(())
}

/// In a group of its own, so that all of it can be ended, and Ctrl-C, meant for the step's edge,
/// does not end it half way.
fn command(invocation: &Invocation) -> Command {
    let mut command = plain_command(invocation);
    command.process_group(0);
    command
}

#[expect(clippy::disallowed_methods, reason = "the one place where programs are started")]
fn plain_command(invocation: &Invocation) -> Command {
    let mut command = Command::new(&invocation.program);
    // Answers are read by programs: no translation.
    let stdin = if invocation.stdin().is_empty() { Stdio::null() } else { Stdio::piped() };
    command.args(&invocation.args).env("LC_ALL", "C").stdin(stdin);
    command.envs(invocation.environment().iter().map(|(name, value)| (name, value)));
    command
}

/// Writes what a program is told, and closes its stdin.
fn tell(child: &mut Child, told: &[u8]) {
    if let Some(mut stdin) = child.stdin.take() {
        // One that ended without reading says so by its status.
        let _ = stdin.write_all(told);
    }
}

fn drain(stream: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is still worth telling.
        let _ = stream.map(|mut stream| stream.read_to_end(&mut bytes));
        bytes
    })
}

/// Waits until a program ends, and ends it at its time limit; `waits` hears how long it takes.
fn wait(
    child: &mut Child,
    limit: Duration,
    waits: &mut dyn FnMut(Duration),
) -> io::Result<std::process::ExitStatus> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if begun.elapsed() >= limit {
            signal(child, Signal::KILL);
            child.wait()?;
            return Err(too_late(limit));
        }
        waits(begun.elapsed());
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}

/// Sends a signal to a program and all it started, if it is still there.
fn signal(child: &Child, signal: Signal) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may have ended by itself just now.
        let _ = kill_process_group(group, signal);
    }
}

fn too_late(limit: Duration) -> io::Error {
    let text = format!("it did not end within {} s and was stopped", limit.as_secs_f32());
    io::Error::new(io::ErrorKind::TimedOut, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_run_to_its_end() {
        let outcome = SystemCommands.run(&Invocation::new("printf", ["%s", "a b"])).unwrap();
        assert_eq!(outcome, Outcome::new(0, "a b", ""));
    }

    #[test]
    fn what_a_program_is_told_is_neither_shown_nor_kept() {
        let told = Invocation::new("sh", ["-c", "tr '\\0' ' ' < /proc/$$/cmdline; cat"]).told("s3cret");
        let outcome = SystemCommands.run(&told).unwrap();
        assert!(outcome.stdout.ends_with(b"cat s3cret"), "{}", String::from_utf8_lossy(&outcome.stdout));
        assert_eq!(SystemCommands.follow(&told, &mut crate::NoProgress).unwrap().stdout, outcome.stdout);
        let shown = format!("{told} {told:?} {}", serde_json::to_string(&told).unwrap());
        assert!(!shown.contains("s3cret"), "{shown}");
        // Not read at all.
        assert_eq!(SystemCommands.run(&Invocation::new("true", [""]).told("x")).unwrap().status, Some(0));
    }

    #[test]
    fn a_program_that_hangs_is_stopped_with_its_children() {
        let hang = Invocation::new("sh", ["-c", "sleep 60 & sleep 60"]).within(Duration::from_millis(50));
        let start = Instant::now();
        assert_eq!(SystemCommands.run(&hang).unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!(start.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn failure_says_what_the_program_said() {
        let host = Host::live().unwrap();
        let error = host.run(&Invocation::new("sh", ["-c", "echo no >&2; exit 3"])).unwrap_err();
        assert_eq!(error.to_string(), "`sh -c echo no >&2; exit 3` failed: exit status 3: no");
    }
}
