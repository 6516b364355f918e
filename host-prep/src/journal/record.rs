//! What was done to a host, written down before it is done.
//!
//! One file per transaction, one line per record: a checksum, a space, the record as JSON. The
//! checksum covers the line before it too, so that no line can be lost or swapped unseen. Every
//! line is synced before what it announces happens, and the file has its name only when its first
//! line is. A crash can leave the last line torn; it then counts as not written, because what it
//! announces did not happen. Where its checksum is there and right only the end of the line is
//! lost, and it counts. Everything else that is no record is damage: a last line with its end
//! whose checksum is wrong may be the one that says a transaction ended well.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, OFlags, SeekFrom};
use rustix::io::Errno;
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::packages::RecordedPackages;
use crate::fs::{MAX_FILE, Meta, retry, sync_dir};
use crate::ground::digest::digest;
use crate::{Error, Need};

/// What [`Record::Begin`] says this writes: more only when an older reader would get it wrong.
pub(crate) const VERSION: u32 = 1;

/// What a journal is called before its first record is on the disk.
pub(crate) const UNNAMED: &str = ".next";

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
    /// Step `step` is about to be taken; everything its undo needs, and what the running system
    /// needs after it.
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
    Packages(RecordedPackages),
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

/// How far a journal can be read.
#[derive(Debug)]
struct Reading {
    /// Where the last whole line ends.
    good: u64,
    last: String,
    /// Whether that line has no end.
    lacks_its_end: bool,
}

/// Takes the records of a journal one by one.
pub(crate) type Take<'a> = dyn FnMut(Record) + 'a;

impl Journal {
    /// Makes the journal `name` in the directory `dir` with its first record; `path` is for
    /// messages. When it fails there is none.
    pub(crate) fn create(dir: &OwnedFd, name: &str, path: PathBuf, begin: &Record) -> Result<Self, Error> {
        // A run that was killed may have left one.
        match retry(|| rustix::fs::unlinkat(dir, UNNAMED, AtFlags::empty())) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(errno) => return Err(Error::write(path)(errno)),
        }
        let made = Self::begun(dir, path.clone(), begin).and_then(|journal| {
            retry(|| rustix::fs::renameat(dir, UNNAMED, dir, name)).map_err(Error::write(&path))?;
            sync_dir(dir).map_err(Error::write(&path))?;
            Ok(journal)
        });
        if made.is_err() {
            for left in [UNNAMED, name] {
                let _ = retry(|| rustix::fs::unlinkat(dir, left, AtFlags::empty()));
            }
        }
        made
    }

    fn begun(dir: &OwnedFd, path: PathBuf, begin: &Record) -> Result<Self, Error> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        let file = retry(|| rustix::fs::openat(dir, UNNAMED, flags, mode)).map_err(Error::write(&path))?;
        let mut journal = Self { file: file.into(), path, last: String::new() };
        journal.add(begin)?;
        Ok(journal)
    }

    /// Goes on with a journal that was opened for it; a torn last line is cut off, and one that lacks
    /// its end gets it.
    pub(crate) fn open(file: File, path: PathBuf, take: &mut Take<'_>) -> Result<Self, Error> {
        let failed = || Error::write(&path);
        let reading = Reading::of(&file, &path, take)?;
        retry(|| rustix::fs::ftruncate(&file, reading.good)).map_err(failed())?;
        retry(|| rustix::fs::seek(&file, SeekFrom::Start(reading.good))).map_err(failed())?;
        let mut journal = Self { file, path, last: reading.last };
        if reading.lacks_its_end {
            let ended = journal.file.write_all(b"\n");
            ended.map_err(|source| Error::Write { path: journal.path.clone(), source })?;
        }
        Ok(journal)
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

/// Reads a journal to its end.
pub(crate) fn read(file: &File, path: &Path, take: &mut Take<'_>) -> Result<(), Error> {
    Reading::of(file, path, take).map(|_| ())
}

/// Why a line is not believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Bad {
    /// No k8sprep wrote it like this.
    Damaged,
    /// It is whole, and says what is not known here.
    Newer,
    /// It is what is left of the line that was being written.
    Torn,
}

#[cfg(test)]
impl Journal {
    /// The same journal on a disk that takes no more.
    pub(crate) fn on_a_full_disk(self) -> Self {
        Self { file: File::open("/dev/null").unwrap(), ..self }
    }
}

