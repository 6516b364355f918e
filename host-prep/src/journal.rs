//! What was done to a host, written down before it is done.
//!
//! One file per transaction, one line per record: a checksum, a space, the record as JSON. The checksum covers the
//! line before it too, so that no line can be lost or swapped unseen. Every line is synced before what it announces
//! happens. A crash can leave the last line torn; it then counts as not written, because what it announces did
//! not happen.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;

use rustix::fs::{OFlags, SeekFrom};
use serde::{Deserialize, Serialize};

use crate::fs::{Meta, retry, sync_dir};
use crate::step::digest;
use crate::{Error, Need};

/// Hex digits of the checksum in front of a record.
const SUM: usize = 16;

/// One line of a journal.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "record", rename_all = "kebab-case")]
pub(crate) enum Record {
    /// A transaction begins.
    Begin { version: u32, at: u64, steps: Vec<Title>, confirm_by: Option<u64> },
    /// What was planned when the steps so far were taken.
    More { steps: Vec<Title> },
    /// Step `step` is about to be taken; everything its undo needs, and what the running system needs after it.
    Intent {
        step: usize,
        change: Recorded,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        needs: Vec<Need>,
    },
    /// It was taken. `after` is what is there now, where it is a file.
    Done { step: usize, after: Option<Image> },
    /// It could not be taken.
    Failed { step: usize, error: String },
    /// No further step is taken.
    End { ending: Ending },
    /// A transaction that waited for a confirmation got it.
    Confirmed { at: u64 },
    /// The undo of a step begins.
    Undo { step: usize },
    /// It is undone.
    Undone {
        step: usize,
        /// Where what somebody else had put there is kept, when it was overwritten.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        saved: Option<PathBuf>,
    },
    /// It was left as it is.
    Kept { step: usize, what: String, why: String, wanted: Option<PathBuf> },
    /// Every step was undone or kept.
    RolledBack,
}

/// How the forward part of a transaction ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Ending {
    /// Every step was taken and the host was looked at again.
    Applied,
    /// A step failed, or the host was not as desired afterwards.
    Failed,
    /// It was asked to stop at a step's edge.
    Stopped,
}

/// What history says of a step.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Title {
    pub(crate) resource: String,
    pub(crate) verb: String,
    pub(crate) subject: String,
    pub(crate) reason: String,
}

/// A change without its content, as its undo needs it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub(crate) enum Recorded {
    /// `made` are the directories that have to be made for it, outermost first.
    File {
        path: PathBuf,
        before: Image,
        after: Image,
        made: Vec<PathBuf>,
    },
    LoadModule {
        name: String,
    },
    Packages(crate::package::Transaction),
    Action(crate::Action),
    SwapOff {
        area: PathBuf,
        priority: i32,
    },
    Value {
        path: PathBuf,
        before: String,
        after: String,
    },
}

/// What a name stood for: content by digest, everything else in full.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub(crate) enum Image {
    Absent,
    /// `meta` is `None` where the directory decides about it.
    File {
        sha256: String,
        mode: u32,
        meta: Option<Meta>,
    },
    Link {
        target: PathBuf,
        meta: Option<Meta>,
    },
}

/// A journal open for adding records.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    path: PathBuf,
    last: String,
}

/// Everything a journal says.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) records: Vec<Record>,
    /// Where the last whole line ends.
    good: u64,
    last: String,
}

