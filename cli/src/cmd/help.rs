//! What stands on a help page beside flags: examples, notes, exit statuses, and the top page.
//!
//! The same data makes `--help` and the manual pages. An example that stands here is run by a
//! test.

use std::fmt::Write as _;

use clap::builder::styling::Style;
use clap::builder::{StyledStr, Styles};

use super::Entry;

/// The columns of a page where the terminal does not say how wide it is, and at most.
pub(super) const COLUMNS: usize = 100;

/// Exit statuses with what they mean: those that a command gives another meaning than [`USUAL`],
/// or has beside them.
pub(crate) type Exits = &'static [(u8, &'static str)];

/// What every command has.
const USUAL: Exits = &[(0, "done"), (1, "failed"), (2, "wrong usage")];

/// What statuses mean on the page of the program and of words that have commands below them.
pub(crate) const FOUND: (u8, &str) = (3, "a check found something");
pub(crate) const NOT_ROLLED_BACK: (u8, &str) = (4, "not everything could be rolled back");

/// What a page says beside flags.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    pub(crate) examples: &'static str,
    pub(crate) notes: &'static str,
    pub(crate) exits: Exits,
}

impl Page {
    /// The page of a word that has commands below it, with what some of them end with as well.
    pub(crate) const fn of_group(examples: &'static str, exits: Exits) -> Self {
        Self { examples, notes: "", exits }
    }

    /// Command lines, each with what it does, indented by two.
    pub(crate) fn examples(&self) -> &'static str {
        self.examples.trim_matches('\n')
    }

    /// The notes: what is indented keeps its lines, all else is one line a paragraph.
    pub(crate) fn paragraphs(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        let mut goes_on = false;
        for line in self.notes.trim_matches('\n').lines() {
            let stands_alone = line.is_empty() || line.starts_with(' ') || line.ends_with(':');
            match all.last_mut().filter(|_| goes_on && !stands_alone) {
                Some(last) => {
                    last.push(' ');
                    last.push_str(line);
                }
                None => all.push(line.to_owned()),
            }
            goes_on = !stands_alone;
        }
        all
    }

    /// Every status with what it means, in order.
    pub(crate) fn exits(&self) -> Vec<(u8, &'static str)> {
        let own = |status: u8| self.exits.iter().any(|(own, _)| *own == status);
        let usual = USUAL.iter().filter(|(status, _)| !own(*status));
        let mut all: Vec<_> = usual.chain(self.exits).copied().collect();
        all.sort_unstable();
        all
    }

    /// What stands below the flags.
    pub(super) fn after_help(&self) -> StyledStr {
        let mut text = String::new();
        let title = *Styles::styled().get_header();
        let _ = write!(text, "{title}Examples:{title:#}\n{}\n", self.examples());
        for (at, paragraph) in self.paragraphs().iter().enumerate() {
            let _ = writeln!(text, "{}{paragraph}", if at == 0 { "\n" } else { "" });
        }
        let _ = write!(text, "\n{title}Exit status:{title:#}\n");
        for (status, what) in self.exits() {
            let _ = writeln!(text, "  {status:<2}  {what}");
        }
        text.truncate(text.trim_end().len());
        text.into()
    }
}

/// The list of all commands by task: clap has one heading for all of them.
pub(super) fn top_page(entries: &[Entry]) -> StyledStr {
    let styles = Styles::styled();
    let (title, word): (Style, Style) = (*styles.get_header(), *styles.get_literal());
    let mut text =
        format!("{{about-with-newline}}\n{title}Usage:{title:#} {word}k8sprep{word:#} <COMMAND>\n");
    let width = entries.iter().map(|entry| entry.name.len()).max().unwrap_or_default();
    let mut task = "";
    for entry in entries {
        if entry.task != task {
            task = entry.task;
            let _ = write!(text, "\n{title}{task}:{title:#}\n");
        }
        let _ = writeln!(text, "  {word}{:width$}{word:#}  {}", entry.name, entry.about);
    }
    let _ = write!(text, "\n{title}Options:{title:#}\n{{options}}{{after-help}}");
    text.into()
}
