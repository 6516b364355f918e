//! What a host answered while it was looked at: kept, so that the same questions have the same
//! answers elsewhere.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::kind::Kind;
use crate::Error;
use crate::ground::mode::Mode;

/// What is asked about a path.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Question {
    /// All bytes of a file.
    Whole,
    /// At most so many of its first bytes.
    Head(u64),
    /// At most so many of its last bytes.
    Tail(u64),
    /// The names in a directory.
    Names,
    /// What the path leads to.
    Kind,
    /// What is at the path itself.
    KindOfLink,
    /// The target of a link.
    Link,
    /// The permission bits.
    Mode,
    /// A system call, which the path names.
    System,
    /// A program with its arguments, which the path spells out.
    Program,
}

/// What was answered.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// There is nothing.
    Nothing,
    /// Bytes of a file, or of a system call.
    Bytes(Vec<u8>),
    /// Names in a directory.
    Names(Vec<OsString>),
    /// What kind of thing it is.
    Kind(Kind),
    /// Where a link leads.
    Link(PathBuf),
    /// Permission bits.
    Mode(Mode),
    /// How a program ended.
    Ended(Ended),
    /// Nothing could be learnt, for this reason.
    Failed(String),
    /// It is too large to be kept; that many bytes.
    TooLarge(u64),
}

/// How a program ended, and what it wrote.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a reader of archives builds it")]
pub struct Ended {
    /// Exit status; `None` when a signal ended it.
    pub status: Option<i32>,
    /// What it wrote to stdout.
    pub stdout: Vec<u8>,
    /// What it wrote to stderr.
    pub stderr: Vec<u8>,
}

/// Every question that was asked of a host, with its answer.
///
/// ```
/// use host_prep::Host;
/// use host_prep::fs::{Recorder, Root};
/// use std::path::Path;
///
/// # let dir = tempfile::tempdir()?;
/// # host_prep::fs::write_new(&dir.path().join("name"), b"n1", host_prep::fs::Mode::PUBLIC)?;
/// let recorder = Recorder::default();
/// let host = Host::offline(Root::open(dir.path())?).recorded_by(&recorder);
/// let name = host.root().read(Path::new("/name"))?;
///
/// let elsewhere = Host::replayed("/", false, recorder.take())?;
/// assert_eq!(elsewhere.root().read(Path::new("/name"))?, name);
/// assert!(elsewhere.root().read(Path::new("/other")).is_err(), "nobody asked");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Record {
    answers: BTreeMap<(PathBuf, Question), Answer>,
}

/// Writes down what a host answers.
#[derive(Clone, Debug)]
pub struct Recorder {
    most: usize,
    kept: Arc<Mutex<(Record, usize)>>,
}

/// More than an archive takes is not kept in memory either.
const MOST: usize = 96 << 20;

impl Default for Recorder {
    fn default() -> Self {
        Self { most: MOST, kept: Arc::default() }
    }
}

/// Where answers come from when it is not the system.
#[derive(Clone, Debug)]
pub(crate) enum Tape {
    /// From the system, and they are written down.
    Records(Recorder),
    /// From a record.
    Plays(Arc<Record>),
}

/// A value that an answer may be.
pub(crate) trait Answered: Sized {
    fn keep(&self) -> Answer;
    fn take(answer: &Answer) -> Option<Self>;
}

impl Recorder {
    /// What was answered so far. It begins anew.
    #[must_use]
    pub fn take(&self) -> Record {
        std::mem::take(&mut *self.kept.lock().unwrap_or_else(PoisonError::into_inner)).0
    }

    pub(crate) fn keep(&self, path: &Path, question: Question, answer: Answer) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (record, size) = &mut *kept;
        let bytes = answer.size();
        let fits = *size + bytes <= self.most;
        // What was answered first is what the first look saw.
        record.answers.entry(key(path, question)).or_insert_with(|| {
            if !fits {
                return Answer::TooLarge(bytes as u64);
            }
            *size += bytes;
            answer
        });
    }
}

