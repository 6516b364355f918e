//! How a command fails: the exit status, what to say, and what to do about it.
//!
//! A failure has three readers: the shell gets [`Exit`], a person the message with hints on
//! stderr, and a program the code and [`Told`] (`--output json`). Statuses 0 to 4 are the same for
//! every command; those from 10 on are the command's own, and its `--help` lists them.

use std::error::Error;
use std::fmt;
use std::io;

pub(crate) use crate::chain::chain;
use crate::code::Code;
use crate::doctor::{Unread, is_denial};
use crate::shortened::shortened;

/// The exit statuses of `k8sprep` other than 0.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Exit {
    /// The command could not do its work; a host is as it was.
    Failed,
    /// The command line itself is wrong.
    Usage,
    /// A check found differences.
    Differences,
    /// A rollback could not give everything back.
    RollbackIncomplete,
    /// A kind of failure that the command's own help numbers, from 10 on.
    Of(u8),
}

impl Exit {
    /// The number that the process ends with. Status 3 says that a question was answered with
    /// "no": a script tells it from 1, where there is no answer.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Differences => 3,
            Self::RollbackIncomplete => 4,
            Self::Of(code) => code,
        }
    }
}

/// What went wrong, for the person at the console.
#[derive(Debug)]
pub(crate) enum Message {
    /// Everything is said already.
    Said,
    /// One line: a line end in it is a value's.
    Text(String),
    /// Lines that this program made; the first says what went wrong. A line end in one is a
    /// value's.
    Lines(Vec<String>),
    /// The same drawn over the file it is about, with styles and the word `error`.
    Drawn(String),
}

/// What a command ends with when it did not do what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: Message,
    /// The name of the fault; none where everything is said, each fault with its own.
    code: Option<&'static str>,
    /// What the user can do, one sentence each.
    hints: Vec<String>,
    /// What is wrong in a file, each with its place.
    problems: Vec<Place>,
}

/// Something that is wrong in a file, for programs.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub(crate) struct Place {
    /// The path of the field; empty where it is the file as a whole.
    pub(crate) field: String,
    /// The file as it was named.
    pub(crate) file: String,
    /// From 1 on; none where no line says it.
    pub(crate) line: Option<u32>,
    /// From 1 on.
    pub(crate) column: Option<u32>,
    /// What is wrong.
    pub(crate) text: String,
}

/// A failure as programs read it: `k8sprep.failure/v1`.
#[derive(serde::Serialize)]
pub(crate) struct Told<'a> {
    code: Option<&'static str>,
    message: String,
    hints: &'a [String],
    problems: &'a [Place],
}

/// Why a file cannot be read: in words, and what the system said where it was the system.
pub(crate) struct Unreadable {
    why: String,
    refusal: Option<io::ErrorKind>,
}

impl From<&io::Error> for Unreadable {
    fn from(error: &io::Error) -> Self {
        Self { why: error.to_string(), refusal: Some(error.kind()) }
    }
}

impl From<io::Error> for Unreadable {
    fn from(error: io::Error) -> Self {
        Self::from(&error)
    }
}

impl From<std::str::Utf8Error> for Unreadable {
    fn from(error: std::str::Utf8Error) -> Self {
        Self { why: error.to_string(), refusal: None }
    }
}

impl From<&Unread> for Unreadable {
    fn from(unread: &Unread) -> Self {
        Self { why: unread.why.clone(), refusal: unread.refusal() }
    }
}

/// What to do where the system refused, whatever it was that was tried.
fn next_step(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(refusal) = error.downcast_ref::<io::Error>() {
            return step_after(refusal.kind());
        }
        cause = error.source();
    }
    None
}

/// The same for reasons that facts have, which are words alone: of any of them.
pub(crate) fn step_after_reasons<'w>(mut reasons: impl Iterator<Item = &'w str>) -> Option<&'static str> {
    reasons.any(is_denial).then(as_root).flatten()
}

/// What to do where a right is missing.
pub(crate) fn as_root() -> Option<&'static str> {
    step_after(io::ErrorKind::PermissionDenied)
}

fn step_after(refusal: io::ErrorKind) -> Option<&'static str> {
    match refusal {
        io::ErrorKind::PermissionDenied if !rustix::process::geteuid().is_root() => {
            Some("run it as root, for example with sudo")
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Some("make room on that file system, then run it again")
        }
        io::ErrorKind::ReadOnlyFilesystem => Some("mount that file system for writing, then run it again"),
        _ => None,
    }
}

impl Failure {
    /// A failure by the name of its fault that says `message`.
    pub(crate) fn new(exit: Exit, code: &'static str, message: impl fmt::Display) -> Self {
        let message = Message::Text(shortened(&message.to_string()).into_owned());
        Self::with(exit, message, Some(code))
    }

    /// A failure without hints and places; the other constructors add what they have.
    fn with(exit: Exit, message: Message, code: Option<&'static str>) -> Self {
        Self { exit, message, code, hints: Vec::new(), problems: Vec::new() }
    }

