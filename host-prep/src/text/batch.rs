//! Many edits of one file at once: the file is read again after all of them, not after each, so
//! that a file of a megabyte takes as long as its length and not its square.

use std::collections::BTreeMap;

use super::line::{BYTE_ORDER_MARK, Kind, Line};
use super::{Document, EntryId};

/// Edits of a [`Document`], each at an entry as it was before all of them.
///
/// ```
/// use host_prep::text::{Dialect, Document, Edits};
///
/// let mut fstab = Document::parse(b"/swap none swap sw 0 0\n/ / ext4 ro 0 1\n", Dialect::Fstab);
/// let mut edits = Edits::default();
/// for entry in fstab.fstab().filter(|entry| entry.vfstype == "swap") {
///     edits.comment_out(entry.id, " acme: ");
/// }
/// fstab.edit(&edits);
/// assert_eq!(fstab.to_bytes(), b"# acme: /swap none swap sw 0 0\n/ / ext4 ro 0 1\n");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Edits {
    at: BTreeMap<EntryId, Vec<Edit>>,
}

#[derive(Clone, Debug)]
enum Edit {
    CommentOut(String),
    Value(String),
    Before(String),
    After(String),
}

impl Edits {
    /// Turns every line of the entry at `id` into a comment that starts with `#` and `marker`.
    pub fn comment_out(&mut self, id: EntryId, marker: impl Into<String>) {
        self.add(id, Edit::CommentOut(marker.into()));
    }

    /// Gives the entry at `id` another value, which must be one line that any value of the dialect
    /// can be.
    pub fn replace_value(&mut self, id: EntryId, value: &str) {
        self.add(id, Edit::Value(value.to_owned()));
    }

    /// Adds a line before the entry at `id`: an entry as it is to be written.
    pub fn insert_before(&mut self, id: EntryId, text: &str) {
        self.add(id, Edit::Before(text.to_owned()));
    }

    /// Adds a line after the entry at `id` and its continuations: an entry as it is to be written.
    pub fn insert_after(&mut self, id: EntryId, text: &str) {
        self.add(id, Edit::After(text.to_owned()));
    }

    fn add(&mut self, id: EntryId, edit: Edit) {
        self.at.entry(id).or_default().push(edit);
    }
}

impl Document {
    /// Makes all of the `edits`. Lines that none of them is about stay, byte for byte.
    pub fn edit(&mut self, edits: &Edits) {
        if edits.at.is_empty() {
            return;
        }
        let end = self.line_end().to_vec();
        let mut text = Vec::new();
        let mut next = 0;
        for (id, edits) in edits.at.iter().filter(|(id, _)| id.0 < self.lines.len()) {
            let span = self.span(*id);
            self.lines[next.min(span.start)..span.start].iter().for_each(|line| text.extend(&line.bytes));
            next = span.end;
            Edited { lines: &self.lines[span], end: &end }.write(edits, &mut text);
        }
        self.lines[next..].iter().for_each(|line| text.extend(&line.bytes));
        let marked = self.lines.first().is_some_and(|line| line.bytes.starts_with(BYTE_ORDER_MARK));
        let text = if marked { marked_first(text) } else { text };
        *self = Self::parse(&text, self.dialect);
    }
}

/// A byte order mark stays what the file starts with, whatever came before its first line.
fn marked_first(mut text: Vec<u8>) -> Vec<u8> {
    let at = text.windows(BYTE_ORDER_MARK.len()).position(|bytes| bytes == BYTE_ORDER_MARK);
    if let Some(at) = at {
        text.copy_within(..at, BYTE_ORDER_MARK.len());
        text[..BYTE_ORDER_MARK.len()].copy_from_slice(BYTE_ORDER_MARK);
    }
    text
}

/// The lines of one entry.
struct Edited<'a> {
    lines: &'a [Line],
    end: &'a [u8],
}

impl Edited<'_> {
    fn write(&self, edits: &[Edit], text: &mut Vec<u8>) {
        for edit in edits {
            if let Edit::Before(line) = edit {
                text.extend(line.as_bytes());
                text.extend(self.end);
            }
        }
        match edits.iter().find(|edit| matches!(edit, Edit::CommentOut(_) | Edit::Value(_))) {
            Some(Edit::CommentOut(marker)) => self.commented(marker, text),
            Some(Edit::Value(value)) => self.with_value(value, text),
            _ => self.lines.iter().for_each(|line| text.extend(&line.bytes)),
        }
        for edit in edits {
            if let Edit::After(line) = edit {
                if !text.ends_with(b"\n") {
                    text.extend(self.end);
                }
                text.extend(line.as_bytes());
                text.extend(self.end);
            }
        }
    }

    fn commented(&self, marker: &str, text: &mut Vec<u8>) {
        for line in self.lines {
            if line.kind != Kind::InnerComment {
                text.push(b'#');
                text.extend(marker.as_bytes());
            }
            text.extend(&line.bytes);
        }
    }

    /// The new value on one line; comments inside the old one stay, after it.
    fn with_value(&self, value: &str, text: &mut Vec<u8>) {
        let Some((Line { bytes, kind: Kind::Entry { value: old, .. } }, more)) = self.lines.split_first()
        else {
            return self.lines.iter().for_each(|line| text.extend(&line.bytes));
        };
        text.extend(&bytes[..old.start]);
        text.extend(value.as_bytes());
        text.extend(self.lines.last().map_or(self.end, Line::end));
        for comment in more.iter().filter(|line| line.kind == Kind::InnerComment) {
            if !text.ends_with(b"\n") {
                text.extend(self.end);
            }
            text.extend(&comment.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Dialect;

    fn edited(text: &str, dialect: Dialect, make: impl Fn(&Document, &mut Edits)) -> String {
        let mut file = Document::parse(text.as_bytes(), dialect);
        let mut edits = Edits::default();
        make(&file, &mut edits);
        file.edit(&edits);
        String::from_utf8(file.to_bytes()).unwrap()
    }

    #[test]
    fn what_no_edit_is_about_stays() {
        let text = "\u{feff}[a]\r\nx = 1\r\n # in\r\n 2\r\n# c\r\n[b]\r\ny=3";
        assert_eq!(edited(text, Dialect::Repo, |_, _| {}), text);
        let all = edited(text, Dialect::Repo, |file, edits| {
            let ids: Vec<_> = file.entries().map(|entry| entry.id).collect();
            edits.replace_value(ids[0], "0");
            edits.insert_after(ids[1], "z=4");
            edits.insert_before(ids[1], "w=5");
        });
        assert_eq!(all, "\u{feff}[a]\r\nx = 0\r\n# c\r\n[b]\r\nw=5\r\ny=3\r\nz=4\r\n");
    }

    #[test]
    fn many_edits_are_those_made_one_by_one() {
        let text = "\u{feff}a swap swap\n#b\nc swap swap\n\nd / ext4\ne swap swap";
        let at_once = edited(text, Dialect::Fstab, |file, edits| {
            file.fstab().filter(|e| e.vfstype == "swap").for_each(|e| edits.comment_out(e.id, " x: "));
        });
        assert_eq!(at_once, "\u{feff}# x: a swap swap\n#b\n# x: c swap swap\n\nd / ext4\n# x: e swap swap");
        let first = edited("\u{feff}a: 1\n", Dialect::Deb822, |file, edits| {
            file.entries().for_each(|entry| edits.insert_before(entry.id, "b: 2"));
        });
        assert_eq!(first, "\u{feff}b: 2\na: 1\n");
    }
}