impl Record {
    /// Every answer, by path and question.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, Question, &Answer)> {
        self.answers.iter().map(|((path, question), answer)| (path.as_path(), *question, answer))
    }

    /// The same with other answers.
    #[must_use]
    pub fn map(self, mut change: impl FnMut(&Path, Question, Answer) -> Answer) -> Self {
        let answers = self.answers.into_iter();
        let changed = answers.map(|((path, question), answer)| {
            let answer = change(&path, question, answer);
            ((path, question), answer)
        });
        Self { answers: changed.collect() }
    }

    /// The answer to a question: the one that was given, or one that follows from others. `None`
    /// where nothing was asked that would tell.
    #[must_use]
    pub fn answer(&self, path: &Path, question: Question) -> Option<Answer> {
        let (path, _) = key(path, question);
        let given = |question: Question| self.answers.get(&(path.clone(), question));
        if let Some(answer) = given(question) {
            return Some(answer.clone());
        }
        if matches!(question, Question::System | Question::Program) {
            return None;
        }
        match question {
            Question::Head(most) => {
                if let Some(head) = self.head(&path, most) {
                    return Some(head);
                }
            }
            Question::Kind if matches!(given(Question::Names), Some(Answer::Names(_))) => {
                return Some(Answer::Kind(Kind::Directory));
            }
            Question::Kind if matches!(given(Question::Whole), Some(Answer::Bytes(_))) => {
                return Some(Answer::Kind(Kind::File));
            }
            _ => {}
        }
        let nothing = |other: &Question| given(*other) == Some(&Answer::Nothing);
        let of_there = [Question::Whole, Question::Names, Question::Kind, Question::Mode];
        (of_there.iter().any(nothing) || self.is_not_listed(&path)).then_some(Answer::Nothing)
    }

    /// The head of a file of which more is known.
    fn head(&self, path: &Path, most: u64) -> Option<Answer> {
        let from = (path.to_owned(), Question::Whole);
        let of_path = self.answers.range(from..).take_while(|((of, _), _)| of == path);
        let known = of_path.filter_map(|((_, question), answer)| match (question, answer) {
            (Question::Whole, Answer::Bytes(bytes)) => Some(bytes),
            (Question::Head(limit), Answer::Bytes(bytes))
                if *limit >= most || (bytes.len() as u64) < *limit =>
            {
                Some(bytes)
            }
            _ => None,
        });
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        known.map(|bytes| Answer::Bytes(bytes[..bytes.len().min(most)].to_vec())).next()
    }

    /// Whether the directory above was listed and has no such name, or is not there itself.
    fn is_not_listed(&self, path: &Path) -> bool {
        let (Some(above), Some(name)) = (path.parent(), path.file_name()) else { return false };
        match self.answers.get(&(above.to_owned(), Question::Names)) {
            Some(Answer::Names(names)) => !names.iter().any(|known| known == name),
            Some(Answer::Nothing) => true,
            _ => false,
        }
    }
}

impl IntoIterator for Record {
    type Item = ((PathBuf, Question), Answer);
    type IntoIter = std::collections::btree_map::IntoIter<(PathBuf, Question), Answer>;

    fn into_iter(self) -> Self::IntoIter {
        self.answers.into_iter()
    }
}

impl FromIterator<((PathBuf, Question), Answer)> for Record {
    fn from_iter<I: IntoIterator<Item = ((PathBuf, Question), Answer)>>(all: I) -> Self {
        Self { answers: all.into_iter().collect() }
    }
}

