//! A host whose answers are written down, and one that is not here and answers what was written down.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Commands, Host, Invocation, Outcome, SystemCommands};
use crate::Error;
use crate::fs::{Ended, Question, Record, Recorder, Root, Tape};

/// Programs whose answers are written down.
#[derive(Debug)]
struct Recorded {
    inner: Arc<dyn Commands>,
    tape: Tape,
}

/// Programs that were run once, elsewhere.
#[derive(Debug)]
struct Replayed {
    tape: Tape,
}

impl Host {
    /// The same host; every answer of its files, of its kernel and of programs is written down as well.
    #[must_use]
    pub fn recorded_by(self, recorder: &Recorder) -> Self {
        let tape = Tape::Records(recorder.clone());
        let recorded = |inner| Arc::new(Recorded { inner, tape }) as Arc<dyn Commands>;
        Self { root: self.root.recorded_by(recorder), commands: self.commands.map(recorded), ..self }
    }

    /// A host that is not here: its tree was at `path`, `running` says whether a kernel ran under it,
    /// and it answers what it answered when it was recorded. Nothing can be changed on it.
    ///
    /// # Errors
    ///
    /// [`Error::Root`] when the system refuses a handle.
    pub fn replayed(
        path: impl Into<PathBuf>,
        running: bool,
        record: impl Into<Arc<Record>>,
    ) -> Result<Self, Error> {
        let record = record.into();
        let commands = Arc::new(Replayed { tape: Tape::Plays(Arc::clone(&record)) });
        Ok(Self::of(Root::replayed(path.into(), record)?, running, Some(commands)))
    }

    /// The tree of this host with the programs of this machine, which are pointed at it. What answers
    /// for the host answers for this one.
    ///
    /// # Errors
    ///
    /// [`Error::Root`] when the system refuses one more handle.
    pub fn tree_with_programs(&self) -> Result<Self, Error> {
        let root = self.root.again()?;
        let commands: Arc<dyn Commands> = match root.tape() {
            None => Arc::new(SystemCommands),
            Some(tape @ Tape::Plays(_)) => Arc::new(Replayed { tape: tape.clone() }),
            Some(tape) => Arc::new(Recorded { inner: Arc::new(SystemCommands), tape: tape.clone() }),
        };
        Ok(Self::image(root, commands))
    }
}

impl Commands for Recorded {
    fn run(&self, invocation: &Invocation) -> io::Result<Outcome> {
        ask(&self.tape, invocation, || self.inner.run(invocation))
    }
}

impl Commands for Replayed {
    fn run(&self, invocation: &Invocation) -> io::Result<Outcome> {
        ask(&self.tape, invocation, || Err(io::ErrorKind::NotFound.into()))
    }
}

fn ask(
    tape: &Tape,
    invocation: &Invocation,
    run: impl FnOnce() -> io::Result<Outcome>,
) -> io::Result<Outcome> {
    let command = invocation.to_string();
    let look = || match run() {
        Ok(Outcome { status, stdout, stderr }) => Ok(Some(Ended { status, stdout, stderr })),
        Err(source) => Err(Error::Command { command: command.clone(), source }),
    };
    match tape.ask::<Ended>(Path::new(&command), Question::Program, look) {
        Ok(Some(Ended { status, stdout, stderr })) => Ok(Outcome { status, stdout, stderr }),
        Ok(None) => Err(io::ErrorKind::NotFound.into()),
        Err(Error::Command { source, .. }) => Err(source),
        Err(error) => Err(io::Error::other(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_answers_once_and_is_not_run_again() {
        let recorder = Recorder::default();
        let host = Host::live().unwrap().recorded_by(&recorder);
        let (said, fails) = (Invocation::new("echo", ["a"]), Invocation::new("/nowhere/program", [""]));
        assert_eq!(host.run(&said).unwrap().stdout, b"a\n");
        let error = host.run(&fails).unwrap_err().to_string();
        let host = Host::replayed("/", true, recorder.take()).unwrap();
        assert_eq!(host.run(&said).unwrap().stdout, b"a\n");
        assert_eq!(host.run(&fails).unwrap_err().to_string(), error);
        assert!(host.run(&Invocation::new("echo", ["b"])).is_err());
    }

    #[test]
    fn a_host_that_is_not_here_is_not_changed() {
        let dir = tempfile::tempdir().unwrap();
        let recorder = Recorder::default();
        let tree = Host::offline(Root::open(dir.path()).unwrap()).recorded_by(&recorder);
        assert_eq!(tree.root().list(Path::new("/")).unwrap(), Some(Vec::new()));
        let host = Host::replayed(dir.path(), false, recorder.take()).unwrap();
        let set = crate::fs::set(host.root(), Path::new("/a"), b"", crate::fs::Mode::PUBLIC);
        assert!(set.is_err() && !dir.path().join("a").exists(), "{set:?}");
        assert!(host.tree_with_programs().unwrap().root().read(Path::new("/a")).unwrap().is_none());
    }
}
