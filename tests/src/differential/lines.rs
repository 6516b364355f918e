//! Whole command lines, asked of a real kubeadm and of the built program with `--like-kubeadm`
//! (`conformance command-lines`).

mod files;
mod table;

use std::path::Path;

use kubeadm_config::KubeadmRelease;

use super::normal::normal;
use super::oracle::{Answer, Oracle, Unavailable, ask_lines};
use super::parts_that_differ;

/// The same question to both.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    kubeadm: Vec<String>,
    ours: Vec<String>,
}

/// How a comparison of command lines went.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct LinesOutcome {
    /// The command lines both were asked.
    pub asked: usize,
    /// The ones kubeadm ends well on.
    pub accepted: usize,
    /// What differs, told for people: one text for a line.
    pub differences: Vec<String>,
}

impl LinesOutcome {
    /// Whether there is nothing to explain.
    pub fn agrees(&self) -> bool {
        self.asked > 0 && self.differences.is_empty()
    }

    /// A line of figures.
    pub fn figures(&self) -> String {
        let Self { asked, accepted, differences } = self;
        format!("command lines {asked}, accepted {accepted}: differ {}\n", differences.len())
    }
}

/// Asks both every line of the table.
pub fn compare_lines(release: &KubeadmRelease, program: &Path) -> Result<LinesOutcome, Unavailable> {
    let kubeadm = Oracle::of(&release.version().to_string(), &[], &[])?.program().to_owned();
    let files = files::files(release);
    let lines = table::lines(release, &files);
    let pick = |side: fn(&Line) -> &Vec<String>| lines.iter().map(side).cloned().collect::<Vec<_>>();
    let theirs = ask_lines(&kubeadm, &files, &pick(|line| &line.kubeadm))?;
    let ours = ask_lines(program, &files, &pick(|line| &line.ours))?;
    let mut outcome = LinesOutcome { asked: lines.len(), ..LinesOutcome::default() };
    for ((line, theirs), ours) in lines.iter().zip(theirs).zip(ours) {
        outcome.accepted += usize::from(theirs.exit == 0);
        let (theirs, ours) = (steady(&theirs), steady(&ours));
        if theirs != ours {
            let parts = parts_that_differ(("kubeadm", &theirs), ("k8sprep", &ours));
            let line = format!("kubeadm {}\nk8sprep {}", line.kubeadm.join(" "), line.ours.join(" "));
            outcome.differences.push(format!("--- difference\n{line}\n{parts}"));
        }
    }
    Ok(outcome)
}

/// Tokens that are in the files are all of this shape, so that no other need be told from them.
fn steady(answer: &Answer) -> Answer {
    normal(answer, files::TOKEN)
}
