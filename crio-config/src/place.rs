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

/// Where the lines of a text begin: for whoever needs places of many spans, since each
/// [`Place::of`] counts lines from the beginning.
#[derive(Debug)]
pub(crate) struct Lines<'t> {
    text: &'t [u8],
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(crate) fn of(text: &'t [u8]) -> Self {
        let ends = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(ends).collect() }
    }

    /// What [`Place::of`] says.
    pub(crate) fn place(&self, span: &Range<usize>) -> Place {
        let start = span.start.min(self.text.len());
        let end = span.end.clamp(start, self.text.len());
        let line = self.starts.partition_point(|line| *line <= start);
        let line_start = self.starts.get(line.wrapping_sub(1)).copied().unwrap_or_default();
        let column = 1 + String::from_utf8_lossy(&self.text[line_start..start]).chars().count();
        Place { line, column, span: start..end }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_were_counted_once_give_the_same_places() {
        let text = "a\n\n\u{e4}b = 1\n\nc".as_bytes();
        let lines = Lines::of(text);
        for start in 0..=text.len() + 1 {
            let span = start..start + 2;
            assert_eq!(lines.place(&span), Place::of(text, &span), "{start}");
        }
        assert_eq!(Lines::of(b"").place(&(0..0)), Place::of(b"", &(0..0)));
    }
}
