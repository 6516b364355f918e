//! Edits that leave every other line alone.

use std::ops::Range;

use super::line::{BYTE_ORDER_MARK, Kind, Line};
use super::split::split;
use super::{Dialect, Document, EntryId};

/// A value that the file's dialect has no way to write, such as a line break in `sysctl.d`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{dialect:?} files cannot hold {key:?} with the value {value:?}")]
#[non_exhaustive]
#[expect(missing_docs, reason = "fields are named for what they hold")]
pub struct Unwritable {
    pub dialect: Dialect,
    pub key: String,
    pub value: String,
}

impl Document {
    /// Makes `key` mean `value`: replaces the deciding entry's value, or adds the key after the
    /// last entry of the section (which is made where it is missing). Returns whether anything
    /// changed.
    ///
    /// Line ends, the spelling of the key and the spacing around its separator stay; an entry that
    /// means `value` already is not touched. `section` is ignored by dialects without sections.
    ///
    /// # Errors
    ///
    /// [`Unwritable`] if the file would not read back as asked; the document is then as before.
    ///
    /// ```
    /// use host_prep::text::{Dialect, Document};
    ///
    /// let mut repo = Document::parse(b"[kubernetes]\nenabled = 1\n", Dialect::Repo);
    /// assert!(repo.set(Some("kubernetes"), "exclude", "kubelet kubeadm")?);
    /// assert!(!repo.set(Some("kubernetes"), "enabled", "1")?);
    /// assert_eq!(repo.to_bytes(), b"[kubernetes]\nenabled = 1\nexclude=kubelet kubeadm\n");
    /// # Ok::<(), host_prep::text::Unwritable>(())
    /// ```
    pub fn set(&mut self, section: Option<&str>, key: &str, value: &str) -> Result<bool, Unwritable> {
        let section = section.filter(|_| self.dialect.has_sections());
        match self.deciding(section, key) {
            Some(entry) if entry.value == value => return Ok(false),
            Some(entry) => self.replace_value(entry.id, value)?,
            None => self.add(section, key, value)?,
        }
        Ok(true)
    }

    /// Gives the entry at `id` another value, on as few lines as it takes. Comments inside the old
    /// value stay, after it.
    ///
    /// # Errors
    ///
    /// [`Unwritable`] if the entry would not read back as asked; the document is then as before.
    pub fn replace_value(&mut self, id: EntryId, value: &str) -> Result<(), Unwritable> {
        let Some(Line { bytes, kind: Kind::Entry { key, value: old } }) = self.lines.get(id.0) else {
            return Err(self.unwritable("", value));
        };
        let key = self.lines[id.0].text(key).into_owned();
        let mut new = bytes[..old.start].to_vec();
        new.extend(self.dialect.encode(value).into_bytes());
        let last = self.continuations(id.0).last().map_or(&self.lines[id.0], |(_, l)| l);
        new.extend(last.end());
        let edited = self.spliced(id, new);
        let reads_back = edited.decode(id.0).is_some_and(|(k, v)| k == key && v == value);
        self.take(edited, reads_back).map_err(|()| self.unwritable(&key, value))
    }

    /// Turns every line of the entry at `id` into a comment that starts with `#` and `marker`.
    pub fn comment_out(&mut self, id: EntryId, marker: &str) {
        let span = self.span(id);
        for line in self.lines[span].iter_mut().filter(|l| l.kind != Kind::InnerComment) {
            line.bytes = [b"#", marker.as_bytes(), &line.bytes].concat();
        }
        self.reread();
    }

    /// Gives every section called `name` another name, which must be one that can stand between
    /// brackets.
    pub fn rename_section(&mut self, name: &str, to: &str) {
        for line in &mut self.lines {
            if let Kind::Section { name: range } = &line.kind
                && line.text(range) == name
            {
                line.bytes.splice(range.clone(), to.bytes());
            }
        }
        self.reread();
    }

    /// Takes the entry at `id` out, with its continuations; comments inside it stay.
    pub fn remove(&mut self, id: EntryId) {
        *self = self.spliced(id, Vec::new());
    }

    /// Adds a line at the end of the file: a record, or an entry as it is to be written.
    pub fn push_line(&mut self, text: &str) {
        *self = self.inserted(self.lines.len(), text);
    }

    /// Adds a line before the entry at `id`: an entry as it is to be written.
    pub fn insert_before(&mut self, id: EntryId, text: &str) {
        *self = self.inserted(id.0.min(self.lines.len()), text);
    }

