//! `k8sprep` with a real cluster: the whole way, and every way back from a kubeadm that was stopped
//! on it.
//!
//! What is found is a table of trials, told as they end. A trial that does not end as it has to
//! leaves what was said in a file of its own.

mod checks;
mod fleet;
mod ills;
mod join;
mod kills;
mod phases;
mod roads;
mod runtimes;
mod upgrades;
mod web;

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::booted::Said;
use crate::booted::cluster::{K8SPREP, Node, Running, Site};

pub use fleet::fleet;
pub use ills::{ills, named_ills};
pub use kills::kills;
pub use phases::inits;
pub use roads::roads;
pub use runtimes::runtimes;
pub use upgrades::upgrades;

/// How much is tried.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a part of it, or all")]
pub enum Extent {
    /// The road alone: nothing is stopped on it.
    Road,
    /// Each phase once, the signals in turn, and `down` from every third.
    Sample,
    /// Each phase with both signals, resumed and taken down, and `up` after that.
    Table,
}

/// How kubeadm and what runs it are stopped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Stop {
    Kill,
    CtrlC,
}

/// What comes after the stop.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Then {
    Resume,
    Down,
}

/// What was tried so far.
#[derive(Debug)]
pub struct Trials {
    logs: PathBuf,
    /// How many there were.
    pub tried: usize,
    /// How many did not end as they have to.
    pub wrong: usize,
    /// How many came to their end before they could be stopped, so that they prove nothing of a
    /// stop.
    pub early: usize,
    tell: fn(&str),
}

/// A trial on its way: what was said and what was not as it has to be.
#[derive(Debug, Default)]
struct Trial {
    said: String,
    wrong: Vec<String>,
    early: bool,
    /// What the test bed failed at, the first time.
    bed: Option<String>,
}

impl Trials {
    /// None yet. Transcripts of those that fail go to `logs`, and every result to `tell`.
    #[must_use]
    pub fn new(logs: PathBuf, tell: fn(&str)) -> Self {
        Self { logs, tried: 0, wrong: 0, early: 0, tell }
    }

    /// Counts those of `other` as well.
    pub fn add(&mut self, other: &Self) {
        self.tried += other.tried;
        self.wrong += other.wrong;
        self.early += other.early;
    }

    /// Tells something of a trial.
    fn note(&self, text: &str) {
        (self.tell)(text);
    }

    /// Runs one that makes a host of its own. Where the test bed failed, and not what is tried,
    /// nothing was tried: it is said, and done once more.
    fn on_a_new_host(&mut self, name: &str, mut run: impl FnMut(&mut Trial) -> io::Result<()>) {
        self.trial(name, |trial| {
            let Err(error) = run(trial) else { return Ok(()) };
            trial.said.push_str(&format!("## the test bed failed: {error}\n"));
            if !trial.wrong.is_empty() {
                return Err(error);
            }
            trial.bed = Some(error.to_string());
            run(trial)
        });
    }

    /// Runs one. An error of the test bed is one that did not end as it has to.
    fn trial(&mut self, name: &str, run: impl FnOnce(&mut Trial) -> io::Result<()>) {
        let (begin, mut trial) = (Instant::now(), Trial::default());
        if let Err(error) = run(&mut trial) {
            trial.wrong.push(error.to_string());
        }
        if let Some(bed) = &trial.bed {
            (self.tell)(&format!("    done once more, since the test bed failed: {bed}"));
        }
        self.tried += 1;
        self.early += usize::from(trial.early);
        let result = match (trial.wrong.is_empty(), trial.early) {
            (false, _) => "FAILED",
            (true, true) => "early",
            (true, false) => "ok",
        };
        (self.tell)(&format!("{name:<58} {result:<6} {:>4} s", begin.elapsed().as_secs()));
        if trial.wrong.is_empty() {
            return;
        }
        self.wrong += 1;
        let file = self.logs.join(name.replace([' ', ',', '\'', '/'], "-"));
        for wrong in &trial.wrong {
            (self.tell)(&format!("    {}", wrong.lines().take(12).collect::<Vec<_>>().join("\n    ")));
        }
        #[expect(clippy::disallowed_methods, reason = "a transcript of the test")]
        let _ = std::fs::write(&file, trial.said);
        (self.tell)(&format!("    see {}", file.display()));
    }
}

impl Trial {
    /// Runs a program of a host; what it says is in the transcript.
    fn run(&mut self, node: &Node, words: &[&str]) -> io::Result<Said> {
        let said = node.run(words)?;
        self.note(words, &said);
        Ok(said)
    }

