//! A line and what it can be.

use std::borrow::Cow;
use std::ops::Range;

pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One line with its end, and what it is. Ranges are into `bytes`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Line {
    pub(super) bytes: Vec<u8>,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Kind {
    Blank,
    Comment,
    /// A comment with a continuation of the same entry after it.
    InnerComment,
    Section {
        name: Range<usize>,
    },
    Entry {
        key: Range<usize>,
        value: Range<usize>,
    },
    Record {
        text: Range<usize>,
    },
    /// Goes on with the entry above.
    Continuation,
    /// Means nothing to the file's reader.
    Stray,
}

impl Line {
    /// The line without its end.
    pub(super) fn content(&self) -> &[u8] {
        &self.bytes[..self.bytes.len() - self.end().len()]
    }

    /// `\n` or `\r\n`; on the last line also nothing, or half an end.
    pub(super) fn end(&self) -> &[u8] {
        let ends: [&[u8]; 3] = [b"\r\n", b"\n", b"\r"];
        ends.into_iter().find(|end| self.bytes.ends_with(end)).unwrap_or_default()
    }

    pub(super) fn text(&self, range: &Range<usize>) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes[range.clone()])
    }
}
