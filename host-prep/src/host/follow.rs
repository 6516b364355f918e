//! Running a program whose lines are wanted while it runs.

use std::io::{self, BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{Outcome, signal, too_late};
use crate::Watch;

/// How often the end, the time limit and the wish to stop are looked at while the program is silent.
const TICK: Duration = Duration::from_millis(50);
/// What a program that was asked to end gets to put its things in order.
const GRACE: Duration = Duration::from_secs(5);
/// A program's end is not the end of its output where something it left behind holds the other end.
const AFTER_THE_END: Duration = Duration::from_secs(1);

enum Stream {
    Out,
    Err,
}

type Line = (Stream, Vec<u8>);

/// Runs `command` for at most `limit`; every line is heard as it comes.
pub(super) fn run(mut command: Command, limit: Duration, watch: &mut dyn Watch) -> io::Result<Outcome> {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
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
        // What was read before an error is still worth telling. Nobody listens any more: nobody has to be told.
        while matches!(stream.read_until(b'\n', &mut line), Ok(1..)) {
            if lines.send((which(), std::mem::take(&mut line))).is_err() {
                break;
            }
        }
    });
}
