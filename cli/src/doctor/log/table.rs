//! The patterns: what a program says, the check it points to, and how long it is true.
//!
//! `patterns.tsv` has a pattern a line. `literals` (parted by `⏐`) are looked for first, and of them
//! one has to be there; `unless` are texts with which the line is about something else; `until` is what the
//! program says when it is not so any more; `source` is where the message was read.

use std::sync::OnceLock;
use std::time::Duration;

use regex_lite::Regex;

use super::program::Program;
use crate::doctor::finding::Severity;

/// The table as it is shipped.
///
/// The first two lines of it are a comment and the names of the columns. A line that cannot be
/// read is passed over here, and a test finds it.
const TEXT: &str = include_str!("patterns.tsv");

/// How long what a line says is true.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Lasts {
    /// As long as the run of the program that said it: it is said once, at the start.
    Run,
    /// The program says it again and again while it is so: not so any more, once it has been silent
    /// for that long.
    Repeated(Duration),
    /// As before, within a minute, and it is so at each start until others have started too: it says
    /// nothing of a program that has run for less than a minute.
    Settles,
    /// Whatever is started again, until the program says otherwise: it is about files.
    Until,
    /// The program says it again and again, and it means something only where it is said that often
    /// in a minute.
    Often(usize),
}

/// A message of a program.
#[derive(Debug)]
pub(super) struct Pattern {
    /// Who says it.
    pub(super) program: Program,
    /// The check it points to.
    pub(super) code: &'static str,
    /// How bad it is; `None`: it is evidence alone, which is in logs of healthy hosts too.
    pub(super) severity: Option<Severity>,
    /// How long it is true.
    pub(super) lasts: Lasts,
    /// One of these is in the line.
    pub(super) literals: Vec<&'static str>,
    unless: Vec<&'static str>,
    /// Said when it is not so any more.
    pub(super) until: Vec<&'static str>,
    regex: &'static str,
    compiled: OnceLock<Option<Regex>>,
}

/// Every pattern.
pub(super) fn patterns() -> Vec<Pattern> {
    TEXT.lines().skip(2).filter_map(Pattern::of).collect()
}

impl Pattern {
    /// A line of the table; `None` for one with too few columns, a program that is not known, or
    /// an unknown word for how long it lasts. The last two columns, `releases` and
    /// `source`, are for people and are not read.
    fn of(line: &'static str) -> Option<Self> {
        let mut columns = line.split('\t');
        let mut next = || columns.next();
        let (program, code, severity, lasts) = (next()?, next()?, next()?, next()?);
        let (literals, unless, until, regex) = (next()?, next()?, next()?, next()?);
        let parted = |text: &'static str| text.split('⏐').filter(|part| !part.is_empty()).collect();
        Some(Self {
            program: Program::named(program)?,
            code,
            severity: match severity {
                "error" => Some(Severity::Error),
                "warning" => Some(Severity::Warning),
                "note" => Some(Severity::Note),
                _ => None,
            },
            lasts: Lasts::of(lasts)?,
            literals: parted(literals),
            unless: parted(unless),
            until: parted(until),
            regex,
            compiled: OnceLock::new(),
        })
    }

    /// Whether a line with one of the literals says it. Compiled at the first candidate: most
    /// patterns have none.
    pub(super) fn says(&self, text: &str) -> bool {
        let regex = self.compiled.get_or_init(|| Regex::new(self.regex).ok());
        !self.unless.iter().any(|other| text.contains(other))
            && regex.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

/// A message that means by itself what it says.
pub(in crate::doctor) struct Message {
    /// The program that says it.
    pub(in crate::doctor) program: &'static str,
    /// The check it points to.
    pub(in crate::doctor) code: &'static str,
    /// What it looks like.
    pub(in crate::doctor) regex: &'static str,
}

/// The messages that mean something wherever they are said, and once.
pub(in crate::doctor) fn messages() -> impl Iterator<Item = Message> {
    let alone = |one: &Pattern| {
        one.severity.is_some() && one.unless.is_empty() && !matches!(one.lasts, Lasts::Often(_))
    };
    let told = |one: Pattern| Message { program: one.program.as_str(), code: one.code, regex: one.regex };
    patterns().into_iter().filter(alone).map(told)
}

impl Lasts {
    /// The words of the fourth column: `run`, `until`, `1m`, `6m`, `24h`, `10x`. The times are
    /// those after which the program in question says a thing again while it is so.
    fn of(text: &str) -> Option<Self> {
        let minutes = |many: u64| Self::Repeated(Duration::from_secs(many * 60));
        Some(match text {
            "run" => Self::Run,
            "until" => Self::Until,
            // A kubelet that has no API server says so every 7 s (its lease, its registration), one
            // without a network every 5 s, and sandboxes are tried again every 10 s.
            "1m" => Self::Settles,
            // Pods and pulls are tried again after 5 minutes at the latest (MaxContainerBackOff).
            "6m" => minutes(6),
            // An event: it is over when it is said.
            "24h" => minutes(24 * 60),
            "10x" => Self::Often(10),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_pattern_that_its_literals_lead_to() {
        let all = patterns();
        assert_eq!(all.len(), TEXT.lines().count() - 2);
        for one in &all {
            assert!(Regex::new(one.regex).is_ok(), "{}", one.regex);
            assert!(
                one.literals.iter().all(|literal| literal.len() > 3),
                "{}: {:?}",
                one.regex,
                one.literals
            );
            assert!(!one.literals.is_empty(), "{}", one.regex);
        }
        for line in TEXT.lines().skip(1) {
            assert_eq!(line.split('\t').count(), 10, "{line}");
            assert!(line.split('\t').next_back().is_some_and(|source| !source.is_empty()), "{line}");
        }
    }
}