impl Journal {
    /// Makes the journal `name` in the directory `dir`; `path` is for messages.
    pub(crate) fn create(dir: &OwnedFd, name: &str, path: PathBuf) -> Result<Self, Error> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let failed = || Error::write(&path);
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        let file = File::from(retry(|| rustix::fs::openat(dir, name, flags, mode)).map_err(failed())?);
        sync_dir(dir).map_err(failed())?;
        Ok(Self { file, path, last: String::new() })
    }

    /// Goes on with a journal that was opened for it; a torn last line is cut off.
    pub(crate) fn open(mut file: File, path: PathBuf) -> Result<(Self, Vec<Record>), Error> {
        let failed = || Error::write(&path);
        let reading = Reading::of(&mut file, &path)?;
        retry(|| rustix::fs::ftruncate(&file, reading.good)).map_err(failed())?;
        retry(|| rustix::fs::seek(&file, SeekFrom::Start(reading.good))).map_err(failed())?;
        Ok((Self { file, path, last: reading.last }, reading.records))
    }

    /// Adds a record; it is on the disk when this returns. When it fails nothing was added.
    pub(crate) fn add(&mut self, record: &Record) -> Result<(), Error> {
        let failed = |path: &PathBuf, source| Error::Write { path: path.clone(), source };
        let json = serde_json::to_string(record).map_err(|error| failed(&self.path, error.into()))?;
        let sum = checksum(&self.last, &json);
        let start = retry(|| rustix::fs::tell(&self.file)).map_err(Error::write(&self.path))?;
        let written = self.file.write_all(format!("{sum} {json}\n").as_bytes());
        let synced = written.and_then(|()| Ok(retry(|| rustix::fs::fdatasync(&self.file))?));
        if let Err(source) = synced {
            // A torn line is not fatal to the reader, but the next record must not follow one.
            let _ = retry(|| rustix::fs::ftruncate(&self.file, start));
            let _ = retry(|| rustix::fs::seek(&self.file, SeekFrom::Start(start)));
            return Err(failed(&self.path, source));
        }
        self.last = sum;
        Ok(())
    }
}

impl Reading {
    /// Reads a journal to its end.
    pub(crate) fn of(file: &mut File, path: &std::path::Path) -> Result<Self, Error> {
        let mut bytes = Vec::new();
        let read = file.read_to_end(&mut bytes);
        read.map_err(|source| Error::Read { path: path.to_owned(), source })?;
        Self::parse(&bytes).map_err(|line| Error::Journal { path: path.to_owned(), line })
    }

    /// Fails with the number of a line that is damaged and not the last.
    fn parse(bytes: &[u8]) -> Result<Self, usize> {
        let mut reading = Self { records: Vec::new(), good: 0, last: String::new() };
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate().peekable();
        while let Some((number, line)) = lines.next() {
            match reading.line(line) {
                Some((sum, record)) => {
                    reading.records.push(record);
                    reading.last = sum;
                    reading.good += line.len() as u64;
                }
                None if lines.peek().is_none() => break,
                None => return Err(number + 1),
            }
        }
        Ok(reading)
    }

    fn line(&self, line: &[u8]) -> Option<(String, Record)> {
        let text = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
        let (sum, json) = text.split_once(' ')?;
        (checksum(&self.last, json) == sum).then_some(())?;
        Some((sum.to_owned(), serde_json::from_str(json).ok()?))
    }
}

fn checksum(before: &str, json: &str) -> String {
    let mut sum = digest(format!("{before}{json}").as_bytes());
    sum.truncate(SUM);
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal() -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut last = String::new();
        for step in 1..=3 {
            let json = serde_json::to_string(&Record::Undone { step, saved: None }).unwrap();
            last = checksum(&last, &json);
            bytes.extend(format!("{last} {json}\n").bytes());
        }
        bytes
    }

    #[test]
    fn a_torn_last_line_counts_as_not_written() {
        let whole = journal();
        for len in 0..=whole.len() {
            let reading = Reading::parse(&whole[..len]).unwrap();
            let lines = whole[..len].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(reading.records.len(), lines, "{len} bytes");
            assert!(reading.good <= len as u64);
        }
    }

    #[test]
    fn a_damaged_line_before_the_last_is_an_error() {
        let whole = journal();
        let first = whole.iter().position(|byte| *byte == b'\n').unwrap();
        for at in 0..first {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            assert_eq!(Reading::parse(&damaged).map(|reading| reading.records), Err(1), "byte {at}");
        }
        let swapped: Vec<u8> =
            whole.split_inclusive(|byte| *byte == b'\n').rev().flatten().copied().collect();
        assert_eq!(Reading::parse(&swapped).map(|reading| reading.records), Err(1));
    }
}