impl Reading {
    fn of(file: &File, path: &Path, take: &mut Take<'_>) -> Result<Self, Error> {
        let path = path.to_owned();
        match Self::parse(BufReader::new(file.take(MAX_FILE)), take) {
            Ok(Ok(reading)) => Ok(reading),
            Ok(Err((line, Bad::Newer))) => Err(Error::NewerJournal { path, line }),
            Ok(Err((line, _))) => Err(Error::Journal { path, line }),
            Err(source) => Err(Error::Read { path, source }),
        }
    }

    /// Fails with the number of the line that is not believed. One line at a time is held, however
    /// long the journal is.
    fn parse(mut lines: impl BufRead, take: &mut Take<'_>) -> io::Result<Result<Self, (usize, Bad)>> {
        let mut reading = Self { good: 0, last: String::new(), lacks_its_end: false };
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            if lines.read_until(b'\n', &mut line)? == 0 && number > 1 {
                break;
            }
            match reading.line(&line, number == 1) {
                Ok((sum, record)) => {
                    take(record);
                    reading.last = sum;
                    reading.good += line.len() as u64;
                    reading.lacks_its_end = !line.ends_with(b"\n");
                }
                // A journal has its name only with its first line.
                Err(Bad::Torn) if number > 1 => break,
                Err(bad) => return Ok(Err((number, bad))),
            }
        }
        Ok(Ok(reading))
    }

    fn line(&self, line: &[u8], first: bool) -> Result<(String, Record), Bad> {
        let Some(whole) = line.strip_suffix(b"\n") else {
            // Its checksum may prove that only its end is missing.
            return match self.record(line, first) {
                Ok(found) if !first => Ok(found),
                Err(Bad::Newer) => Err(Bad::Newer),
                _ => Err(if is_torn(line) { Bad::Torn } else { Bad::Damaged }),
            };
        };
        self.record(whole, first)
    }

    fn record(&self, whole: &[u8], first: bool) -> Result<(String, Record), Bad> {
        let text = std::str::from_utf8(whole).map_err(|_| Bad::Damaged)?;
        let (sum, json) = text.split_once(' ').ok_or(Bad::Damaged)?;
        if checksum(&self.last, json) != sum {
            return Err(Bad::Damaged);
        }
        // What has the right sum was meant like this.
        match serde_json::from_str(json).map_err(|_| Bad::Newer)? {
            Record::Begin { version, .. } if version > VERSION => Err(Bad::Newer),
            record if matches!(record, Record::Begin { .. }) != first => Err(Bad::Damaged),
            record => Ok((sum.to_owned(), record)),
        }
    }
}

