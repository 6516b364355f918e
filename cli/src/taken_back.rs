//! Units and their drop-ins that are named together: what a later one takes back starts nothing.

use std::collections::BTreeMap;
use std::path::Path;

use host_prep::text::{Dialect, Document, EntryId};

/// Lists that an empty assignment takes back (systemd.service(5), systemd.exec(5)).
const TAKEN_BACK: [&str; 3] = ["ExecStart", "Environment", "EnvironmentFile"];

/// An assignment in one of several files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Line {
    /// Which of the files.
    pub(crate) file: usize,
    /// From 1 on.
    pub(crate) number: usize,
    id: EntryId,
    /// What it assigns to.
    pub(crate) key: &'static str,
}

/// Turns each line of a unit that a later line or drop-in of that unit takes back into a comment, and gives these
/// lines. Lines keep their numbers. Drop-ins follow their unit by name (systemd.unit(5)).
pub(crate) fn in_force(files: &mut [(String, Vec<u8>)]) -> Vec<Line> {
    let mut order: Vec<(String, bool, String, usize)> = Vec::new();
    let mut documents = BTreeMap::new();
    for (at, (name, bytes)) in files.iter().enumerate() {
        let document = Document::parse(bytes, Dialect::Systemd);
        if document.sections().any(|section| section == "Service") {
            let (unit, is_drop_in) = unit_of(Path::new(name));
            order.push((unit, is_drop_in, file_name(Path::new(name)), at));
            documents.insert(at, document);
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
        for (line, is_empty) in lines(file, &documents[&file]) {
            let given = given.entry((unit.clone(), line.key)).or_default();
            if is_empty { gone.append(given) } else { given.push(line) }
        }
    }
    gone.sort_unstable();
    for line in &gone {
        documents.entry(line.file).and_modify(|document| document.comment_out(line.id, ""));
    }
    for (at, document) in documents {
        files[at].1 = document.to_bytes();
    }
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

/// Each assignment to such a list, and whether it is an empty one.
fn lines(file: usize, document: &Document) -> Vec<(Line, bool)> {
    let of = |entry: host_prep::text::Entry| {
        let key = TAKEN_BACK.into_iter().find(|known| *known == entry.key)?;
        let number = document.line_number(entry.id);
        Some((Line { file, number, id: entry.id, key }, entry.value.is_empty()))
    };
    document.entries().filter_map(of).collect()
}
