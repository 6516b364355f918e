//! Walks the bytes one character at a time, counting lines as CRI-O's lexer does.

use super::{Dialect, Span};

/// Stands for the end of the text, as in the reader this follows; old releases really take a NUL
/// byte for the end.
pub(super) const EOF: char = '\0';

/// Where the cursor was, to go back there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    pos: usize,
    line: usize,
}

/// What is wrong with the next character itself.
#[derive(Debug)]
pub(super) struct BadChar {
    pub(super) message: String,
    pub(super) span: Span,
}

#[derive(Debug)]
pub(super) struct Cursor<'t> {
    text: &'t [u8],
    dialect: Dialect,
    pos: usize,
    line: usize,
    at_end: bool,
}

impl<'t> Cursor<'t> {
    pub(super) fn new(text: &'t [u8], dialect: Dialect, pos: usize) -> Self {
        Self { text, dialect, pos, line: 1, at_end: false }
    }

    pub(super) fn pos(&self) -> usize {
        self.pos
    }

    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// Did the last step run into the end of the text?
    pub(super) fn is_at_end(&self) -> bool {
        self.at_end
    }

    pub(super) fn mark(&self) -> Mark {
        Mark { pos: self.pos, line: self.line }
    }

    pub(super) fn reset(&mut self, mark: Mark) {
        self.pos = mark.pos;
        self.line = mark.line;
        self.at_end = false;
    }

    pub(super) fn slice(&self, from: usize) -> &'t [u8] {
        &self.text[from..self.pos]
    }

    /// The next character, consumed. At the end [`EOF`], again and again.
    pub(super) fn bump(&mut self) -> Result<char, BadChar> {
        let Some(&byte) = self.text.get(self.pos) else {
            self.at_end = true;
            return Ok(EOF);
        };
        if byte < 0x80 {
            return self.bump_ascii(byte);
        }
        let (c, width) = decode(&self.text[self.pos..]);
        if width == 1 && !self.dialect.is_old() {
            return Err(self.bad(format!("invalid UTF-8 byte: {byte:#04x}")));
        }
        self.pos += width;
        Ok(c)
    }

    /// The next character, left in place.
    pub(super) fn peek(&mut self) -> Result<char, BadChar> {
        let mark = self.mark();
        let c = self.bump();
        self.reset(mark);
        c
    }

    /// Consumes the next character if it is the one asked for.
    pub(super) fn accept(&mut self, wanted: char) -> Result<bool, BadChar> {
        let mark = self.mark();
        if self.bump()? == wanted {
            return Ok(true);
        }
        self.reset(mark);
        Ok(false)
    }

    /// Consumes spaces and tabs.
    pub(super) fn skip_blanks(&mut self) -> Result<(), BadChar> {
        loop {
            let mark = self.mark();
            if !is_blank(self.bump()?) {
                self.reset(mark);
                return Ok(());
            }
        }
    }

    fn bump_ascii(&mut self, byte: u8) -> Result<char, BadChar> {
        if !self.dialect.is_old() && self.is_forbidden(byte) {
            return Err(self.bad(format!("TOML files cannot contain control characters: '{byte:#04x}'")));
        }
        if byte == b'\n' {
            self.line += 1;
        }
        self.pos += 1;
        Ok(char::from(byte))
    }

    fn is_forbidden(&self, byte: u8) -> bool {
        match byte {
            b'\t' | b'\n' => false,
            b'\r' => self.text.get(self.pos + 1) != Some(&b'\n'),
            _ => byte.is_ascii_control(),
        }
    }

    fn bad(&self, message: String) -> BadChar {
        BadChar { message, span: self.pos..self.pos + 1 }
    }
}

/// The first character of the bytes and its width; a byte that starts none is U+FFFD, one byte
/// wide.
fn decode(text: &[u8]) -> (char, usize) {
    let head = &text[..text.len().min(4)];
    match head.utf8_chunks().next().and_then(|chunk| chunk.valid().chars().next()) {
        Some(c) => (c, c.len_utf8()),
        None => (char::REPLACEMENT_CHARACTER, 1),
    }
}

/// The text with each byte that is not UTF-8 replaced on its own, as Go does when it shows a
/// string.
pub(super) fn lossy(text: &[u8]) -> String {
    let mut out = String::with_capacity(text.len());
    for chunk in text.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    out
}

pub(super) fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}

pub(super) fn is_newline(c: char) -> bool {
    c == '\n' || c == '\r'
}
