//! Small trees of hosts for tests of rules.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use host_prep::fs::{Answer, Mode, Question, Record, Recorder, Root};
use host_prep::{Commands, Host, Invocation, Outcome};

use super::{Diagnosis, Family, examine};

thread_local! {
    /// The answers of the host that is looked at, which has no files to ask again.
    static PLAYED: RefCell<Option<Arc<Record>>> = const { RefCell::new(None) };
}

/// What the host answers that is looked at now, where it is none of files.
pub(super) fn played() -> Option<Arc<Record>> {
    PLAYED.with_borrow(Clone::clone)
}

/// The first day of 2027, when the certificates of `testdata` are valid.
pub(super) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_798_761_600)
}

/// What doctor says of a tree with these files: a path, and a text, or `-> target` for a link.
pub(super) fn said_of(files: &[(&str, &str)]) -> Diagnosis {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), files);
    examine(&Host::offline(Root::open(dir.path()).unwrap()), now())
}

/// Programs of a laid host: what `systemctl show` says; nothing else is there.
#[derive(Debug)]
pub(super) struct Programs(pub(super) String);

impl Commands for Programs {
    fn run(&self, invocation: &Invocation) -> io::Result<Outcome> {
        match invocation.program.as_str() {
            "systemctl" => Ok(Outcome::new(0, self.0.clone(), "")),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

/// Programs that are there and say nothing.
pub(super) fn silent() -> Arc<dyn Commands> {
    Arc::new(Programs(String::new()))
}

/// The same where a kernel runs under the tree: `/proc` and `/sys` are what is laid there.
pub(super) fn running_codes_of(family: Family, files: &[(&str, &str)], show: &str) -> Vec<&'static str> {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), files);
    let programs = Arc::new(Programs(show.to_owned()));
    let host = Host::with_commands(Root::open(dir.path()).unwrap(), programs);
    codes(family, examine(&host, now()))
}

/// Programs that answer as they are told: the beginning of a command line, a status, and what is
/// printed. Another program is not there.
#[derive(Debug)]
struct Answers(Vec<(String, i32, String)>);

impl Commands for Answers {
    fn run(&self, invocation: &Invocation) -> io::Result<Outcome> {
        let line = invocation.to_string();
        let answer = self.0.iter().find(|(begin, ..)| line.starts_with(begin.as_str()));
        let (_, status, text) = answer.ok_or(io::ErrorKind::NotFound)?;
        Ok(Outcome::new(*status, text.clone(), ""))
    }
}

/// What doctor says where a kernel runs under the tree and programs answer like that.
pub(super) fn said_of_answers(files: &[(&str, &str)], answers: &[(&str, i32, &str)]) -> Diagnosis {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), files);
    let answers = answers
        .iter()
        .map(|(line, status, text)| ((*line).to_owned(), *status, (*text).to_owned()))
        .collect();
    let host = Host::with_commands(Root::open(dir.path()).unwrap(), Arc::new(Answers(answers)));
    examine(&host, now())
}

/// The same of a tree at another time.
pub(super) fn said_at(files: &[(&str, &str)], now: SystemTime) -> Diagnosis {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), files);
    examine(&Host::offline(Root::open(dir.path()).unwrap()), now)
}

/// What doctor says where a machine runs with these files and its kernel answers like that: a question
/// (`uname(2)`), and what is said. What is not here it does not say.
pub(super) fn said_of_machine(files: &[(&str, &str)], system: &[(&str, &str)]) -> Diagnosis {
    let dir = tempfile::tempdir().unwrap();
    lay(dir.path(), files);
    let recorder = Recorder::default();
    let host = Host::with_commands(Root::open(dir.path()).unwrap(), silent()).recorded_by(&recorder);
    let _ = examine(&host, now());
    let of_files = recorder.take().into_iter().filter(|((_, question), _)| *question != Question::System);
    let of_system = system.iter().map(|(question, said)| {
        ((PathBuf::from(question), Question::System), Answer::Bytes(said.as_bytes().to_vec()))
    });
    // What the tree is not asked for, the machine may be.
    let laid = files.iter().map(|(path, text)| {
        ((Path::new("/").join(path), Question::Whole), Answer::Bytes(text.as_bytes().to_vec()))
    });
    let record: Arc<Record> = Arc::new(laid.chain(of_files).chain(of_system).collect());
    PLAYED.set(Some(Arc::clone(&record)));
    let said = examine(&Host::replayed("/", true, record).unwrap(), now());
    PLAYED.set(None);
    said
}

/// The same of one check: whether it fires, holds, or is undecided.
pub(super) fn asked(code: &str, files: &[(&str, &str)], answers: &[(&str, i32, &str)]) -> &'static str {
    let said = said_of_answers(files, answers);
    if said.findings.iter().any(|one| one.code == code) {
        "fires"
    } else if said.undecided.iter().any(|one| one.code == code) {
        "undecided"
    } else {
        "holds"
    }
}

/// The codes of what the checks of a family find, sorted.
pub(super) fn codes_of(family: Family, files: &[(&str, &str)]) -> Vec<&'static str> {
    codes(family, said_of(files))
}

fn codes(family: Family, diagnosis: Diagnosis) -> Vec<&'static str> {
    let found = diagnosis.findings;
    let mut codes: Vec<_> = found.iter().filter(|one| one.family == family).map(|one| one.code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// Whether a check could not be decided on such a tree, and did not fire.
pub(super) fn is_undecided(code: &str, files: &[(&str, &str)]) -> bool {
    let said = said_of(files);
    said.undecided.iter().any(|one| one.code == code) && said.findings.iter().all(|one| one.code != code)
}

pub(super) fn lay(dir: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        match text.strip_prefix("-> ") {
            Some(target) => std::os::unix::fs::symlink(target, &path).unwrap(),
            None => {
                host_prep::fs::write_new(&path, text.as_bytes(), mode_of(&path)).unwrap();
            }
        }
    }
}

/// Programs are executable; keys and kubeconfigs are root's alone, but for those called `shown`.
fn mode_of(path: &Path) -> Mode {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let secret = [".key", ".pem", ".conf"].iter().any(|end| name.ends_with(end));
    let of_cluster =
        path.components().any(|part| ["kubernetes", "kubelet"].iter().any(|dir| part.as_os_str() == *dir));
    if path.components().any(|part| part.as_os_str() == "bin") {
        Mode::DIRECTORY
    } else if secret && of_cluster && !name.starts_with("shown") {
        Mode::PRIVATE
    } else {
        Mode::PUBLIC
    }
}
