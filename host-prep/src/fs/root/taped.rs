//! A tree whose answers are written down, and one that answers what was written down.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Root, Walker};
use crate::Error;
use crate::fs::record::{Answered, Question, Record, Recorder, Tape};

impl Root {
    /// The same tree; what it answers is written down as well.
    #[must_use]
    pub(crate) fn recorded_by(self, recorder: &Recorder) -> Self {
        Self { tape: Some(Tape::Records(recorder.clone())), ..self }
    }

    /// A tree that is not here: it was at `path`, and answers what it answered when it was recorded.
    /// Nothing can be written to it.
    ///
    /// # Errors
    ///
    /// [`Error::Root`] when the system refuses even an empty handle.
    pub(crate) fn replayed(path: PathBuf, record: Arc<Record>) -> Result<Self, Error> {
        let nowhere = Self::open("/")?;
        Ok(Self { path, walker: Walker::Nobody, tape: Some(Tape::Plays(record)), ..nowhere })
    }

    /// One more handle of the same tree.
    ///
    /// # Errors
    ///
    /// [`Error::Root`] when the system refuses one.
    pub fn again(&self) -> Result<Self, Error> {
        let fd = rustix::io::fcntl_dupfd_cloexec(&self.fd, 0)
            .map_err(|errno| Error::Root { path: self.path.clone(), source: errno.into() })?;
        let (path, owner) = (self.path.clone(), self.owner.clone());
        let (tape, overlay) = (self.tape.clone(), self.overlay.clone());
        Ok(Self { fd, path, walker: self.walker, owner, tape, overlay })
    }

    pub(crate) fn tape(&self) -> Option<&Tape> {
        self.tape.as_ref()
    }

    pub(super) fn ask<T: Answered>(
        &self,
        path: &Path,
        question: Question,
        look: impl FnOnce() -> Result<Option<T>, Error>,
    ) -> Result<Option<T>, Error> {
        match &self.tape {
            None => look(),
            Some(tape) => tape.ask(path, question, look),
        }
    }

    /// What a system call says that is about the host of this tree: `look` asks it. A tree that is
    /// replayed answers what it answered then. The question is its name.
    ///
    /// # Errors
    ///
    /// What `look` says, and [`Error::NotKept`] where it was not asked then.
    pub fn system(
        &self,
        question: &str,
        look: impl FnOnce() -> std::io::Result<Vec<u8>>,
    ) -> Result<Vec<u8>, Error> {
        let path = Path::new(question);
        let look = || look().map(Some).map_err(|source| Error::Read { path: question.into(), source });
        let answer = self.ask(path, Question::System, look)?;
        answer.ok_or_else(|| Error::NotKept { path: path.to_owned() })
    }
}
