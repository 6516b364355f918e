//! Programs of a host: how they are started, followed and ended at their time limit.

use std::fmt;
use std::fs::File;
use std::io::{self, BufRead};
use std::process::Stdio;

use super::child::{command, drain, plain_command, tell, wait};
use super::{Invocation, Outcome, follow};
use crate::Watch;

/// A way to start programs on a host.
///
/// Where programs run is the caller's to say: the running system ([`SystemCommands`]), a container,
/// another machine, or a script of answers in a test.
///
/// ```
/// use host_prep::{Commands, Host, Invocation, Outcome, fs::Root};
/// use std::{io, sync::Arc};
///
/// #[derive(Debug)]
/// struct Scripted;
///
/// impl Commands for Scripted {
///     fn run(&self, invocation: &Invocation) -> io::Result<Outcome> {
///         Ok(Outcome::new(0, format!("ran {invocation}"), ""))
///     }
/// }
///
/// # let dir = tempfile::tempdir()?;
/// let host = Host::with_commands(Root::open(dir.path())?, Arc::new(Scripted));
/// assert_eq!(host.run(&Invocation::new("uname", ["-r"]))?.stdout, b"ran uname -r");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    /// called [`detach`](crate::detach) by then.
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

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
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("child");
        let script = format!("sleep 600 & echo $! > {}; sleep 600", file.display());
        let hang = Invocation::new("sh", ["-c", script.as_str()]).within(Duration::from_millis(500));
        assert_eq!(SystemCommands.run(&hang).unwrap_err().kind(), io::ErrorKind::TimedOut);
        // Gone, or dead and not yet asked for by its new parent. The signal is sent by then; when a
        // busy kernel delivers it is the kernel's.
        let child = std::fs::read_to_string(file).unwrap();
        let stat = || std::fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
        let is_dead = |stat: &str| !stat.contains("(sleep)") || stat.contains(") Z");
        for _ in 0..400 {
            if is_dead(&stat()) {
                return;
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        panic!("it still lives: {}", stat());
    }
}
