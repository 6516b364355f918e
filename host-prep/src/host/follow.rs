//! Running a program whose lines are wanted while it runs, and one that outlives its reader.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::Outcome;
use super::child::{signal, tell, too_late, wait};
use crate::Watch;

/// How often the end, the time limit and the wish to stop are looked at while the program is
/// silent.
const TICK: Duration = Duration::from_millis(50);
/// What a program that was asked to end gets to put its things in order.
const GRACE: Duration = Duration::from_secs(5);
/// A program's end is not the end of its output where something it left behind holds the other end.
const AFTER_THE_END: Duration = Duration::from_secs(1);

/// More of an output is not kept.
const MOST: usize = 16 << 20;

enum Stream {
    Out,
    Err,
}

type Line = (Stream, Vec<u8>);

/// Runs `command` for at most `limit`, with `told` on its stdin; every line is heard as it comes.
pub(super) fn run(
    mut command: Command,
    told: &[u8],
    limit: Duration,
    watch: &mut dyn Watch,
) -> io::Result<Outcome> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    tell(&mut child, told);
    let (sender, lines) = channel();
    read(child.stdout.take(), sender.clone(), || Stream::Out);
    read(child.stderr.take(), sender, || Stream::Err);
    let mut outcome = Outcome::default();
    let begun = Instant::now();
    let status = to_its_end(&mut child, limit, &lines, &mut |line| {
        watch.waits(begun.elapsed());
        hear(&mut outcome, line, watch)
    });
    outcome.status = status?.code();
    Ok(outcome)
}

/// Runs `command` for at most `limit`; what it writes goes to files, which are read when it has
/// ended.
pub(super) fn run_into(
    mut command: Command,
    files: [File; 2],
    limit: Duration,
    watch: &mut dyn Watch,
) -> io::Result<Outcome> {
    let [out, err] = &files;
    let mut child = command.stdout(out.try_clone()?).stderr(err.try_clone()?).spawn()?;
    // The command has copies of the handles.
    drop(command);
    let status = wait(&mut child, limit, &mut |since| watch.waits(since))?;
    Ok(Outcome { status: status.code(), stdout: content(out)?, stderr: content(err)? })
}

/// The file from its first byte on, wherever the program that wrote it has left the position they
/// share.
fn content(file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX).min(MOST)];
    let mut len = 0;
    while len < bytes.len() {
        match file.read_at(&mut bytes[len..], len as u64) {
            Ok(0) => break,
            Ok(more) => len += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    bytes.truncate(len);
    Ok(bytes)
}

/// Lines with the watch that hears them and says whether to go on.
type Hear<'a> = &'a mut dyn FnMut(Option<Line>) -> bool;

fn to_its_end(
    child: &mut Child,
    limit: Duration,
    lines: &Receiver<Line>,
    hear: Hear<'_>,
) -> io::Result<ExitStatus> {
    let end = Instant::now() + limit;
    let status = loop {
        let line = match lines.recv_timeout(TICK) {
            Ok(line) => Some(line),
            Err(RecvTimeoutError::Timeout) => None,
            // Nothing more will be said; it has ended or is about to.
            Err(RecvTimeoutError::Disconnected) => {
                std::thread::sleep(TICK / 10);
                None
            }
        };
        if !hear(line) {
            return Err(stopped(child));
        }
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() >= end {
            signal(child, Signal::KILL);
            child.wait()?;
            return Err(too_late(limit));
        }
    };
    let end = Instant::now() + AFTER_THE_END;
    while Instant::now() < end
        && let Ok(line) = lines.recv_timeout(end.saturating_duration_since(Instant::now()))
    {
        hear(Some(line));
    }
    Ok(status)
}

/// Adds a line to the outcome and tells it. Whether to go on.
fn hear(outcome: &mut Outcome, line: Option<Line>, watch: &mut dyn Watch) -> bool {
    if let Some((stream, bytes)) = line {
        watch.said(String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']));
        match stream {
            Stream::Out => outcome.stdout.extend(bytes),
            Stream::Err => outcome.stderr.extend(bytes),
        }
    }
    !watch.stops()
}

fn stopped(child: &mut Child) -> io::Error {
    signal(child, Signal::TERM);
    let end = Instant::now() + GRACE;
    while Instant::now() < end && matches!(child.try_wait(), Ok(None)) {
        std::thread::sleep(TICK);
    }
    signal(child, Signal::KILL);
    let _ = child.wait();
    io::Error::new(io::ErrorKind::Interrupted, "it was stopped on request")
}

fn read(
    stream: Option<impl Read + Send + 'static>,
    lines: Sender<Line>,
    which: impl Fn() -> Stream + Send + 'static,
) {
    std::thread::spawn(move || {
        let Some(mut stream) = stream.map(BufReader::new) else { return };
        let mut line = Vec::new();
        // What was read before an error is still worth telling. Nobody listens any more: nobody has to be
        // told.
        while matches!(stream.read_until(b'\n', &mut line), Ok(1..)) {
            if lines.send((which(), std::mem::take(&mut line))).is_err() {
                break;
            }
        }
    });
}
