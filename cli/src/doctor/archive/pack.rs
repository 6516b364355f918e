//! From what a host answered to the members of an archive, and back.
//!
//! host -> [`Record`] -> without secrets -> members and manifest, and the same way back. Each
//! answer becomes a member, a short text in the manifest, or a word (nothing, a kind, a mode); an
//! answer that was not kept says why, so that a rule which needs it is undecided and does not
//! pass.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use host_prep::fs::{self, Answer, Kind, Mode, Question, Record};
use sha2::{Digest, Sha256};

use super::error::ArchiveError;
use super::limit;
use super::manifest::{Answered, Asked, Ended, LeftOut, Manifest, Member, Said, What};
use crate::doctor::hide::{self, Hidden};
use crate::doctor::identity::hex;

/// A text so short stands in the manifest.
const INLINE: usize = 64;
/// tar's names (ustar): so long without being taken apart in the middle of a directory's name.
const NAME: usize = 150;

/// Members while they are collected.
#[derive(Debug, Default)]
pub(super) struct Pack {
    pub(super) contents: BTreeMap<String, Vec<u8>>,
    pub(super) members: BTreeMap<String, Member>,
    pub(super) left_out: Vec<LeftOut>,
    size: usize,
}

/// What a host answered, without secrets and within the limits. Rules see of it what they saw of the
/// host.
pub(super) fn without_secrets(record: Record, hidden: &mut BTreeMap<(PathBuf, Question), Hidden>) -> Record {
    record.map(|path, question, answer| {
        let mut own = Hidden::new();
        let source = path.to_string_lossy();
        let answer = match answer {
            Answer::Bytes(bytes) if question != Question::System => {
                within(&source, hide::hide(&source, bytes, &mut own), question)
            }
            Answer::Ended(ended) => Answer::Ended(fs::Ended {
                status: ended.status,
                stdout: hide::hide(&source, ended.stdout, &mut own),
                stderr: hide::hide(&source, ended.stderr, &mut own),
            }),
            Answer::Failed(why) => Answer::Failed(text(hide::hide("", why.into_bytes(), &mut own))),
            other => other,
        };
        hidden.insert((path.to_owned(), question), own);
        answer
    })
}

/// Too large a file is told by its size; heads and tails are parts already.
fn within(source: &str, bytes: Vec<u8>, question: Question) -> Answer {
    let is_part = matches!(question, Question::Head(_) | Question::Tail(_));
    if !is_part && bytes.len() > limit::of(source, false) {
        return Answer::TooLarge(bytes.len() as u64);
    }
    Answer::Bytes(bytes)
}

impl Pack {
    /// Adds a file; `None`: there is no room for it.
    pub(super) fn add(&mut self, name: &str, bytes: Vec<u8>, member: Member) -> Option<String> {
        let name = free_name(name, &self.contents);
        if self.size + bytes.len() > limit::WHOLE || self.contents.len() + 1 >= limit::MEMBERS {
            return None;
        }
        self.size += bytes.len();
        let sha256 = hex(&Sha256::digest(&bytes));
        self.members.insert(name.clone(), Member { sha256, size: bytes.len() as u64, ..member });
        self.contents.insert(name.clone(), bytes);
        Some(name)
    }

