//! A program that has to be new enough.

use std::path::{Path, PathBuf};

use super::Resource;
use crate::ground::code::Code;
use crate::plan::Draft;
use crate::{Host, Invocation, Observed};

/// A program that something else needs in a version or a later one. It is asked where it can run:
/// of a tree, and of a program that is not there, nothing is said.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ProgramVersion {
    kind: &'static str,
    program: PathBuf,
    at_least: [u64; 3],
    why: String,
}

impl ProgramVersion {
    /// The program at this path, which tells its version by `--version`, in that version or later.
    pub fn new(
        kind: &'static str,
        program: impl Into<PathBuf>,
        at_least: [u64; 3],
        why: impl Into<String>,
    ) -> Self {
        Self { kind, program: program.into(), at_least, why: why.into() }
    }

    fn question(&self) -> Invocation {
        Invocation::new(self.program.display().to_string(), ["--version"])
    }
}

impl Resource for ProgramVersion {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        let there = Path::new(&self.program).is_absolute()
            && host.root().kind(&self.program).is_ok_and(|kind| kind.is_some());
        if host.is_running() && there {
            let question = self.question();
            seen.ask(host, &question.to_string(), &question);
        }
    }

    fn plan(&self, seen: &Observed, draft: &mut Draft<'_>) {
        let Ok(answer) = seen.answer(&self.question().to_string()) else { return };
        let Some(found) = version(answer).filter(|found| *found < self.at_least) else { return };
        let text = |[a, b, c]: [u64; 3]| format!("{a}.{b}.{c}");
        let (program, found, wanted) = (self.program.display(), text(found), text(self.at_least));
        let what = format!("{program} is version {found}, and {wanted} or later is needed: {}", self.why);
        draft.coded_problem(
            Code::CrunTooOld,
            what,
            format!("install a newer one, or name another program than {program}"),
        );
    }
}

/// The first word that is a version: `crun version 1.8.1`, `runc version 1.1.5+ds1`, `v1.2`.
fn version(text: &str) -> Option<[u64; 3]> {
    text.split_whitespace().find_map(|word| {
        let mut parts = word.trim_start_matches('v').splitn(3, '.');
        let (major, minor) = (parts.next()?.parse().ok()?, digits(parts.next()?)?);
        Some([major, minor, parts.next().and_then(digits).unwrap_or(0)])
    })
}

fn digits(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_print() {
        assert_eq!(version("crun version 1.8.1\ncommit: f8a096be\nspec: 1.0.0\n"), Some([1, 8, 1]));
        assert_eq!(version("runc version 1.1.5+ds1\n"), Some([1, 1, 5]));
        assert_eq!(version("crun version 1.14-dirty"), Some([1, 14, 0]));
        assert_eq!(version("crun version UNKNOWN"), None);
    }
}