impl Tape {
    /// The answer to a question: the system's, which is written down, or the one of the record.
    pub(crate) fn ask<T: Answered>(
        &self,
        path: &Path,
        question: Question,
        look: impl FnOnce() -> Result<Option<T>, Error>,
    ) -> Result<Option<T>, Error> {
        let not_kept = || Error::NotKept { path: path.to_owned() };
        match self {
            Self::Records(recorder) => {
                let answer = look();
                recorder.keep(
                    path,
                    question,
                    match &answer {
                        Ok(Some(value)) => value.keep(),
                        Ok(None) => Answer::Nothing,
                        Err(error) => Answer::Failed(crate::ground::error::chain(error)),
                    },
                );
                answer
            }
            Self::Plays(record) => match record.answer(path, question) {
                None | Some(Answer::TooLarge(_)) => Err(not_kept()),
                Some(Answer::Nothing) => Ok(None),
                Some(Answer::Failed(why)) => Err(Error::AsRecorded { why }),
                Some(answer) => T::take(&answer).map(Some).ok_or_else(not_kept),
            },
        }
    }
}

impl Answer {
    /// Bytes that it holds.
    fn size(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Names(names) => names.iter().map(|name| name.len()).sum(),
            Self::Ended(ended) => ended.stdout.len() + ended.stderr.len(),
            _ => 0,
        }
    }
}

/// A path has one spelling.
fn key(path: &Path, question: Question) -> (PathBuf, Question) {
    let spelt = matches!(question, Question::System | Question::Program);
    let path = if spelt { path.to_owned() } else { path.components().collect() };
    (path, question)
}

macro_rules! answered {
    ($($of:ty => $name:ident;)*) => {$(
        impl Answered for $of {
            fn keep(&self) -> Answer {
                Answer::$name(self.clone())
            }

            fn take(answer: &Answer) -> Option<Self> {
                match answer {
                    Answer::$name(value) => Some(value.clone()),
                    _ => None,
                }
            }
        }
    )*};
}

answered! {
    Vec<u8> => Bytes;
    Vec<OsString> => Names;
    Kind => Kind;
    PathBuf => Link;
    Mode => Mode;
    Ended => Ended;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(all: &[(&str, Question, Answer)]) -> Record {
        all.iter().map(|(path, question, answer)| ((path.into(), *question), answer.clone())).collect()
    }

    #[test]
    fn what_follows_from_an_answer_is_answered_and_nothing_else() {
        let names = Answer::Names(vec!["a".into()]);
        let bytes = |text: &str| Answer::Bytes(text.into());
        let known = record(&[
            ("/d", Question::Names, names),
            ("/d/a", Question::Head(3), bytes("abc")),
            ("/e", Question::Names, Answer::Nothing),
            ("/f", Question::Whole, bytes("text")),
        ]);
        let answer = |path: &str, question| known.answer(Path::new(path), question);
        assert_eq!(answer("/d/", Question::Kind), Some(Answer::Kind(Kind::Directory)));
        assert_eq!(answer("/d/b", Question::Whole), Some(Answer::Nothing));
        assert_eq!(answer("/e/b", Question::Mode), Some(Answer::Nothing));
        assert_eq!(answer("/e", Question::Kind), Some(Answer::Nothing));
        assert_eq!(answer("/f", Question::Head(2)), Some(bytes("te")));
        assert_eq!(answer("/d/a", Question::Head(2)), Some(bytes("ab")));
        // More than was kept, and what nobody asked.
        assert_eq!(answer("/d/a", Question::Head(4)), None);
        assert_eq!(answer("/d/a", Question::Mode), None);
        assert_eq!(answer("/d/b", Question::System), None);
    }

    #[test]
    fn what_does_not_fit_is_not_kept() {
        let recorder = Recorder { most: 4, kept: Arc::default() };
        recorder.keep(Path::new("/a"), Question::Whole, Answer::Bytes(vec![0; 4]));
        recorder.keep(Path::new("/b"), Question::Whole, Answer::Bytes(vec![0; 1]));
        let record = recorder.take();
        assert_eq!(record.answer(Path::new("/b"), Question::Whole), Some(Answer::TooLarge(1)));
        let played = Tape::Plays(Arc::new(record));
        let error = played.ask::<Vec<u8>>(Path::new("/b"), Question::Whole, || Ok(None)).unwrap_err();
        assert_eq!(error.code().as_str(), "not-in-archive");
    }
}