    fn add(&mut self, section: Option<&str>, key: &str, value: &str) -> Result<(), Unwritable> {
        let text = format!("{key}{}{}", self.dialect.joiner(), self.dialect.encode(value));
        // An unfinished value at the end of a file would swallow what comes after it: then at the
        // start.
        for (at, text) in self.places(section, &text) {
            let edited = self.inserted(at, &text);
            let reads_back = edited.value(section, key).as_deref() == Some(value);
            if self.take(edited, reads_back).is_ok() {
                return Ok(());
            }
        }
        Err(self.unwritable(key, value))
    }

    /// Where a new entry of `section` may go, best first, with the text to put there.
    fn places(&self, section: Option<&str>, text: &str) -> Vec<(usize, String)> {
        let end = self.lines.len();
        let Some(section) = section else {
            return vec![(end, text.to_owned()), (0, text.to_owned())];
        };
        match self.extent(section) {
            Some(extent) => vec![(extent.end, text.to_owned()), (extent.start, text.to_owned())],
            None => {
                let gap = if self.lines.last().is_some_and(|l| l.kind != Kind::Blank) { "\n" } else { "" };
                vec![(end, format!("{gap}[{section}]\n{text}"))]
            }
        }
    }

    /// From the line after the section's last header to the line after its last entry.
    fn extent(&self, section: &str) -> Option<Range<usize>> {
        let (mut current, mut extent) = (false, None);
        for (at, line) in self.lines.iter().enumerate() {
            match &line.kind {
                Kind::Section { name } => {
                    current = line.text(name) == section;
                    extent = if current { Some(at + 1..at + 1) } else { extent };
                }
                Kind::Entry { .. } | Kind::Continuation if current => {
                    extent = extent.map(|e| e.start..at + 1);
                }
                _ => {}
            }
        }
        extent
    }

    /// Lines of the entry, comments in between included.
    pub(super) fn span(&self, id: EntryId) -> Range<usize> {
        let last = self.continuations(id.0).last().map_or(id.0, |(at, _)| at);
        id.0.min(self.lines.len())..(last + 1).min(self.lines.len())
    }

    /// This document with `new` in the place of the entry.
    fn spliced(&self, id: EntryId, new: Vec<u8>) -> Self {
        let span = self.span(id);
        let comments = self.lines[span.clone()].iter().filter(|l| l.kind == Kind::InnerComment);
        let mut text = new;
        for comment in comments {
            if !text.is_empty() && !text.ends_with(b"\n") {
                text.extend(self.line_end());
            }
            text.extend(&comment.bytes);
        }
        self.with_lines(span, text)
    }

    /// This document with `text` as lines before line `at`.
    fn inserted(&self, at: usize, text: &str) -> Self {
        let end = String::from_utf8_lossy(self.line_end()).into_owned();
        let before = at.checked_sub(1).map_or(&b"\n"[..], |at| &self.lines[at].bytes);
        let lead = match before.last() {
            Some(b'\n') => "",
            Some(b'\r') => "\n",
            _ => &end,
        };
        let text = format!("{lead}{}{end}", text.replace('\n', &end)).into_bytes();
        match self.lines.first().and_then(|l| l.bytes.strip_prefix(BYTE_ORDER_MARK)) {
            Some(rest) if at == 0 => self.with_lines(0..1, [BYTE_ORDER_MARK, &text, rest].concat()),
            _ => self.with_lines(at..at, text),
        }
    }

    fn with_lines(&self, range: Range<usize>, text: Vec<u8>) -> Self {
        let mut edited = self.clone();
        edited.lines.splice(range, [Line { bytes: text, kind: Kind::Stray }]);
        edited.reread();
        edited
    }

    /// What a line means may hang on the lines before it.
    fn reread(&mut self) {
        self.lines = split(&self.to_bytes(), self.dialect);
    }

    fn take(&mut self, edited: Self, reads_back: bool) -> Result<(), ()> {
        if reads_back {
            *self = edited;
        }
        reads_back.then_some(()).ok_or(())
    }

    fn unwritable(&self, key: &str, value: &str) -> Unwritable {
        Unwritable { dialect: self.dialect, key: key.to_owned(), value: value.to_owned() }
    }

    /// The line end this file uses.
    pub(super) fn line_end(&self) -> &[u8] {
        self.lines.iter().map(Line::end).find(|end| end.ends_with(b"\n")).unwrap_or(b"\n")
    }
}
