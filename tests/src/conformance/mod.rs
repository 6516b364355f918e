//! Agreement with recorded answers of real programs: what was asked, what was answered, what we
//! say.
//!
//! A suite reads a directory and puts every comparison into a [`Tally`]. It knows nothing of
//! printing.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

mod crio;
mod doctor;
mod kubeadm;
mod kubelet;
mod pki;
mod yaml;

/// What a suite is asked to do.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// A directory laid out like the one of the suite's name under `shared/conformance`.
    pub dir: PathBuf,
    /// Only this release, where a suite knows several.
    pub release: Option<String>,
}

impl Request {
    /// Everything in `dir`.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), release: None }
    }
}

/// Why a suite could not be run.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// No suite has this name.
    UnknownSuite(String),
    /// A file of the directory cannot be read, or is not what the suite expects.
    Unreadable(PathBuf, String),
}

impl Error {
    /// A file that could not be opened or read.
    pub fn io(path: &Path, error: &io::Error) -> Self {
        Self::Unreadable(path.to_owned(), error.to_string())
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownSuite(name) => {
                let names: Vec<_> = SUITES.iter().map(|(name, _)| *name).collect();
                write!(f, "there is no suite {name:?}; there are: {}", names.join(", "))
            }
            Self::Unreadable(path, why) => write!(f, "cannot read {}: {why}", path.display()),
        }
    }
}

impl std::error::Error for Error {}

type Suite = fn(&Request, &mut Tally) -> Result<(), Error>;

/// The suites by name. A suite fills the tally and fails only when its directory cannot be read.
const SUITES: &[(&str, Suite)] = &[
    ("crio", crio::run),
    ("doctor", doctor::run),
    ("kubeadm", kubeadm::run),
    ("kubelet", kubelet::run),
    ("pki", pki::run),
    ("yaml", yaml::run),
];

/// Runs the suite called `name`.
pub fn run(name: &str, request: &Request) -> Result<Tally, Error> {
    let (_, suite) = SUITES
        .iter()
        .find(|(known, _)| *known == name)
        .ok_or_else(|| Error::UnknownSuite(name.to_owned()))?;
    let mut tally = Tally::default();
    suite(request, &mut tally)?;
    Ok(tally)
}

/// One comparison that did not come out equal.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Disagreement {
    /// The case's name.
    pub case: String,
    /// The release that was imitated, empty where the suite knows none.
    pub release: String,
    /// What was compared.
    pub aspect: &'static str,
    /// What the real program said.
    pub expected: String,
    /// What we said.
    pub got: String,
}

/// The comparisons of a run.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    counts: BTreeMap<(String, &'static str), (usize, usize)>,
    disagreements: Vec<Disagreement>,
}

impl Tally {
    /// Compares one answer with ours.
    pub fn compare(&mut self, release: &str, aspect: &'static str, case: &str, expected: &str, got: &str) {
        let count = self.counts.entry((release.to_owned(), aspect)).or_default();
        count.1 += 1;
        if expected == got {
            count.0 += 1;
            return;
        }
        let (case, release) = (case.to_owned(), release.to_owned());
        let (expected, got) = (expected.to_owned(), got.to_owned());
        self.disagreements.push(Disagreement { case, release, aspect, expected, got });
    }

    /// How many comparisons came out equal, and how many there were.
    pub fn total(&self) -> (usize, usize) {
        self.counts.values().fold((0, 0), |sum, count| (sum.0 + count.0, sum.1 + count.1))
    }

    /// Whether something was compared and all of it agrees.
    pub fn agrees(&self) -> bool {
        let (agree, all) = self.total();
        all > 0 && agree == all
    }

    /// What did not come out equal, in the order of the cases.
    pub fn disagreements(&self) -> &[Disagreement] {
        &self.disagreements
    }

    /// The report: up to `show` disagreements, a line per release and aspect, the total last.
    pub fn report(&self, show: usize) -> String {
        let mut text = String::new();
        for Disagreement { case, release, aspect, expected, got } in self.disagreements.iter().take(show) {
            let _ = writeln!(
                text,
                "--- {case} ({release} {aspect})\nexpected:\n{}got:\n{}",
                indented(expected),
                indented(got)
            );
        }
        for ((release, aspect), (agree, all)) in &self.counts {
            let release = if release.is_empty() { "-" } else { release };
            let _ = writeln!(text, "{release} {aspect}: agree {agree} of {all}");
        }
        let (agree, all) = self.total();
        let _ = writeln!(text, "total: agree {agree} of {all}");
        text
    }
}

fn indented(text: &str) -> String {
    text.split_inclusive('\n').fold(String::new(), |all, line| all + "    " + line).trim_end().to_owned()
        + "\n"
}

/// Reads a file of one JSON value a line.
pub(crate) fn json_lines(path: &Path) -> Result<Vec<serde_json::Value>, Error> {
    let text = std::fs::read_to_string(path).map_err(|error| Error::io(path, &error))?;
    let parse = |(number, line): (usize, &str)| {
        serde_json::from_str(line)
            .map_err(|error| Error::Unreadable(path.to_owned(), format!("line {}: {error}", number + 1)))
    };
    text.lines().enumerate().filter(|(_, line)| !line.is_empty()).map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_compared_is_no_agreement() {
        assert!(!Tally::default().agrees());
        assert_eq!(Tally::default().report(0), "total: agree 0 of 0\n");
    }

    #[test]
    fn a_disagreement_is_counted_and_shown() {
        let mut tally = Tally::default();
        tally.compare("v1.2.3", "verdict", "a", "ok", "ok");
        tally.compare("v1.2.3", "verdict", "b", "ok", "no\nreason");
        assert!(!tally.agrees());
        let report = tally.report(1);
        assert!(
            report.starts_with("--- b (v1.2.3 verdict)\nexpected:\n    ok\ngot:\n    no\n    reason\n"),
            "{report}"
        );
        assert!(report.ends_with("v1.2.3 verdict: agree 1 of 2\ntotal: agree 1 of 2\n"), "{report}");
    }

    #[test]
    fn an_unknown_suite_is_named_with_the_known_ones() {
        let error = run("nope", &Request::new(".")).unwrap_err();
        assert!(error.to_string().contains("pki"), "{error}");
    }
}
