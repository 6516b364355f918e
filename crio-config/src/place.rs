//! Places in a file.

use std::fmt;
use std::ops::Range;

/// A place in a file: a stretch of bytes, and the line and column a person counts to find it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// The bytes of the file.
    pub span: Range<usize>,
}

impl Place {
    pub(crate) fn of(text: &[u8], span: &Range<usize>) -> Self {
        let start = span.start.min(text.len());
        let end = span.end.clamp(start, text.len());
        let line_start = text[..start].iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let line = 1 + text[..start].iter().filter(|&&byte| byte == b'\n').count();
        let column = 1 + String::from_utf8_lossy(&text[line_start..start]).chars().count();
        Self { line, column, span: start..end }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}
