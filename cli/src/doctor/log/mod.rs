//! What the logs of a node say: the journal of the kubelet and the runtime, the kernel's ring, the
//! logs of the control plane's pods, and files that somebody hands over.
//!
//! A line is a symptom. Where the check it points to fires by its own rule, it is one more piece of
//! evidence; else it is a finding of its own, under the cause that explains it where one fires.
//!
//! The pipeline: `source` asks journalctl and reads pods' files (or a caller hands over a file),
//! `line` parses a line, `joined` puts values of several lines together, `matched` finds the
//! patterns of `table`, `tally` decides whether what was said is still so, and `secret` writes the
//! sample that a finding shows.
//!
//! Bounds: 4000 lines and 8 MiB of a unit, 1 MiB of a container, 24 containers, 5 s for each
//! question. A log that is longer is read at its newest end.

mod joined;
mod line;
mod matched;
mod program;
mod secret;
mod source;
mod table;
mod tally;
#[cfg(test)]
mod tests;
mod timeline;

use std::collections::BTreeMap;
use std::io::{self, BufRead, Read};
use std::time::SystemTime;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::finding::{Evidence, Severity, Unread};
use joined::Joined;
use line::Line;
use matched::{Found, Matcher};
use program::Program;
use tally::Tally;

pub(super) use table::{Message, messages};
pub use timeline::{Level, Moment, Timeline, WhichLines};

/// A line may be that long; the rest of it is not looked at.
const MAX_LINE: u64 = 64 << 10;

/// So much of a line is kept.
const KEPT: usize = 2 << 10;

/// Logs that are read, and what of them counts.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub struct Logs {
    now: Timestamp,
    said: Vec<Said>,
    unread: Vec<Unread>,
    /// The journal of the disk has been read.
    disk: bool,
}

/// What a program said that points to a check.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Said {
    /// The check's name.
    pub code: &'static str,
    /// The program that said it.
    pub program: &'static str,
    /// How often.
    pub count: u64,
    /// When first, where the log has times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// When last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
    /// The newest such line, without passwords and tokens.
    pub sample: String,
    /// How bad it is by itself; `None`: it is evidence alone, or is not so any more.
    #[serde(skip)]
    pub(super) severity: Option<Severity>,
}

/// Each line of a log, cut where it is longer than [`MAX_LINE`], with the program that says what
/// names none: `default`, or kubeadm from its first line on.
fn each_line(
    mut input: impl BufRead,
    mut default: Option<Program>,
    mut take: impl FnMut(&str, Option<Program>),
) -> io::Result<()> {
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if (&mut input).take(MAX_LINE).read_until(b'\n', &mut bytes)? == 0 {
            return Ok(());
        }
        let text = String::from_utf8_lossy(bytes.trim_ascii_end());
        if default.is_none() && (text.starts_with("[preflight] ") || text.starts_with("[init] ")) {
            default = Some(Program::Kubeadm);
        }
        take(&text, default);
    }
}

impl Logs {
    /// None yet. `now` is the time they are looked at: a log may have times without a year.
    #[must_use]
    pub fn new(now: SystemTime) -> Self {
        Self {
            now: Timestamp::try_from(now).unwrap_or(Timestamp::UNIX_EPOCH),
            said: Vec::new(),
            unread: Vec::new(),
            disk: false,
        }
    }

    /// Reads a log by itself: lines of `journalctl`, as text or JSON, of the kernel's ring, of a
    /// pod's log. It is looked at as it was when its last line was written. Who wrote a line that
    /// does not say so is read off the `name` of the log.
    ///
    /// # Errors
    ///
    /// Where it cannot be read.
    pub fn read(&mut self, name: &str, input: impl BufRead) -> io::Result<()> {
        let mut tally = Tally::default();
        self.count_in(&mut tally, Program::of_path(name), input)?;
        self.conclude(&[tally], None);
        Ok(())
    }

    /// What counts of all that was read.
    #[must_use]
    pub fn said(&self) -> &[Said] {
        &self.said
    }

    /// What could not be read.
    pub(super) fn unread(&self) -> &[Unread] {
        &self.unread
    }

    fn count_in(&self, tally: &mut Tally, default: Option<Program>, input: impl BufRead) -> io::Result<()> {
        let (mut joined, mut found) = (Joined::default(), Found::default());
        each_line(input, default, |text, program| {
            let line = Line::of(text, program);
            tally.hears(&line, self.now);
            tally.ends(line.stamp);
            joined.next(line, self.now, &mut |line| self.look_at(line, tally, &mut found));
        })?;
        joined.rest(&mut |line| self.look_at(line, tally, &mut found));
        Ok(())
    }

    fn look_at(&self, line: &Line<'_>, tally: &mut Tally, found: &mut Found) {
        let Some(program) = line.program else { return };
        let text = line::unquoted(&line.text);
        Matcher::get().of(program, &text, found);
        found.over.iter().for_each(|at| tally.ends_it(*at, program));
        for &at in &found.said {
            tally.says(at, &Matcher::get().patterns[at], line, self.now);
        }
    }

    /// What counts of logs of one host, as it was at `end` or at their last line.
    fn conclude(&mut self, tallies: &[Tally], end: Option<Timestamp>) {
        let end = end.or_else(|| tallies.iter().filter_map(|tally| tally.last(self.now)).max());
        let mut all: BTreeMap<(&str, &str), Said> = BTreeMap::new();
        for (at, program, seen, is_so) in
            tallies.iter().flat_map(|tally| tally.counts(end, &Matcher::get().patterns))
        {
            let pattern = &Matcher::get().patterns[at];
            let program = if pattern.program == Program::Systemd { pattern.program } else { program };
            let severity = pattern.severity.filter(|_| is_so);
            let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
            let said = Said {
                code: pattern.code,
                program: program.as_str(),
                count: seen.count,
                first: text(seen.first),
                last: text(seen.last),
                sample: secret::shown(&seen.sample),
                severity,
            };
            let known = all.remove(&(said.code, said.program));
            let said = known.map_or_else(|| said.clone(), |known| known.and(&said));
            all.insert((said.code, said.program), said);
        }
        self.said.extend(all.into_values());
    }
}

impl Said {
    /// Both, which point to one check.
    fn and(self, other: &Self) -> Self {
        let worse = if other.severity > self.severity { other } else { &self };
        Self {
            count: self.count + other.count,
            first: [&self.first, &other.first].into_iter().flatten().min().cloned(),
            last: self.last.clone().max(other.last.clone()),
            sample: worse.sample.clone(),
            severity: worse.severity,
            ..self
        }
    }

    /// How bad it is by itself; `None`: it is evidence alone, or is not so any more.
    #[must_use]
    pub fn severity(&self) -> Option<Severity> {
        self.severity
    }

    pub(super) fn evidence(&self) -> Evidence {
        Evidence::log(self.program, self.count, self.first.clone(), self.last.clone()).value(&self.sample)
    }
}

/// The beginning of a line, in place of what was there.
fn sample_into(sample: &mut String, text: &str) {
    sample.clear();
    let end = text.char_indices().map(|(at, _)| at).find(|at| *at >= KEPT).unwrap_or(text.len());
    sample.push_str(&text[..end]);
}
