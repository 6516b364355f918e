//! Which test proves what of each check: that it fires, that it holds, and that it is undecided where
//! its evidence is taken away.
//!
//! Every diagnosis of the tests of this crate comes by here ([`note`]). The layer `tables` runs the
//! doctor's tests once more with a file to write to, and compares what came of it with
//! `testdata/proved.tsv`, of which `cli/tests/cli/checks.rs` makes a page of the handbook.
//! Nobody writes that file by hand.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

use host_prep::Host;
use host_prep::fs::{Answer, Question, Record, Recorder};

use super::check::by_facts;
use super::{Diagnosis, Inspection, Rule, checks, diagnose_those, laid};

/// Names the file that every diagnosis is written to.
const TO: &str = "K8SPREP_PROOF";
/// What a file says that may not be read.
const DENIED: &str = "Permission denied (os error 13)";
/// So many looks of one test are tried, until one answer was found that a check cannot be without.
const TRIES: u8 = 3;

/// An answer of a host, by its question.
type Asked = (PathBuf, Question);

thread_local! {
    /// A look of this module's own proves nothing.
    static OWN: Cell<bool> = const { Cell::new(false) };
    /// Codes of the test that runs in this thread, and how often an answer was taken away from each.
    static TAKEN: RefCell<BTreeMap<&'static str, u8>> = const { RefCell::new(BTreeMap::new()) };
}

fn file() -> Option<&'static Path> {
    static FILE: OnceLock<Option<PathBuf>> = OnceLock::new();
    FILE.get_or_init(|| std::env::var_os(TO).map(PathBuf::from)).as_deref()
}

/// What facts alone say, for [`proved`].
pub(crate) fn said(codes: impl Iterator<Item = &'static str>) {
    let Some(file) = file().filter(|_| !OWN.get()) else { return };
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let by_facts = |code: &&'static str| {
        checks().any(|(_, check)| check.name == *code && std::ptr::fn_addr_eq(check.rule, by_facts as Rule))
    };
    write(file, &codes.filter(by_facts).map(|code| format!("{test}\t{code}\tfires\t\n")).collect::<String>());
}

fn write(file: &Path, lines: &str) {
    let opened = std::fs::File::options().append(true).create(true).open(file);
    opened.and_then(|mut file| file.write_all(lines.as_bytes())).unwrap();
}

/// What came of a look, for [`proved`].
pub(super) fn note(seen: &Inspection<'_>, diagnosis: &Diagnosis, wanted: &dyn Fn(&str) -> bool) {
    let Some(file) = file().filter(|_| !OWN.get()) else { return };
    let open: BTreeSet<&str> = diagnosis.undecided.iter().map(|one| one.code).collect();
    let fired: BTreeSet<&str> = diagnosis.findings.iter().map(|one| one.code).collect();
    let test = std::thread::current().name().unwrap_or_default().to_owned();
    let mut lines = String::new();
    for code in checks().map(|(_, check)| check.name).filter(|name| wanted(name)) {
        let state = match (fired.contains(code), open.contains(code)) {
            (true, _) => "fires",
            (false, true) => "undecided",
            (false, false) => "holds",
        };
        let _ = writeln!(lines, "{test}\t{code}\t{state}\t");
    }
    OWN.set(true);
    for finding in &diagnosis.findings {
        if let Some(asked) = without(seen, finding.code, &finding.evidence) {
            let _ = writeln!(lines, "{test}\t{}\ttaken\t{asked}", finding.code);
        }
    }
    OWN.set(false);
    write(file, &lines);
}

/// An answer without which a check that fires cannot be decided, as it is told.
fn without(seen: &Inspection<'_>, code: &'static str, evidence: &[super::Evidence]) -> Option<String> {
    let tried = TAKEN.with_borrow(|taken| taken.get(code).copied().unwrap_or_default());
    if tried >= TRIES || checks().all(|(_, check)| check.name != code) {
        return None;
    }
    let found = [false, true].into_iter().find_map(|kept| {
        let record = match laid::played() {
            Some(record) => Record::clone(&record),
            None => recorded(seen, code, kept)?,
        };
        let is_evidence = |asked: &Asked| evidence.iter().any(|place| asked.0 == Path::new(&place.source));
        let mut all = answers(&record);
        all.sort_by_key(|asked| !is_evidence(asked));
        let last = all.into_iter().find(|asked| is_undecided(seen, code, kept, &record, asked));
        last.map(|(path, question)| shown(&path, question))
    });
    TAKEN.with_borrow_mut(|taken| taken.insert(code, if found.is_some() { TRIES } else { tried + 1 }));
    found
}

/// What is asked where the check fires once more.
fn recorded(seen: &Inspection<'_>, code: &str, kept: bool) -> Option<Record> {
    let recorder = Recorder::default();
    let host = seen.host().again().ok()?.recorded_by(&recorder);
    let again = fires(&seen.once_more(&host, kept), code);
    again.then(|| recorder.take())
}

fn fires(seen: &Inspection<'_>, code: &str) -> bool {
    diagnose_those(seen, &|name| name == code).findings.iter().any(|one| one.code == code)
}

fn answers(record: &Record) -> Vec<Asked> {
    let known = |answer: &Answer| !matches!(answer, Answer::Nothing | Answer::Failed(_));
    record.iter().filter(|(.., answer)| known(answer)).map(|(path, ask, _)| (path.to_owned(), ask)).collect()
}

/// Whether the check neither fires nor holds where that one answer is refused.
fn is_undecided(seen: &Inspection<'_>, code: &str, kept: bool, record: &Record, asked: &Asked) -> bool {
    let changed = record.clone().map(|path, question, answer| {
        if path == asked.0 && question == asked.1 { Answer::Failed(DENIED.to_owned()) } else { answer }
    });
    let root = seen.host().root().path().to_owned();
    let host = Host::replayed(root, seen.is_running(), Arc::new(changed)).unwrap();
    let said = diagnose_those(&seen.once_more(&host, kept), &|name| name == code);
    said.findings.iter().all(|one| one.code != code) && said.undecided.iter().any(|one| one.code == code)
}

