//! Cutting a file into documents as apimachinery's `YAMLReader` does: by lines, before any YAML is
//! read.

use std::borrow::Cow;

use super::{Base, Error, Limits, Position, Span};

/// One document of a file, not yet read.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawDocument<'a> {
    /// The bytes that kubeadm hands to its YAML reader: the document's lines, the last one always
    /// ended. A `---` line belongs to the document after it if there is nothing before it, else
    /// to none.
    pub text: Cow<'a, [u8]>,
    /// Line of the file the text starts on, counted from 1.
    pub line: u32,
    /// Offset of the text in the file.
    pub offset: usize,
}

impl RawDocument<'_> {
    /// Where the text starts, for the readers.
    #[must_use]
    pub fn base(&self) -> Base {
        Base { line: self.line, offset: self.offset }
    }
}

/// How a kubeadm release cuts a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SplitRules {
    /// What may follow `---` on its line.
    pub after_separator: AfterSeparator,
}

impl SplitRules {
    /// The rules with another treatment of what follows `---`.
    #[must_use]
    pub fn with_after_separator(after_separator: AfterSeparator) -> Self {
        Self { after_separator }
    }
}

/// What may follow `---` on its line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "both behaviours that ever were")]
pub enum AfterSeparator {
    /// Blanks or a comment; anything else is an error (kubeadm 1.29 and newer, of those that were
    /// asked).
    #[default]
    BlankOrComment,
    /// A line that goes on after `---` is no separator but part of the document (kubeadm 1.20).
    AnythingIsContent,
}

/// Cuts `file` into documents. An empty file has none.
///
/// # Errors
///
/// [`Error::Separator`] for a line such as `--- text` (where the rules forbid it),
/// [`Error::TooLarge`], [`Error::TooManyDocuments`].
///
/// ```
/// use kubeadm_config::yaml::{SplitRules, split};
///
/// let parts = split(b"---\nkind: A\n---\nkind: B\n", &SplitRules::default())?;
/// assert_eq!(parts.len(), 2);
/// assert_eq!((&*parts[1].text, parts[1].line), (&b"kind: B\n"[..], 4));
/// # Ok::<(), kubeadm_config::yaml::Error>(())
/// ```
pub fn split<'a>(file: &'a [u8], rules: &SplitRules) -> Result<Vec<RawDocument<'a>>, Error> {
    let Limits { file: limit, documents: most, .. } = Limits::DEFAULT;
    if file.len() > limit {
        return Err(Error::TooLarge { what: "file", size: file.len(), limit });
    }
    let mut documents = Vec::new();
    let mut start = Base::default();
    let mut here = Base::default();
    for line in file.split_inclusive(|byte| *byte == b'\n') {
        let next = Base { line: here.line + 1, offset: here.offset + line.len() };
        // A separator before anything was read makes no empty document (`YAMLReader.Read`).
        if is_separator(line, rules, here)? && start != here {
            if documents.len() == most {
                return Err(too_many(most, start, here));
            }
            documents.push(RawDocument::new(file, start, here.offset));
            start = next;
        }
        here = next;
    }
    if start != here {
        if documents.len() == most {
            return Err(too_many(most, start, here));
        }
        documents.push(RawDocument::new(file, start, here.offset));
    }
    Ok(documents)
}

/// The document from `start` to `end` is one too many.
fn too_many(limit: usize, start: Base, end: Base) -> Error {
    let position = Position { line: start.line, column: 1 };
    Error::TooManyDocuments { limit, span: Span { start: start.offset, end: end.offset, position } }
}

fn is_separator(line: &[u8], rules: &SplitRules, here: Base) -> Result<bool, Error> {
    let Some(rest) = line.strip_prefix(b"---") else { return Ok(false) };
    let rest = String::from_utf8_lossy(rest);
    let trimmed = rest.trim();
    match rules.after_separator {
        // Only kubeadm 1.20 is so: there `--- # text` is a line of the document.
        AfterSeparator::AnythingIsContent => Ok(trimmed.is_empty()),
        AfterSeparator::BlankOrComment if trimmed.is_empty() || trimmed.starts_with('#') => Ok(true),
        AfterSeparator::BlankOrComment => {
            let position = Position { line: here.line, column: 1 };
            let span = Span { start: here.offset, end: here.offset + line.len(), position };
            Err(Error::Separator { rest: trimmed.to_owned(), span })
        }
    }
}

