//! Line-oriented configuration files that print exactly as they were read.
//!
//! A [`Document`] is the file's lines with a meaning for each. Printing gives back the input, byte
//! for byte, whatever the input was; an edit touches only the lines it is about. The meaning
//! depends on the [`Dialect`]: who reads the file decides what a comment, a continuation or a quote
//! is.
//!
//! ```
//! use host_prep::text::{Dialect, Document};
//!
//! let mut file = Document::parse(b"# ours\nSELINUX=enforcing\nSELINUXTYPE=targeted", Dialect::SelinuxConfig);
//! file.set(None, "SELINUX", "permissive")?;
//! assert_eq!(file.to_bytes(), b"# ours\nSELINUX=permissive\nSELINUXTYPE=targeted");
//! # Ok::<(), host_prep::text::Unwritable>(())
//! ```

mod batch;
mod dialect;
mod edit;
mod env;
mod fstab;
mod line;
mod split;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub use batch::Edits;
pub use dialect::{Deciding, Dialect};
pub use edit::Unwritable;
pub use fstab::FstabEntry;

use line::{Kind, Line};

/// A file as lines, each with its meaning in the file's [`Dialect`].
///
/// ```
/// use host_prep::text::{Dialect, Document};
///
/// let text = b"-net.ipv4.ip_forward = 1\n; off\nvm.swappiness=10\n";
/// let file = Document::parse(text, Dialect::SysctlD);
/// let keys: Vec<String> = file.entries().map(|entry| entry.key).collect();
/// assert_eq!(keys, ["-net.ipv4.ip_forward", "vm.swappiness"], "`-`: a failure is no matter");
/// let entry = file.deciding(None, "vm.swappiness").unwrap();
/// assert_eq!((entry.value.as_str(), file.line_number(entry.id)), ("10", 3));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Document {
    dialect: Dialect,
    lines: Vec<Line>,
}

/// Where an [`Entry`] or record starts in its [`Document`]. Edits move later entries: look them up
/// again.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct EntryId(usize);

/// A key with its value, as the reader of the file understands it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// Where it starts.
    pub id: EntryId,
    /// Name of the `[section]` it stands in. `None` before the first and in dialects without
    /// sections.
    pub section: Option<String>,
    /// Paragraph number from 0; only [`Dialect::Deb822`] has more than one.
    pub paragraph: usize,
    /// The key, without surrounding white space. Empty for the records of fstab and modules-load.d.
    pub key: String,
    /// The value with continuations joined and quotes taken off. The whole line for records.
    pub value: String,
}

impl Document {
    /// Reads `bytes`. There is no input that is not a document: a line that means nothing is kept
    /// as it is.
    pub fn parse(bytes: &[u8], dialect: Dialect) -> Self {
        Self { dialect, lines: split::split(bytes, dialect) }
    }

    /// The bytes of the file.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.lines.iter().flat_map(|line| line.bytes.iter().copied()).collect()
    }

    /// The dialect it was read in.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Every key or record in file order, repeated ones too.
    pub fn entries(&self) -> impl Iterator<Item = Entry> + '_ {
        let (mut section, mut paragraph, mut in_paragraph) = (None, 0, false);
        self.lines.iter().enumerate().filter_map(move |(at, line)| {
            match &line.kind {
                Kind::Section { name } => section = Some(line.text(name).into_owned()),
                Kind::Blank if in_paragraph && self.dialect == Dialect::Deb822 => {
                    paragraph += 1;
                    in_paragraph = false;
                }
                Kind::Entry { .. } | Kind::Record { .. } => in_paragraph = true,
                _ => {}
            }
            let (key, value) = self.decode(at)?;
            Some(Entry { id: EntryId(at), section: section.clone(), paragraph, key: key.into_owned(), value })
        })
    }

    /// The value that decides for `key`: the first or the last one, as the dialect's reader has it.
    pub fn value(&self, section: Option<&str>, key: &str) -> Option<String> {
        self.deciding(section, key).map(|entry| entry.value)
    }

    /// All values of `key` in file order, for keys that add up such as `Environment=`.
    pub fn values<'a>(&'a self, section: Option<&'a str>, key: &'a str) -> impl Iterator<Item = String> + 'a {
        self.entries().filter(move |e| e.is(section, key)).map(|e| e.value)
    }

    /// The entry that decides for `key`.
    pub fn deciding(&self, section: Option<&str>, key: &str) -> Option<Entry> {
        let mut same = self.entries().filter(|e| e.is(section, key));
        match self.dialect.deciding() {
            Deciding::First => same.next(),
            Deciding::Last => same.last(),
        }
    }

    /// Line number of an entry, from 1.
    pub fn line_number(&self, id: EntryId) -> usize {
        id.0 + 1
    }

    /// Names of the sections in file order, repeated ones too.
    pub fn sections(&self) -> impl Iterator<Item = String> + '_ {
        self.lines.iter().filter_map(|line| match &line.kind {
            Kind::Section { name } => Some(line.text(name).into_owned()),
            _ => None,
        })
    }

    /// Whether the entry has a mark between key and value: `-net.ipv4.x` of `sysctl.d` may stand
    /// alone.
    pub fn has_separator(&self, id: EntryId) -> bool {
        let line = self.lines.get(id.0);
        matches!(line.map(|l| &l.kind), Some(Kind::Entry { key, value }) if value.start > key.end)
    }

    /// The lines that belong to the entry at `at` after its first one.
    fn continuations(&self, at: usize) -> impl Iterator<Item = (usize, &Line)> {
        let rest = self.lines.iter().enumerate().skip(at + 1);
        // A comment in between does not end the entry where a continuation still follows.
        rest.take_while(|(_, l)| matches!(l.kind, Kind::Continuation | Kind::InnerComment))
            .filter(|(_, l)| matches!(l.kind, Kind::Continuation))
    }

    fn decode(&self, at: usize) -> Option<(Cow<'_, str>, String)> {
        let line = &self.lines[at];
        match &line.kind {
            Kind::Record { text } => Some((Cow::Borrowed(""), line.text(text).into_owned())),
            Kind::Entry { key, value } => {
                let more = self.continuations(at).map(|(_, l)| l);
                Some((line.text(key), self.dialect.join(line, value.clone(), more)))
            }
            _ => None,
        }
    }
}

/// Reads `.repo` text with rust-ini: the second opinion on what a file means.
///
/// Its defaults would strip quotes, eat backslashes and take an indented line for a key, so they
/// are never used.
#[cfg(test)]
fn rust_ini(text: &str) -> Result<ini::Ini, ini::ParseError> {
    let options = ini::ParseOption {
        enabled_quote: false,
        enabled_escape: false,
        enabled_indented_mutiline_value: true,
        ..ini::ParseOption::default()
    };
    ini::Ini::load_from_str_opt(text, options)
}

impl Entry {
    fn is(&self, section: Option<&str>, key: &str) -> bool {
        self.key == key && (section.is_none() || self.section.as_deref() == section)
    }
}