/// Whether `tail`, which has no end of line, can be the beginning of a record: a power cut or a
/// full disk cuts it short, and changes nothing of it.
fn is_torn(tail: &[u8]) -> bool {
    let (sum, rest) = tail.split_at(tail.len().min(SUM));
    let hex = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    if !sum.iter().all(hex) {
        return false;
    }
    let Some(json) = rest.strip_prefix(b" ") else { return rest.is_empty() };
    const HEAD: &[u8] = b"{\"record\":\"";
    let head = json.len().min(HEAD.len());
    if json[..head] != HEAD[..head] {
        return false;
    }
    // A string is skipped whatever is in it. Cut in the middle of a character, it ends there.
    if std::str::from_utf8(json).is_err_and(|bad| bad.error_len().is_some()) {
        return false;
    }
    let mut values = serde_json::Deserializer::from_slice(json).into_iter::<IgnoredAny>();
    match values.next() {
        None => true,
        Some(Ok(_)) => values.byte_offset() == json.len(),
        Some(Err(error)) => {
            error.is_eof() || std::str::from_utf8(json).is_err_and(|cut| cut.error_len().is_none())
        }
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

    fn line(last: &mut String, json: &str) -> String {
        *last = checksum(last, json);
        format!("{last} {json}\n")
    }

    fn journal() -> Vec<u8> {
        let begin = Record::Begin { version: VERSION, at: 1, steps: Vec::new(), confirm_by: None };
        let ending = Ending::Applied;
        let kept = Record::Kept { step: 2, what: "é".into(), why: "ü".into(), wanted: None };
        let records = [begin, Record::Undone { step: 1, saved: None }, kept, Record::End { ending }];
        let mut last = String::new();
        let lines = records.map(|record| line(&mut last, &serde_json::to_string(&record).unwrap()));
        lines.concat().into_bytes()
    }

    /// How many records there are, or which line is bad in which way.
    fn parse(bytes: &[u8]) -> Result<usize, (usize, Bad)> {
        let mut records = 0;
        Reading::parse(bytes, &mut |_| records += 1).unwrap().map(|_| records)
    }

    #[test]
    fn a_torn_last_line_counts_as_not_written() {
        let whole = journal();
        let first = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for len in first..=whole.len() {
            let lines = whole[..len].iter().filter(|byte| **byte == b'\n').count();
            let only_its_end_is_lost = whole.get(len) == Some(&b'\n');
            let lines = lines + usize::from(only_its_end_is_lost);
            assert_eq!(parse(&whole[..len]), Ok(lines), "{len} bytes");
        }
        for len in 0..first {
            let bad = parse(&whole[..len]).unwrap_err();
            assert_eq!(bad.0, 1, "{len} bytes: it has no name before its first line is whole");
        }
    }

    #[test]
    fn every_flipped_bit_is_damage_and_never_a_torn_line() {
        let whole = journal();
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut damaged = whole.clone();
                damaged[at] ^= 1 << bit;
                let line = whole[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
                assert_eq!(parse(&damaged), Err((line, Bad::Damaged)), "byte {at} bit {bit}");
            }
        }
    }

    #[test]
    fn zeros_swapped_lines_and_what_does_not_begin_are_damage() {
        let whole = journal();
        let damaged = |bytes: &[u8]| parse(bytes).unwrap_err();
        assert_eq!(damaged(&[0; 16 << 10]), (1, Bad::Damaged));
        assert_eq!(damaged(&[whole.as_slice(), &[0; 100]].concat()), (5, Bad::Damaged));
        let mut zeroed = whole.clone();
        let end = whole.len() - 20;
        zeroed[end..].fill(0);
        assert_eq!(damaged(&zeroed), (4, Bad::Damaged));
        let swapped: Vec<u8> =
            whole.split_inclusive(|byte| *byte == b'\n').rev().flatten().copied().collect();
        assert_eq!(damaged(&swapped).0, 1);
        let end = serde_json::to_string(&Record::RolledBack).unwrap();
        assert_eq!(damaged(line(&mut String::new(), &end).as_bytes()), (1, Bad::Damaged));
    }

    /// A last block that was never written reads as whatever the disk has there.
    #[test]
    fn a_tail_that_nobody_wrote_is_damage_and_no_torn_line() {
        let whole = journal();
        let last = whole[..whole.len() - 1].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;

        for byte in [0xff, 0x00, 0x80] {
            for count in 1..whole.len() - last - SUM - 12 {
                let mut tail = whole[..whole.len() - 1].to_vec();
                let end = tail.len() - count;
                tail[end..].fill(byte);
                assert_eq!(parse(&tail), Err((4, Bad::Damaged)), "{count} bytes of {byte:#x}");
            }
        }
    }

    #[test]
    fn a_record_that_lacks_only_its_end_counts_and_gets_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("1");
        let whole = journal();
        let file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
        (&file).write_all(&whole[..whole.len() - 1]).unwrap();
        let mut records = Vec::new();
        let open = File::options().read(true).write(true).open(&path).unwrap();
        let mut journal = Journal::open(open, path.clone(), &mut |record| records.push(record)).unwrap();
        assert_eq!(records.last(), Some(&Record::End { ending: Ending::Applied }));
        journal.add(&Record::RolledBack).unwrap();
        assert_eq!(parse(&std::fs::read(&path).unwrap()), Ok(5));
    }

    #[test]
    fn what_a_newer_one_wrote_is_called_newer() {
        let begin = |version| {
            let begin = Record::Begin { version, at: 1, steps: Vec::new(), confirm_by: None };
            serde_json::to_string(&begin).unwrap()
        };
        let newer = line(&mut String::new(), &begin(VERSION + 1));
        assert_eq!(parse(newer.as_bytes()), Err((1, Bad::Newer)));
        let mut last = String::new();
        let known = line(&mut last, &begin(VERSION));
        let unknown = line(&mut last, r#"{"record":"paused","until":7}"#);
        assert_eq!(parse((known + &unknown).as_bytes()), Err((2, Bad::Newer)));
    }
}