impl<'a> RawDocument<'a> {
    fn new(file: &'a [u8], start: Base, end: usize) -> Self {
        let text = normalised(&file[start.offset..end]);
        Self { text, line: start.line, offset: start.offset }
    }
}

/// Go's line reader drops one carriage return before each line feed and ends the last line. YAML
/// and JSON take `\r\n` for `\n`, so only an unfinished last line and `\r\r\n` (which must not
/// become two line breaks) need a copy.
fn normalised(text: &[u8]) -> Cow<'_, [u8]> {
    // apimachinery's reader takes lines by `bufio.Reader.ReadLine`, which drops `\r\n` and so
    // leaves one `\r` of `\r\r\n`.
    let doubled = text.windows(3).any(|bytes| bytes == b"\r\r\n");
    if text.ends_with(b"\n") && !doubled {
        return Cow::Borrowed(text);
    }
    let mut copy = Vec::with_capacity(text.len() + 1);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        copy.extend_from_slice(match line.strip_suffix(b"\n") {
            Some(body) if doubled => body.strip_suffix(b"\r").unwrap_or(body),
            Some(body) => body,
            None => line,
        });
        copy.push(b'\n');
    }
    Cow::Owned(copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(file: &str) -> Vec<(u32, usize, String)> {
        let documents = split(file.as_bytes(), &SplitRules::default()).unwrap();
        documents.iter().map(|d| (d.line, d.offset, String::from_utf8_lossy(&d.text).into_owned())).collect()
    }

    #[test]
    fn a_separator_with_nothing_before_it_stays() {
        assert_eq!(texts("---\na: 1\n"), [(1, 0, "---\na: 1\n".to_owned())]);
        assert_eq!(texts("---\n---\na: 1"), [(1, 0, "---\n".to_owned()), (3, 8, "a: 1\n".to_owned())]);
    }

    #[test]
    fn two_separators_in_a_row_are_one_in_the_middle_of_a_file() {
        let expected = [(1, 0, "a: 1\n".to_owned()), (3, 9, "---\nb: 2\n".to_owned())];
        assert_eq!(texts("a: 1\n---\n---\nb: 2\n---\n"), expected);
    }

    #[test]
    fn an_empty_file_has_no_documents_and_a_blank_line_is_one() {
        assert!(texts("").is_empty());
        assert_eq!(texts("\n---\na: 1\n").len(), 2);
    }

    #[test]
    fn too_many_documents_are_refused_where_the_first_of_them_starts() {
        let most = Limits::DEFAULT.documents;
        let file = |count: usize| "a: 1\n---\n".repeat(count);
        assert_eq!(split(file(most).as_bytes(), &SplitRules::default()).unwrap().len(), most);
        for more in [file(most + 1), file(most) + "a: 1\n"] {
            let error = split(more.as_bytes(), &SplitRules::default()).unwrap_err();
            assert_eq!(error.position().map(|at| at.line as usize), Some(2 * most + 1));
        }
    }

    #[test]
    fn text_after_a_separator() {
        let error = split(b"a: 1\n--- b: 2 \n", &SplitRules::default()).unwrap_err();
        assert_eq!(error.to_string(), "invalid Yaml document separator: b: 2");
        assert_eq!(error.position(), Some(Position { line: 2, column: 1 }));
        assert_eq!(texts("a: 1\n--- # next\nb: 2\n").len(), 2);
        let old = SplitRules::with_after_separator(AfterSeparator::AnythingIsContent);
        assert_eq!(split(b"a: 1\n--- b: 2 \n", &old).unwrap().len(), 1);
    }

    #[test]
    fn line_ends_are_as_go_reads_them() {
        assert_eq!(texts("a: |\n  x"), [(1, 0, "a: |\n  x\n".to_owned())]);
        assert_eq!(texts("a: 1\r\n---\r\nb: 2\r\n")[1], (3, 11, "b: 2\r\n".to_owned()));
        assert_eq!(texts("a: 1\r\r\nb\r")[0].2, "a: 1\r\nb\r\n");
    }
}