    /// Adds to the transcript.
    fn say(&mut self, text: &str) {
        self.said.push_str(text);
    }

    fn note(&mut self, words: &[&str], said: &Said) {
        let text =
            format!("## {}\n{}{}## ended with {:?}\n", words.join(" "), said.out, said.err, said.status);
        self.said.push_str(&text);
    }

    /// The same, which has to end with `status`.
    fn ends(&mut self, node: &Node, words: &[&str], status: i32) -> io::Result<Said> {
        let said = self.run(node, words)?;
        if said.status != Some(status) {
            let last = last_lines(&format!("{}{}", said.out, said.err));
            let short: Vec<&str> = words.iter().copied().filter(|word| word.len() < 40).collect();
            self.wrong.push(format!(
                "`{}` ended with {:?} and not {status}:\n{last}",
                short.join(" "),
                said.status
            ));
        }
        Ok(said)
    }

    /// Starts `up` and stops it when it has said `text`.
    fn stopped(&mut self, node: &Node, words: &[&str], text: &str, stop: Stop) -> io::Result<()> {
        let mut running: Running = node.start(words)?;
        let came = running.until(text);
        match stop {
            Stop::Kill => running.kill(),
            Stop::CtrlC => running.interrupt(),
        }
        let said = running.end()?;
        self.note(words, &said);
        if !came {
            let last = last_lines(&said.out);
            self.wrong.push(format!("`{text}` never came, so nothing was stopped:\n{last}"));
        }
        // A phase may last less than the signal is on its way.
        self.early = said.status == Some(0);
        Ok(())
    }
}

/// What is said last names the cause.
fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(6)..].join("\n")
}

impl Stop {
    fn name(self) -> &'static str {
        match self {
            Self::Kill => "SIGKILL",
            Self::CtrlC => "Ctrl-C",
        }
    }
}

impl Extent {
    /// The trials of the `nth` phase.
    fn of(self, nth: usize) -> Vec<(Stop, Then)> {
        let turn = if nth.is_multiple_of(2) { Stop::Kill } else { Stop::CtrlC };
        match self {
            Self::Sample if nth % 3 == 2 => vec![(turn, Then::Resume), (turn, Then::Down)],
            Self::Road => Vec::new(),
            Self::Sample => vec![(turn, Then::Resume)],
            Self::Table => {
                let all = [Stop::Kill, Stop::CtrlC].into_iter();
                all.flat_map(|stop| [(stop, Then::Resume), (stop, Then::Down)]).collect()
            }
        }
    }
}

/// Asks until it is so, or the time is over.
fn within(seconds: u64, mut so: impl FnMut() -> io::Result<bool>) -> io::Result<bool> {
    let end = Instant::now() + Duration::from_secs(seconds);
    loop {
        if so()? {
            return Ok(true);
        }
        if Instant::now() > end {
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(500));
    }
}

/// A control plane's words of `up`: with the pod network of the tests.
const PLANE: [&str; 2] = ["--cni", "/opt/k8sprep/flannel.yml"];

/// A host on which all of a control plane is there, but kubeadm has not run.
///
/// # Errors
/// What failed.
pub fn prepared(site: &Site) -> io::Result<crate::booted::cluster::Snapshot> {
    let mut node = site.host("cp1", None)?;
    site.spec(&node, "");
    node.boot()?;
    node.ask(&site.up(&["--prepare-only"]))?;
    site.pull(&node)?;
    node.keep()
}

/// What joins a cluster: a spec with a token and the pin of its CA.
fn join_spec(site: &Site, plane: &Node, worker: &Node) -> io::Result<()> {
    let token = plane.ask(&["kubeadm", "token", "create"])?;
    let pin = plane.ask(&[K8SPREP, "ca-hash"])?;
    let more = format!(
        "role: worker\njoin:\n  apiServerEndpoint: 192.0.2.11:6443\n  token: {}\n  caCertHashes: [\"{}\"]\n",
        token.trim(),
        pin.trim()
    );
    site.spec(worker, &more);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_stops_every_phase_once_and_takes_every_third_down() {
        let of = |nth| Extent::Sample.of(nth);
        assert_eq!(of(0), [(Stop::Kill, Then::Resume)]);
        assert_eq!(of(1), [(Stop::CtrlC, Then::Resume)]);
        assert_eq!(of(2), [(Stop::Kill, Then::Resume), (Stop::Kill, Then::Down)]);
        assert_eq!(Extent::Table.of(0).len(), 4);
    }
}
