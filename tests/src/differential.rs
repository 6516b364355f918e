//! Random files, and what real kubeadm and the crate say of each (`conformance differential`).

mod dress;
mod grammar;
mod lines;
mod normal;
mod oracle;
mod ours;
mod random;
mod tree;
mod values;

use std::fmt::Write as _;

use kubeadm_config::KubeadmRelease;

pub use self::dress::{Damage, Dress, Style};
pub use self::grammar::Grammar;
pub use self::lines::{LinesOutcome, compare_lines};
use self::normal::normal;
pub use self::oracle::{Answer, Answers, Command, Oracle, Unavailable};
pub use self::ours::ours;
pub use self::random::Random;
pub use self::tree::{File, Tree};

/// What is asked of a run.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_structs, reason = "the flags of the command")]
pub struct Request {
    /// The release both sides are.
    pub release: KubeadmRelease,
    /// How many files.
    pub count: usize,
    /// What makes a run repeatable.
    pub seed: u64,
    /// How many differences to shrink and tell of.
    pub show: usize,
    /// Whether to shrink them, which asks kubeadm some hundred times more.
    pub shrink: bool,
    /// The commands, each asked only where the ones before it succeed.
    pub commands: Vec<Command>,
    /// Whether experimental API versions are allowed and wanted.
    pub experimental: bool,
}

impl Request {
    /// The commands that a release has and that take any document.
    pub fn commands_of(release: &KubeadmRelease) -> Vec<Command> {
        let migrate_only = release.minor().number() < VALIDATE_SINCE;
        if migrate_only { vec![Command::Migrate] } else { vec![Command::Validate, Command::Migrate] }
    }
}

/// So many times kubeadm is asked again about a difference: Go turns the order of a small map about
/// once in eight times.
const OFTEN: usize = 40;

/// So many times about a file that is only on the way to a smaller one.
const SELDOM: usize = 3;

/// The first minor with `config validate`.
const VALIDATE_SINCE: u64 = 28;

/// What the crate says of a file, as kubeadm of a release would say it.
pub type Ours = fn(&Request, &str) -> Answers;

/// How a run went.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Outcome {
    /// The files both were asked about.
    pub asked: usize,
    /// The files kubeadm accepts.
    pub accepted: usize,
    /// The files of which both say the same.
    pub agreed: usize,
    /// The files of which kubeadm says now this, now that, and the crate one of these things.
    pub unsteady: usize,
    /// The first differences, made small.
    pub differences: Vec<Difference>,
}

/// A file of which the two say different things.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Difference {
    /// The file.
    pub file: String,
    /// What kubeadm says.
    pub kubeadm: Answers,
    /// What the crate says.
    pub ours: Answers,
}

/// Runs it: files are made, asked about in batches, and the first differences shrunk.
pub fn run(request: &Request, ours: Ours) -> Result<Outcome, Unavailable> {
    const BATCH: usize = 400;
    let comparison = Comparison::new(request, ours)?;
    let grammar = Grammar::of(&request.release, request.experimental);
    let mut random = Random::of(request.seed);
    let mut outcome = Outcome::default();
    while outcome.asked < request.count {
        let size = BATCH.min(request.count - outcome.asked);
        let files: Vec<File> = (0..size).map(|_| grammar.file(&mut random)).collect();
        let verdicts = comparison.compare_all(&files, OFTEN)?;
        for (file, verdict) in files.into_iter().zip(verdicts) {
            outcome.asked += 1;
            outcome.accepted += usize::from(verdict.accepted);
            match verdict.agreement {
                Agreement::Same => outcome.agreed += 1,
                Agreement::Unsteady => outcome.unsteady += 1,
                Agreement::Different if outcome.differences.len() < request.show => {
                    let file = if request.shrink { comparison.shrink(file)? } else { file };
                    outcome.differences.push(comparison.difference(&file)?);
                }
                Agreement::Different => {}
            }
        }
    }
    Ok(outcome)
}

impl Outcome {
    /// Whether nothing is left to explain.
    pub fn agrees(&self) -> bool {
        self.asked > 0 && self.agreed + self.unsteady == self.asked
    }

    /// The differences, with what either side says.
    pub fn told(&self) -> String {
        let told = |difference: &Difference| {
            let Difference { file, kubeadm, ours } = difference;
            format!("--- difference\n{file}\n{}", told("kubeadm", kubeadm, "crate", ours))
        };
        self.differences.iter().map(told).collect()
    }

    /// A line of figures.
    pub fn figures(&self) -> String {
        let Self { asked, accepted, agreed, unsteady, .. } = self;
        let differ = asked - agreed - unsteady;
        format!(
            "asked {asked}, accepted {accepted}: agree {agreed}, differ {differ}, kubeadm itself unsteady {unsteady}\n"
        )
    }
}