    /// The same in several lines.
    pub(crate) fn lines(exit: Exit, code: &'static str, lines: impl IntoIterator<Item = String>) -> Self {
        let lines = lines.into_iter().map(|line| shortened(&line).into_owned()).collect();
        Self::with(exit, Message::Lines(lines), Some(code))
    }

    /// A file that was named and cannot be read.
    pub(crate) fn cannot_read(name: &str, why: impl Into<Unreadable>) -> Self {
        let code = host_prep::Code::FileUnreadable.as_str();
        let Unreadable { why, refusal } = why.into();
        Self::new(Exit::Failed, code, format_args!("cannot read {name}: {why}"))
            .hint_if(refusal.and_then(step_after))
    }

    /// A failure that shows the places of a file it is about, and tells programs of them.
    pub(crate) fn drawn(exit: Exit, code: &'static str, excerpts: &[String], problems: Vec<Place>) -> Self {
        let message = Message::Drawn(excerpts.join("\n\n"));
        Self { problems, ..Self::with(exit, message, Some(code)) }
    }

    /// The same with places for programs.
    pub(crate) fn at(self, problems: Vec<Place>) -> Self {
        Self { problems, ..self }
    }

    /// Exit 1 with the error and all its causes on one line.
    pub(crate) fn from_error(error: &(dyn Error + 'static)) -> Self {
        Self::new(Exit::Failed, code_of(error), chain(error)).hint_if(next_step(error))
    }

    /// Exit 2: the command line asks for something that cannot be.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, Code::CommandLineInvalid.as_str(), message)
    }

    /// The same after something that was done and stays done.
    pub(crate) fn after(self, done: impl fmt::Display) -> Self {
        let message = Message::Text(format!("{done}, but {}", self.text()));
        Self { message, ..self }
    }

    /// A failure whose report is already printed.
    pub(crate) fn silent(exit: Exit) -> Self {
        Self::with(exit, Message::Said, None)
    }

    /// Adds what the user can do about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.hints.push(shortened(&hint.to_string()).into_owned());
        self
    }

    /// The same with a hint where there is one.
    pub(crate) fn hint_if(self, hint: Option<impl fmt::Display>) -> Self {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// The same with another status.
    pub(crate) fn with_exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// Where several hosts or files fail, the command picks from these statuses; nothing here
    /// orders them.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }

    /// The name of the fault; none where everything is said already.
    pub(crate) fn code(&self) -> Option<&'static str> {
        self.code
    }

    /// What is printed. `Said` prints nothing: the report on stdout has it already.
    pub(crate) fn message(&self) -> &Message {
        &self.message
    }

    /// The message as plain text.
    pub(crate) fn text(&self) -> String {
        match &self.message {
            Message::Said => String::new(),
            Message::Text(text) => text.clone(),
            Message::Lines(lines) => lines.join("\n"),
            Message::Drawn(text) => anstream::adapter::strip_str(text).to_string(),
        }
    }

    /// The failure for programs. What is wrong in a file has no excerpt there.
    pub(crate) fn told(&self) -> Told<'_> {
        let of = |place: &Place| match &*place.field {
            "" => place.text.clone(),
            field => format!("{field}: {}", place.text),
        };
        let message = match &self.message {
            Message::Drawn(_) if !self.problems.is_empty() => {
                self.problems.iter().map(of).collect::<Vec<_>>().join("; ")
            }
            _ => self.text(),
        };
        Told { code: self.code, message, hints: &self.hints, problems: &self.problems }
    }

    /// In the order in which they were given; each is printed on a line of its own.
    pub(crate) fn hints(&self) -> &[String] {
        &self.hints
    }
}

/// The name of the fault of a library's error.
///
/// Errors of the libraries keep their own codes: `k8sprep explain` has a text for each. What is
/// none of theirs came from the system ([`io::Error`]) or from the printing of a result.
fn code_of(error: &(dyn Error + 'static)) -> &'static str {
    if let Some(error) = error.downcast_ref::<host_prep::Error>() {
        return error.code().as_str();
    }
    if let Some(error) = error.downcast_ref::<cri_probe::Error>() {
        return error.code().as_str();
    }
    if let Some(error) = error.downcast_ref::<crio_config::Error>() {
        return error.code().as_str();
    }
    if let Some(error) = error.downcast_ref::<kubeadm_config::Error>() {
        return error.code().as_str();
    }
    if let Some(error) = error.downcast_ref::<crate::stage::Error>() {
        return error.code();
    }
    // What the system refuses, and what has no place in a document.
    // serde's errors are the only others that come as far as this.
    match error.downcast_ref::<io::Error>() {
        Some(_) => host_prep::Code::ReadFailed.as_str(),
        None => Code::ResultNotPrinted.as_str(),
    }
}

/// What watching for signals fails with; nothing has begun then.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::new(Exit::Failed, Code::SignalsNotWatched.as_str(), chain(&error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Outer(std::num::ParseIntError);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("bad port")
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn causes_are_joined_in_order() {
        let error = Outer("x".parse::<u16>().unwrap_err());
        assert_eq!(Failure::from_error(&error).text(), "bad port: invalid digit found in string");
    }
}
