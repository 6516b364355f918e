//! Which patterns a line is of: literals first, all at once, then the expressions of those that
//! were found. Every expression on every line took eight times as long.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::program::Program;
use super::table::{Pattern, patterns};

/// The patterns, ready to be looked for.
#[derive(Debug)]
pub(super) struct Matcher {
    pub(super) patterns: Vec<Pattern>,
    literals: Option<AhoCorasick>,
    /// For each literal, the patterns that have it, and those that are over with it.
    owners: Vec<[Vec<usize>; 2]>,
}

/// Places of patterns.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) said: Vec<usize>,
    pub(super) over: Vec<usize>,
}

impl Matcher {
    /// Made ready once: a fleet's archives are looked through one after another.
    pub(super) fn get() -> &'static Self {
        static MATCHER: OnceLock<Matcher> = OnceLock::new();
        MATCHER.get_or_init(Self::new)
    }

    /// One automaton for all literals of all patterns. A literal that several patterns have stands
    /// in it once, with all of its owners.
    fn new() -> Self {
        let patterns = patterns();
        let mut literals: Vec<&str> =
            patterns.iter().flat_map(|one| one.literals.iter().chain(&one.until).copied()).collect();
        literals.sort_unstable();
        literals.dedup();
        let owners = literals.iter().map(|literal| {
            let with = |of: fn(&Pattern) -> &Vec<&'static str>| -> Vec<usize> {
                (0..patterns.len()).filter(|at| of(&patterns[*at]).contains(literal)).collect()
            };
            [with(|one| &one.literals), with(|one| &one.until)]
        });
        let owners = owners.collect();
        let literals =
            AhoCorasick::builder().kind(Some(AhoCorasickKind::ContiguousNFA)).build(&literals).ok();
        Self { patterns, literals, owners }
    }

    /// The patterns that a line of that program is of, and those that are over with it.
    ///
    /// `found` is handed in and emptied, so that a log of millions of lines does not allocate for
    /// each. Overlapping hits matter: one literal may be inside of another one's hit.
    pub(super) fn of(&self, program: Program, text: &str, found: &mut Found) {
        found.said.clear();
        found.over.clear();
        let Some(literals) = &self.literals else { return };
        let mut tried: Vec<usize> = Vec::new();
        for hit in literals.find_overlapping_iter(text) {
            let [said, over] = &self.owners[hit.pattern().as_usize()];
            found.over.extend(over.iter().filter(|at| program.tells_of(self.patterns[**at].program)));
            for &at in said {
                let pattern = &self.patterns[at];
                if program.tells_of(pattern.program) && !tried.contains(&at) {
                    tried.push(at);
                    if pattern.says(text) {
                        found.said.push(at);
                    }
                }
            }
        }
    }
}
