//! Lines of a text by byte offset.

use std::ops::Range;

/// The start of the line the offset is on. A byte-order mark is part of no line.
pub(super) fn start(text: &str, at: usize) -> usize {
    const MARK: char = '\u{feff}';
    let first = if text[..at].starts_with(MARK) { MARK.len_utf8() } else { 0 };
    text[..at].rfind('\n').map_or(first, |newline| newline + 1)
}

/// The end of the line the offset is on, its line end left out.
pub(super) fn end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    if text[..end].ends_with('\r') && text[end..].starts_with('\n') && end > at { end - 1 } else { end }
}

/// The start of the next line, or the end of the text.
pub(super) fn next(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1)
}

/// The white space a line starts with.
pub(super) fn indent(text: &str, at: usize) -> &str {
    let line = &text[start(text, at)..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// The line end the text uses: that of the line at the offset, else that of the first line.
pub(super) fn line_end(text: &str, at: usize) -> &'static str {
    let here = next(text, at);
    let line = if text[..here].ends_with('\n') { &text[..here] } else { &text[..next(text, 0)] };
    if line.ends_with("\r\n") { "\r\n" } else { "\n" }
}

/// The lines of a range: each with its start and its text without line end.
pub(super) fn within(text: &str, range: Range<usize>) -> impl Iterator<Item = (usize, &str)> {
    let mut at = range.start;
    std::iter::from_fn(move || {
        if at >= range.end {
            return None;
        }
        let begin = at;
        at = next(text, begin);
        Some((begin, &text[begin..end(text, begin)]))
    })
}