/// A program without what is of this run alone.
fn shown(path: &Path, question: Question) -> String {
    let path = path.to_string_lossy();
    match question {
        Question::Program => path.split(' ').next().unwrap_or_default().to_owned(),
        _ => path.into_owned(),
    }
}

/// What the tests prove of a check.
#[derive(Debug, Default)]
struct Proved {
    fires: BTreeSet<String>,
    holds: BTreeSet<String>,
    undecided: BTreeSet<String>,
    /// The test, and what was taken away.
    taken: BTreeSet<(String, String)>,
}

/// Checks that no test of the doctor's fires, and why.
const NOT_FIRED: &[(&str, &str)] =
    &[("crio-unit-missing", "told beside a spec alone, by `verify`: cli/tests/cli/codes/stages.rs fires it")];

/// Checks that no test leaves undecided, and why. The list may only shrink.
const NOT_UNDECIDED: &[(&str, &str)] = &[];

/// The doctor's tests once more, in a process of their own, and what each proves.
#[expect(clippy::disallowed_methods, reason = "a test runs itself")]
fn proved() -> BTreeMap<String, Proved> {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("looks");
    let mut again = Command::new(std::env::current_exe().unwrap());
    // Of two threads or more each is called after its test.
    again
        .args(["doctor::", "recipe::", "--skip", "doctor::proof::", "--test-threads=2", "--quiet"])
        .env(TO, &to);
    let output = again.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let mut all: BTreeMap<String, Proved> = BTreeMap::new();
    for line in std::fs::read_to_string(to).unwrap().lines() {
        let columns: Vec<&str> = line.split('\t').collect();
        let [test, code, state, asked] = columns[..] else { panic!("{line}") };
        let (of, test) = (all.entry(code.to_owned()).or_default(), test.to_owned());
        match state {
            "fires" => drop(of.fires.insert(test)),
            "holds" => drop(of.holds.insert(test)),
            "undecided" => drop(of.undecided.insert(test)),
            _ => drop(of.taken.insert((test, asked.to_owned()))),
        }
    }
    all
}

fn table() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/doctor/testdata/proved.tsv")
}

const HEAD: &str =
    "# Made by doctor/proof.rs, of the doctor's tests: which fires a check, of which it holds, where it is \
                    undecided and without what.
# code	fires	holds	undecided	without
";

/// A row that is still true is kept, so that a new test changes no row.
fn rows(proved: &BTreeMap<String, Proved>, before: &str) -> String {
    let mut text = HEAD.to_owned();
    let nothing = Proved::default();
    for code in checks().map(|(_, check)| check.name) {
        let of = proved.get(code).unwrap_or(&nothing);
        let was: Vec<&str> = before
            .lines()
            .map(|line| line.split('\t').collect::<Vec<_>>())
            .find(|row| row[0] == code)
            .unwrap_or_default();
        let was = |at: usize| was.get(at).copied().unwrap_or_default();
        let kept = |all: &BTreeSet<String>, at: usize| {
            let same = all.iter().find(|test| test.as_str() == was(at));
            same.or_else(|| all.first()).cloned().unwrap_or_default()
        };
        let taken = of.taken.iter().find(|(test, asked)| test == was(3) && asked == was(4));
        let (undecided, without) = match taken.or_else(|| of.taken.first()) {
            Some((test, asked)) => (test.clone(), asked.clone()),
            None => (kept(&of.undecided, 3), String::new()),
        };
        let (fires, holds) = (kept(&of.fires, 1), kept(&of.holds, 2));
        let _ = writeln!(text, "{code}\t{fires}\t{holds}\t{undecided}\t{without}");
    }
    text
}

/// What is in the table was seen; each check has a case that fires it, one where it holds, and one
/// where it is undecided.
#[test]
#[ignore = "run it with `tests/layer tables`"]
fn each_check_is_proved_as_the_table_says() {
    let before = std::fs::read_to_string(table()).unwrap_or_default();
    let rows = rows(&proved(), &before);
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        std::fs::write(table(), &rows).unwrap();
    }
    let is = std::fs::read_to_string(table()).unwrap_or_default();
    let stale: Vec<_> = rows.lines().filter(|row| is.lines().all(|line| line != *row)).collect();
    assert!(stale.is_empty() && is.lines().count() == rows.lines().count(), "stale: {stale:#?}");
}

/// The same of the table as it is, which `cargo test` looks at.
#[test]
fn each_check_is_proved() {
    let is = std::fs::read_to_string(table()).unwrap();
    let mut wrong = Vec::new();
    for code in checks().map(|(_, check)| check.name) {
        let row = is.lines().map(|line| line.split('\t').collect::<Vec<_>>()).find(|row| row[0] == code);
        let argued = NOT_FIRED.iter().any(|(name, _)| *name == code);
        match row.as_deref() {
            Some([_, fires, ..]) if fires.is_empty() != argued => {
                wrong.push(format!("{code}: fired by {fires:?}, argued: {argued}"));
            }
            Some([_, _, "", ..]) => wrong.push(format!("{code}: no test has it hold")),
            Some([_, _, _, open, ..])
                if open.is_empty() != NOT_UNDECIDED.iter().any(|(name, _)| *name == code) =>
            {
                wrong.push(format!("{code}: undecided in {open:?}, or argued"));
            }
            Some([_, _, _, _, _]) => {}
            _ => wrong.push(format!("{code}: not in the table; the layer `tables` makes it")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