/// Where two answers differ, side by side.
fn told(left_name: &str, left: &Answers, right_name: &str, right: &Answers) -> String {
    let mut text = String::new();
    let none = Answer { exit: -1, ..Answer::default() };
    let of = |answers: &Answers, wanted: Command| {
        let found = answers.iter().find(|(command, _)| *command == wanted);
        found.map_or_else(|| none.clone(), |(_, answer)| answer.clone())
    };
    for command in Command::ALL {
        let name = |side: &str| format!("{side} ({})", command.name());
        text += &parts_that_differ(
            (&name(left_name), &of(left, command)),
            (&name(right_name), &of(right, command)),
        );
    }
    text
}

/// The parts in which two answers differ, side by side.
fn parts_that_differ((left_name, left): (&str, &Answer), (right_name, right): (&str, &Answer)) -> String {
    let mut text = String::new();
    for (part, a, b) in [
        ("exit", &left.exit.to_string(), &right.exit.to_string()),
        ("stderr", &left.stderr, &right.stderr),
        ("stdout", &left.stdout, &right.stdout),
    ] {
        if a != b {
            let _ = writeln!(text, "{part}, {left_name}:\n{a}\n{part}, {right_name}:\n{b}");
        }
    }
    text
}

/// Both sides.
struct Comparison<'a> {
    oracle: Oracle,
    request: &'a Request,
    ours: Ours,
}

struct Verdict {
    accepted: bool,
    agreement: Agreement,
}

enum Agreement {
    Same,
    Unsteady,
    Different,
}

impl<'a> Comparison<'a> {
    fn new(request: &'a Request, ours: Ours) -> Result<Self, Unavailable> {
        let release = request.release.version().to_string();
        let options: &[&str] = if request.experimental { &["--allow-experimental-api"] } else { &[] };
        Ok(Self { oracle: Oracle::of(&release, &request.commands, options)?, request, ours })
    }

    fn ours(&self, text: &str) -> Answers {
        normal_all(&(self.ours)(self.request, text), text)
    }

    fn kubeadm(&self, texts: &[String]) -> Result<Vec<Answers>, Unavailable> {
        let answers = self.oracle.ask(texts)?;
        Ok(answers.iter().zip(texts).map(|(answers, text)| normal_all(answers, text)).collect())
    }

    /// The verdict on each file; where the two differ, kubeadm is asked so many `times` more.
    fn compare_all(&self, files: &[File], times: usize) -> Result<Vec<Verdict>, Unavailable> {
        let texts: Vec<String> = files.iter().map(File::text).collect();
        let answers = self.oracle.ask_at_once(&texts)?;
        let verdict = |(text, answers): (&String, Answers)| {
            let ours = self.ours(text);
            let accepted = answers.iter().all(|(_, answer)| answer.exit == 0);
            let same = normal_all(&answers, text) == ours;
            Ok(Verdict {
                accepted,
                agreement: if same { Agreement::Same } else { self.asked_again(text, &ours, times)? },
            })
        };
        texts.iter().zip(answers).map(verdict).collect()
    }

    /// What the program as it is says of a file that seemed to differ.
    fn asked_again(&self, text: &str, ours: &Answers, times: usize) -> Result<Agreement, Unavailable> {
        let kubeadm = self.kubeadm(&[text.to_owned()])?.pop().unwrap_or_default();
        if kubeadm == *ours { Ok(Agreement::Same) } else { self.steadied(text, &kubeadm, ours, times) }
    }

    /// Some releases walk maps in Go's random order. So kubeadm is asked a few times more.
    fn steadied(
        &self,
        text: &str,
        first: &Answers,
        ours: &Answers,
        times: usize,
    ) -> Result<Agreement, Unavailable> {
        let again = self.kubeadm(&vec![text.to_owned(); times])?;
        let unsteady = again.iter().any(|answers| answers != first);
        let said = again.iter().any(|answers| answers == ours);
        Ok(if unsteady && said { Agreement::Unsteady } else { Agreement::Different })
    }

    /// The first file of which the two steadily say different things.
    fn first_different(&self, files: &[File]) -> Result<Option<usize>, Unavailable> {
        let verdicts = self.compare_all(files, SELDOM)?;
        Ok(verdicts.iter().position(|verdict| matches!(verdict.agreement, Agreement::Different)))
    }

    /// The smallest file that still shows a difference.
    fn shrink(&self, mut file: File) -> Result<File, Unavailable> {
        'smaller: loop {
            for candidates in file.smaller().chunks(40) {
                if let Some(at) = self.first_different(candidates)? {
                    file = candidates[at].clone();
                    continue 'smaller;
                }
            }
            return Ok(file);
        }
    }

    fn difference(&self, file: &File) -> Result<Difference, Unavailable> {
        let text = file.text();
        let kubeadm = self.kubeadm(std::slice::from_ref(&text))?.pop().unwrap_or_default();
        Ok(Difference { ours: self.ours(&text), kubeadm, file: text })
    }
}

fn normal_all(answers: &Answers, input: &str) -> Answers {
    answers.iter().map(|(command, answer)| (*command, normal(answer, input))).collect()
}
