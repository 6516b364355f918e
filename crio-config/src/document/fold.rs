//! Finds keys as CRI-O does: the exact name first, else one that differs in case only.

use crate::toml::{Node, Table};

/// Do two paths name the same key?
pub(crate) fn same_path(written: &[String], asked: &[String]) -> bool {
    written.len() == asked.len() && starts_with(written, asked)
}

/// Does the written path begin with the one asked for?
pub(crate) fn starts_with(written: &[String], asked: &[String]) -> bool {
    written.len() >= asked.len()
        && (0..asked.len()).all(|depth| {
            written[depth] == asked[depth]
                || (!is_free_name(asked, depth) && folds_to(&written[depth], &asked[depth]))
        })
}

/// The node of the part at `depth` of the path, in the table that holds it.
pub(crate) fn find<'t>(table: &'t Table, path: &[String], depth: usize) -> Option<&'t Node> {
    let part = &path[depth];
    table.get(part).or_else(|| {
        if is_free_name(path, depth) {
            return None;
        }
        table.iter().find(|(key, _)| folds_to(key, part)).map(|(_, node)| node)
    })
}

/// Is the part a name users choose, which no case folding touches? Runtimes and workloads have such
/// names, and so do the keys of the maps below them.
fn is_free_name(path: &[String], depth: usize) -> bool {
    let is = |at: usize, name: &str| path.get(at).is_some_and(|part| folds_to(part, name));
    let in_map = is(0, "crio") && is(1, "runtime") && (is(2, "runtimes") || is(2, "workloads"));
    in_map
        && (depth == 3 || (depth == 5 && (is(4, "default_annotations") || is(4, "platform_runtime_paths"))))
}

/// Are the two the same under Unicode's simple case folding? That is how CRI-O matches keys, so the
/// long s and the Kelvin sign count as `s` and `k`.
pub(crate) fn folds_to(left: &str, right: &str) -> bool {
    // Nearly every key is: a file of a megabyte asks this millions of times.
    if left.is_ascii() && right.is_ascii() {
        return left.eq_ignore_ascii_case(right);
    }
    left.chars().map(fold).eq(right.chars().map(fold))
}

fn fold(c: char) -> char {
    const LONG_S: char = '\u{17f}';
    const KELVIN_SIGN: char = '\u{212a}';
    match c {
        LONG_S => 's',
        KELVIN_SIGN => 'k',
        c => {
            let mut lower = c.to_lowercase();
            match (lower.next(), lower.next()) {
                (Some(single), None) => single,
                _ => c,
            }
        }
    }
}