    /// Adds an answer, as the manifest says it; `None`: the question itself has a secret.
    pub(super) fn answer(
        &mut self,
        path: &Path,
        question: Question,
        answer: Answer,
        hidden: &Hidden,
    ) -> Option<Answered> {
        let of = path.to_string_lossy().into_owned();
        if hide::found_in(&of).is_some() {
            let shown = hide::hide_text(&of, &mut Hidden::new());
            self.leave(&shown, "its name looks like a secret".to_owned());
            return None;
        }
        let shown = |text: std::borrow::Cow<'_, str>| hide::hide_text(&text, &mut Hidden::new());
        let (asked, most) = asked(question);
        let member = |size: Option<u64>| Member {
            source: Some(of.clone()),
            hidden: hidden.clone(),
            size_on_host: size,
            ..Member::default()
        };
        let said = match answer {
            Answer::Bytes(bytes) if question == Question::System && bytes.len() <= INLINE => {
                Said::Text(String::from_utf8_lossy(&bytes).into_owned())
            }
            Answer::Bytes(bytes) => {
                let size = bytes.len() as u64;
                let name = member_name(path, question);
                match self.add(&name, bytes, member(None)) {
                    Some(name) => Said::Member(name),
                    None => Said::TooLarge(size),
                }
            }
            Answer::Ended(ended) => self.ended(&of, &ended, &member(None)),
            Answer::Nothing => Said::Nothing,
            Answer::Names(names) => {
                Said::Names(names.iter().map(|name| shown(name.to_string_lossy())).collect())
            }
            Answer::Kind(kind) => Said::Kind(what(kind)),
            Answer::Link(to) => Said::Link(shown(to.to_string_lossy())),
            Answer::Mode(mode) => Said::Mode(mode.bits()),
            Answer::TooLarge(size) => Said::TooLarge(size),
            Answer::Failed(why) => Said::Failed(why),
            _ => Said::Failed("this kind of answer is not kept".to_owned()),
        };
        match &said {
            Said::TooLarge(size) => self.leave(&of, format!("{size} bytes are more than an archive takes")),
            Said::Failed(why) if question != Question::System => self.leave(&of, why.clone()),
            _ => {}
        }
        Some(Answered { of, asked, most, answer: said })
    }

    /// What a program wrote, the newest lines where it is too much.
    fn ended(&mut self, of: &str, ended: &fs::Ended, member: &Member) -> Said {
        let mut keep = |bytes: &[u8], ends: &str| {
            if bytes.is_empty() {
                return None;
            }
            let kept = newest(bytes, limit::of(of, true));
            let size_on_host = (kept.len() < bytes.len()).then_some(bytes.len() as u64);
            let program =
                of.split(' ').next().and_then(|program| program.rsplit('/').next()).unwrap_or_default();
            let number = self.contents.keys().filter(|name| name.starts_with("commands/")).count();
            let dir = if of.starts_with("journalctl ") { "logs" } else { "commands" };
            let name = format!("{dir}/{number:02}-{}.{ends}", plain(program));
            self.add(&name, kept.to_vec(), Member { size_on_host, ..member.clone() })
        };
        Said::Ended(Ended {
            status: ended.status,
            stdout: keep(&ended.stdout, "out"),
            stderr: keep(&ended.stderr, "err"),
        })
    }

    /// Each reason once for a source.
    fn leave(&mut self, source: &str, why: String) {
        let left = LeftOut { source: source.to_owned(), why };
        if !self.left_out.iter().any(|known| known.source == left.source && known.why == left.why) {
            self.left_out.push(left);
        }
    }
}

/// The record that a manifest and its members have.
pub(super) fn record(
    path: &Path,
    manifest: &Manifest,
    contents: &BTreeMap<String, Vec<u8>>,
) -> Result<Record, ArchiveError> {
    let bytes = |name: &String| {
        contents.get(name).cloned().ok_or_else(|| ArchiveError::Damaged {
            path: path.to_owned(),
            why: format!("the manifest names {name:?}, which is not there"),
        })
    };
    let written = |name: &Option<String>| name.as_ref().map(bytes).transpose().map(Option::unwrap_or_default);
    let read = |one: &Answered| {
        let answer = match &one.answer {
            Said::Nothing => Answer::Nothing,
            Said::Member(name) => Answer::Bytes(bytes(name)?),
            Said::Text(text) => Answer::Bytes(text.clone().into_bytes()),
            Said::Names(names) => Answer::Names(names.iter().map(OsString::from).collect()),
            Said::Kind(what) => Answer::Kind(kind(*what)),
            Said::Link(to) => Answer::Link(to.into()),
            Said::Mode(bits) => Answer::Mode(Mode::new(*bits)),
            Said::Failed(why) => Answer::Failed(why.clone()),
            Said::TooLarge(size) => Answer::TooLarge(*size),
            Said::Ended(ended) => Answer::Ended(fs::Ended {
                status: ended.status,
                stdout: written(&ended.stdout)?,
                stderr: written(&ended.stderr)?,
            }),
        };
        Ok(((PathBuf::from(&one.of), question(one)), answer))
    };
    manifest.answers.iter().map(read).collect()
}

