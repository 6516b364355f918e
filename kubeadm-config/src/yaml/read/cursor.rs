//! A place in the text and the moves from it.

use super::encoding::Text;
use crate::yaml::{Base, Error, Position, Span};

/// A place in the document, counted from 0 as go-yaml counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mark {
    /// Byte of the text.
    pub(super) at: usize,
    /// Character of the text.
    pub(super) index: usize,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// The text with the current place in it.
pub(super) struct Cursor<'a> {
    text: &'a str,
    pieces: &'a [usize],
    fault: Option<super::encoding::Fault>,
    skipped: usize,
    base: Base,
    pub(super) mark: Mark,
    /// Number of pieces fetched, and where the last of them ends.
    fetched: usize,
    ready: usize,
    /// Whether go-yaml's buffer starts with a byte order mark, see
    /// [`Cursor::skip_byte_order_mark`].
    marked: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a Text<'_>, base: Base) -> Self {
        Self {
            text: &text.text,
            pieces: &text.pieces,
            fault: text.fault,
            skipped: text.skipped,
            base,
            mark: Mark::default(),
            fetched: 0,
            ready: 0,
            marked: false,
        }
    }

    /// Makes sure that the next `count` characters have been judged; fails if they lie in a piece
    /// with a fault.
    pub(super) fn ensure(&mut self, count: usize) -> Result<(), Error> {
        // No character is longer than four bytes.
        if self.mark.at + 4 * count <= self.ready { Ok(()) } else { self.fetch(count) }
    }

    #[cold]
    fn fetch(&mut self, count: usize) -> Result<(), Error> {
        let mut moved = false;
        while self.text[self.mark.at..self.ready].chars().take(count).count() < count {
            if !moved {
                moved = true;
                self.marked = self.text[self.mark.at..].starts_with('\u{FEFF}');
            }
            let Some(end) = self.pieces.get(self.fetched) else {
                let Some(fault) = self.fault else { return Ok(()) };
                let span = self.span(fault.mark, fault.mark);
                return Err(Error::Encoding { problem: fault.problem, span });
            };
            self.fetched += 1;
            self.ready = *end;
        }
        Ok(())
    }

    /// The byte `ahead` of the current one, 0 after the end. The text itself has no such byte.
    pub(super) fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.mark.at + ahead).copied().unwrap_or(0)
    }

    /// Whether the text is at its end.
    pub(super) fn is_end(&self) -> bool {
        self.mark.at >= self.text.len()
    }

    pub(super) fn is_blank(&self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t')
    }

    /// A line break, which in YAML 1.1 is also U+0085, U+2028 or U+2029.
    pub(super) fn is_break(&self, ahead: usize) -> bool {
        match self.byte(ahead) {
            b'\n' | b'\r' => true,
            0xC2 => self.byte(ahead + 1) == 0x85,
            0xE2 => self.byte(ahead + 1) == 0x80 && matches!(self.byte(ahead + 2), 0xA8 | 0xA9),
            _ => false,
        }
    }

    /// A line break or the end.
    pub(super) fn is_line_end(&self, ahead: usize) -> bool {
        self.byte(ahead) == 0 || self.is_break(ahead)
    }

    /// A blank, a line break or the end.
    pub(super) fn is_space(&self, ahead: usize) -> bool {
        self.is_blank(ahead) || self.is_line_end(ahead)
    }

    /// `---` or `...` alone at the start of a line.
    pub(super) fn is_document_indicator(&self) -> bool {
        self.mark.column == 0
            && matches!(self.byte(0), b'-' | b'.')
            && self.byte(1) == self.byte(0)
            && self.byte(2) == self.byte(0)
            && self.is_space(3)
    }

    /// Passes one character that is no line break, if there is one.
    pub(super) fn skip(&mut self) {
        let width = match self.byte(0) {
            0 => 0,
            0x01..0x80 => 1,
            0x80..0xE0 => 2,
            0xE0..0xF0 => 3,
            0xF0.. => 4,
        };
        self.mark.at += width;
        self.mark.index += 1;
        self.mark.column += 1;
    }

    /// Passes a line break. What it means in a scalar: `\n`, except that U+2028 and U+2029 stay
    /// what they are.
    pub(super) fn skip_break(&mut self) -> &'static str {
        let (width, meaning) = match self.byte(0) {
            b'\r' if self.byte(1) == b'\n' => (2, "\n"),
            b'\r' | b'\n' => (1, "\n"),
            0xC2 => (2, "\n"),
            _ if self.byte(2) == 0xA8 => (3, "\u{2028}"),
            _ => (3, "\u{2029}"),
        };
        self.mark.at += width;
        self.mark.index += 1;
        self.mark.column = 0;
        self.mark.line += 1;
        meaning
    }

    /// Passes blanks.
    pub(super) fn skip_blanks(&mut self) -> Result<(), Error> {
        self.ensure(1)?;
        while self.is_blank(0) {
            self.skip();
            self.ensure(1)?;
        }
        Ok(())
    }

    /// Passes the rest of the line if it is a comment.
    pub(super) fn skip_comment(&mut self) -> Result<(), Error> {
        if self.byte(0) == b'#' {
            while !self.is_line_end(0) {
                self.skip();
                self.ensure(1)?;
            }
        }
        Ok(())
    }

    /// A byte order mark may start a line, but go-yaml looks for it at the start of its buffer and
    /// not at the current place. So a text with two marks at its start loses the first
    /// character of other lines as well.
    pub(super) fn skip_byte_order_mark(&mut self) {
        if self.marked && self.mark.column == 0 && !self.is_end() {
            self.skip();
        }
    }

    /// The text from `start` to the current place.
    pub(super) fn since(&self, start: usize) -> &'a str {
        &self.text[start..self.mark.at]
    }

    /// A stretch of the document as a stretch of the file.
    pub(super) fn span(&self, start: Mark, end: Mark) -> Span {
        let offset = self.base.offset + self.skipped;
        let position = Position { line: self.base.line.saturating_add(start.line), column: start.column + 1 };
        Span { start: offset + start.at, end: offset + end.at.max(start.at), position }
    }
}
