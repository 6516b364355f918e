//! Units and their drop-ins that are named together: what a later one takes back starts nothing.

use std::collections::BTreeMap;
use std::path::Path;

/// Lists that an empty assignment takes back (systemd.service(5), systemd.exec(5)).
const TAKEN_BACK: [&str; 3] = ["ExecStart", "Environment", "EnvironmentFile"];

/// A line as systemd reads it, with those that go on with it; numbers from 0 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    /// Which of the files.
    pub(crate) file: usize,
    pub(crate) first: usize,
    last: usize,
    /// What it assigns to.
    pub(crate) key: &'static str,
}

/// Empties each line of a unit that a later line or drop-in of that unit takes back, and gives these lines. Lines
/// keep their numbers. Drop-ins follow their unit by name (systemd.unit(5)).
pub(crate) fn in_force(files: &mut [(String, Vec<u8>)]) -> Vec<Line> {
    let mut order: Vec<(String, bool, String, usize)> = Vec::new();
    for (at, (name, bytes)) in files.iter().enumerate() {
        if String::from_utf8_lossy(bytes).lines().any(|line| line.trim() == "[Service]") {
            let (unit, is_drop_in) = unit_of(Path::new(name));
            order.push((unit, is_drop_in, file_name(Path::new(name)), at));
        }
    }
    // A drop-in that lies elsewhere is of the one unit that was named.
    let mut named: Vec<String> =
        order.iter().map(|(unit, ..)| unit.clone()).filter(|unit| !unit.is_empty()).collect();
    named.sort();
    named.dedup();
    if let [one] = &named[..] {
        order.iter_mut().filter(|(unit, ..)| unit.is_empty()).for_each(|(unit, ..)| unit.clone_from(one));
    }
    order.sort();
    let mut given: BTreeMap<(String, &str), Vec<Line>> = BTreeMap::new();
    let mut gone = Vec::new();
    for (unit, _, _, file) in order {
        let text = String::from_utf8_lossy(&files[file].1).into_owned();
        for (key, value, line) in lines(file, &text) {
            let given = given.entry((unit.clone(), key)).or_default();
            if value.is_empty() {
                gone.append(given);
            } else {
                given.push(line);
            }
        }
    }
    gone.sort_unstable();
    gone.iter().for_each(|line| take_out(&mut files[line.file].1, line));
    gone
}

/// The unit that a file is of, as far as its path says it, and whether it is a drop-in.
fn unit_of(path: &Path) -> (String, bool) {
    let name = file_name(path);
    if name.ends_with(".service") {
        return (name, false);
    }
    let dir = path.parent().map(file_name).unwrap_or_default();
    (dir.strip_suffix(".d").filter(|unit| unit.ends_with(".service")).unwrap_or_default().to_owned(), true)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Each assignment of such a list: key, value, where.
fn lines(file: usize, text: &str) -> Vec<(&'static str, String, Line)> {
    let all: Vec<&str> = text.lines().collect();
    let (mut found, mut at) = (Vec::new(), 0);
    while at < all.len() {
        let first = at;
        let is_comment = all[at].trim_start().starts_with(['#', ';']);
        // A comment within a line that goes on is passed over.
        let goes_on =
            |line: &str| line.trim_end().ends_with('\\') || line.trim_start().starts_with(['#', ';']);
        if !is_comment && all[at].trim_end().ends_with('\\') {
            while at + 1 < all.len() && goes_on(all[at]) {
                at += 1;
            }
        }
        if let Some((key, value)) = all[first].split_once('=').filter(|_| !is_comment) {
            let known = TAKEN_BACK.into_iter().find(|known| *known == key.trim());
            let line = |key| Line { file, first, last: at, key };
            found.extend(known.map(|key| (key, value.trim().to_owned(), line(key))));
        }
        at += 1;
    }
    found
}

fn take_out(bytes: &mut Vec<u8>, line: &Line) {
    let mut left = Vec::with_capacity(bytes.len());
    for (number, text) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let is_gone = (line.first..=line.last).contains(&number);
        left.extend_from_slice(if is_gone { b"\n" } else { text });
    }
    *bytes = left;
}