/// The question as the manifest spells it, and how many bytes it was about.
fn asked(question: Question) -> (Asked, Option<u64>) {
    match question {
        Question::Head(most) => (Asked::Head, Some(most)),
        Question::Tail(most) => (Asked::Tail, Some(most)),
        Question::Names => (Asked::Names, None),
        Question::Kind => (Asked::Kind, None),
        Question::KindOfLink => (Asked::KindOfLink, None),
        Question::Link => (Asked::Link, None),
        Question::Mode => (Asked::Mode, None),
        Question::System => (Asked::System, None),
        Question::Program => (Asked::Program, None),
        _ => (Asked::Whole, None),
    }
}

/// The way back.
fn question(one: &Answered) -> Question {
    let most = one.most.unwrap_or_default();
    match one.asked {
        Asked::Whole => Question::Whole,
        Asked::Head => Question::Head(most),
        Asked::Tail => Question::Tail(most),
        Asked::Names => Question::Names,
        Asked::Kind => Question::Kind,
        Asked::KindOfLink => Question::KindOfLink,
        Asked::Link => Question::Link,
        Asked::Mode => Question::Mode,
        Asked::System => Question::System,
        Asked::Program => Question::Program,
    }
}

fn what(kind: Kind) -> What {
    match kind {
        Kind::File => What::File,
        Kind::Directory => What::Directory,
        Kind::Symlink => What::Symlink,
        _ => What::Other,
    }
}

fn kind(what: What) -> Kind {
    match what {
        What::File => Kind::File,
        What::Directory => Kind::Directory,
        What::Symlink => Kind::Symlink,
        What::Other => Kind::Other,
    }
}

/// Where the bytes of a path are: `files/etc/hosts`, or a number where the path is no name for a file.
fn member_name(path: &Path, question: Question) -> String {
    let dir = match question {
        Question::Head(_) => "heads",
        Question::Tail(_) => "tails",
        Question::System => "system",
        _ => "files",
    };
    let parts = path.components().filter(|part| *part != Component::RootDir);
    let names: Option<Vec<&str>> = parts
        .map(|part| match part {
            Component::Normal(name) => name.to_str().filter(|name| is_plain(name)),
            _ => None,
        })
        .collect();
    match names.map(|names| format!("{dir}/{}", names.join("/"))) {
        Some(name) if name.len() <= NAME => name,
        _ => format!("{dir}/odd"),
    }
}

/// A name that any system can unpack.
fn is_plain(name: &str) -> bool {
    !name.chars().any(|c| c.is_control() || c == '\\') && name.len() <= 90
}

/// A program's name as a part of a member's.
fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).take(40).collect()
}

/// A name that no member has, nor a directory of one.
fn free_name(name: &str, known: &BTreeMap<String, Vec<u8>>) -> String {
    let taken = |name: &str| {
        let below = format!("{name}/");
        known.contains_key(name)
            || known.range(below.clone()..).next().is_some_and(|(next, _)| next.starts_with(&below))
            || name.match_indices('/').any(|(at, _)| known.contains_key(&name[..at]))
    };
    if !taken(name) {
        return name.to_owned();
    }
    let top = name.split('/').next().unwrap_or_default();
    let mut number = known.len();
    while taken(&format!("{top}/odd/{number}")) {
        number += 1;
    }
    format!("{top}/odd/{number}")
}

/// The last bytes, from the beginning of a line.
fn newest(bytes: &[u8], most: usize) -> &[u8] {
    let rest = &bytes[bytes.len().saturating_sub(most)..];
    if rest.len() == bytes.len() {
        return bytes;
    }
    rest.iter().position(|byte| *byte == b'\n').map_or(&[], |end| &rest[end + 1..])
}

/// Bytes that are not UTF-8 are replaced: only messages come here.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}
