//! Flags in files of command lines: environment files and units of systemd.

use super::{Found, Program, flag};
use crate::version::Minor;
use crate::yaml::Position;

/// A word of a line, without its quotes, and where it starts.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) place: Position,
}

/// What ends at `to` or before of the flags in an environment file or a unit: those of the kubelet,
/// unless the file starts another program of Kubernetes. A file is known for one as a whole.
#[must_use]
pub fn of_command_lines(file: &[u8], to: Minor) -> Found {
    let text = String::from_utf8_lossy(file);
    let words = words(&text);
    let program = words.iter().find_map(|word| Program::of(&word.text)).unwrap_or(Program::Kubelet);
    let mut found = Found { known: 1, ..Found::default() };
    of_words(program, &words, to, &mut found);
    found
}

/// What ends of the flags among the words.
pub(super) fn of_words(program: Program, words: &[Word], to: Minor, found: &mut Found) {
    for (at, word) in words.iter().enumerate() {
        let Some(long) = word.text.strip_prefix("--").filter(|long| !long.is_empty()) else { continue };
        let beside = words.get(at + 1).map(|next| next.text.as_str());
        let beside = beside.filter(|next| !next.starts_with(['-', '$', '\\']));
        let (name, value) = match long.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (long, beside),
        };
        let told = flag::of(program, name, value, to);
        found.endings.extend(told.endings.into_iter().map(|one| one.at(word.place)));
        found.unread.extend(told.unread.into_iter().map(|why| (Some(word.place), why)));
    }
}

/// The words of every line that is no comment.
fn words(text: &str) -> Vec<Word> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if !line.trim_start().starts_with(['#', ';']) {
            in_line(line, u32::try_from(number + 1).unwrap_or(u32::MAX), &mut found);
        }
    }
    found
}

fn in_line(line: &str, number: u32, found: &mut Vec<Word>) {
    let mut letters: Vec<(char, u32)> = Vec::new();
    // A blank behind the end ends the last word.
    for (letter, column) in line.chars().chain([' ']).zip(1..) {
        if !letter.is_whitespace() {
            if !matches!(letter, '"' | '\'') {
                letters.push((letter, column));
            }
            continue;
        }
        let start = command_in(&letters);
        if let Some((_, column)) = letters.get(start) {
            let place = Position { line: number, column: *column };
            found.push(Word { text: text(&letters[start..]), place });
        }
        letters.clear();
    }
}

fn text(letters: &[(char, u32)]) -> String {
    letters.iter().map(|(letter, _)| letter).collect()
}

/// Where a word starts behind `NAME=` before a flag or a program: `KUBELET_EXTRA_ARGS=--v=2`,
/// `ExecStart=/usr/bin/kubelet`.
fn command_in(letters: &[(char, u32)]) -> usize {
    let mut start = 0;
    while let Some(sign) = letters[start..].iter().position(|(letter, _)| *letter == '=') {
        let name = &letters[start..start + sign];
        let is_name = name.iter().all(|(letter, _)| letter.is_ascii_alphanumeric() || *letter == '_');
        let next = start + sign + 1;
        if name.is_empty() || !is_name || !is_command(&text(&letters[next..])) {
            break;
        }
        start = next;
    }
    start
}

/// Whether it goes on as a flag, as a program, or as another name with one.
fn is_command(value: &str) -> bool {
    value.starts_with(['-', '/']) || value.contains("=-") || value.contains("=/")
}
