//! A program as a process: how it is started, told, read, waited for and ended.

use std::io::{self, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::Invocation;

/// In a group of its own, so that all of it can be ended, and Ctrl-C, meant for the step's edge,
/// does not end it half way.
pub(super) fn command(invocation: &Invocation) -> Command {
    let mut command = plain_command(invocation);
    command.process_group(0);
    command
}

#[expect(clippy::disallowed_methods, reason = "the one place where programs are started")]
pub(super) fn plain_command(invocation: &Invocation) -> Command {
    let mut command = Command::new(&invocation.program);
    // Answers are read by programs: no translation.
    let stdin = if invocation.stdin().is_empty() { Stdio::null() } else { Stdio::piped() };
    command.args(&invocation.args).env("LC_ALL", "C").stdin(stdin);
    command.envs(invocation.environment().iter().map(|(name, value)| (name, value)));
    command
}

/// Writes what a program is told, and closes its stdin.
pub(super) fn tell(child: &mut Child, told: &[u8]) {
    if let Some(mut stdin) = child.stdin.take() {
        // One that ended without reading says so by its status.
        let _ = stdin.write_all(told);
    }
}

pub(super) fn drain(stream: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What was read before an error is still worth telling.
        let _ = stream.map(|mut stream| stream.read_to_end(&mut bytes));
        bytes
    })
}

/// Waits until a program ends, and ends it at its time limit; `waits` hears how long it takes.
pub(super) fn wait(
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
pub(super) fn signal(child: &Child, signal: Signal) {
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        // It may have ended by itself just now.
        let _ = kill_process_group(group, signal);
    }
}

pub(super) fn too_late(limit: Duration) -> io::Error {
    let text = format!("it did not end within {} s and was stopped", limit.as_secs_f32());
    io::Error::new(io::ErrorKind::TimedOut, text)
}
