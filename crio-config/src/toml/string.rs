//! Strings: finding their end, and what their escapes stand for.

use super::cursor::{EOF, is_newline, lossy};
use super::reader::Reader;
use super::{Fault, goquote};

/// A string as the lexer hands it over: its raw inside, and the line it ends on.
pub(super) struct RawString<'t> {
    inside: &'t [u8],
    /// The line the string ends on; messages about the value name it.
    pub(super) line: usize,
    literal: bool,
    multi_line: bool,
}

impl<'t> Reader<'t> {
    /// Reads a string whose first quote is consumed.
    pub(super) fn string_after_quote(&mut self, quote: char) -> Result<RawString<'t>, Fault> {
        let literal = quote == '\'';
        if self.accept(quote)? {
            if self.accept(quote)? {
                return self.multi_line(quote, literal);
            }
            // The empty string: step back onto its closing quote.
            let line = self.cursor.line();
            return Ok(RawString { inside: b"", line, literal, multi_line: false });
        }
        self.one_line(quote, literal)
    }

    /// Reads a string of a key in the newer dialects, which know no multi-line keys.
    pub(super) fn key_string_after_quote(&mut self, quote: char) -> Result<RawString<'t>, Fault> {
        self.one_line(quote, quote == '\'')
    }

    fn one_line(&mut self, quote: char, literal: bool) -> Result<RawString<'t>, Fault> {
        let start = self.cursor.pos();
        loop {
            let mark = self.cursor.mark();
            let c = self.bump()?;
            match c {
                EOF => return Err(self.unexpected_end(quote, 1)),
                c if is_newline(c) => return Err(self.fail_previous_line("strings cannot contain newlines")),
                '\\' if !literal => self.escape(start)?,
                c if c == quote => {
                    self.cursor.reset(mark);
                    let inside = self.cursor.slice(start);
                    let line = self.cursor.line();
                    self.bump()?;
                    return Ok(RawString { inside, line, literal, multi_line: false });
                }
                _ => {}
            }
        }
    }

    fn multi_line(&mut self, quote: char, literal: bool) -> Result<RawString<'t>, Fault> {
        let start = self.cursor.pos();
        loop {
            match self.bump()? {
                EOF => return Err(self.unexpected_end(quote, 3)),
                '\\' if !literal => self.multi_line_escape(start)?,
                c if c == quote => {
                    if let Some(raw) = self.multi_line_end(start, quote, literal)? {
                        return Ok(raw);
                    }
                }
                _ => {}
            }
        }
    }

    /// One quote is consumed. Three end the string, and newer dialects let up to two more stand
    /// before them.
    fn multi_line_end(
        &mut self,
        start: usize,
        quote: char,
        literal: bool,
    ) -> Result<Option<RawString<'t>>, Fault> {
        // `lexMultilineString` of lex.go, which has a look of its own at five quotes before a
        // sixth.
        let after_first = self.cursor.mark();
        if !(self.accept(quote)? && self.accept(quote)?) {
            // With only two quotes the second may still begin the end: look at it again.
            self.cursor.reset(after_first);
            return Ok(None);
        }
        if !self.dialect.is_old() && self.peek()? == quote {
            let so_far = self.cursor.slice(start);
            if ends_with_five(so_far, quote, literal) {
                let six = String::from(quote).repeat(6);
                return Err(self.fail(format!("unexpected '{six}'")));
            }
            self.cursor.reset(after_first);
            return Ok(None);
        }
        let end = self.cursor.pos() - 3;
        let inside = &self.text[start..end];
        Ok(Some(RawString { inside, line: self.cursor.line(), literal, multi_line: true }))
    }

    fn multi_line_escape(&mut self, start: usize) -> Result<(), Fault> {
        let mark = self.cursor.mark();
        if is_newline(self.bump()?) {
            return Ok(());
        }
        self.cursor.reset(mark);
        self.escape(start)
    }

    /// Checks the escape whose backslash is consumed; `start` is where the string's inside begins.
    fn escape(&mut self, start: usize) -> Result<(), Fault> {
        let c = self.bump()?;
        match c {
            'b' | 't' | 'n' | 'f' | 'r' | '"' | '\\' => Ok(()),
            // Let through here, looked at when the escapes are replaced.
            ' ' | '\t' if !self.dialect.is_old() => Ok(()),
            'e' if self.dialect.is_toml_1_1() => Ok(()),
            'x' if self.dialect.is_toml_1_1() => {
                self.hex_digits(start, 2, r"two hexadecimal digits after '\x'")
            }
            'u' => self.hex_digits(start, 4, r"four hexadecimal digits after '\u'"),
            'U' => self.hex_digits(start, 8, r"eight hexadecimal digits after '\U'"),
            c if self.dialect.is_old() => Err(self.fail(format!(
                "invalid escape character {}; only the following escape characters are allowed: \
                 \\b, \\t, \\n, \\f, \\r, \\\", \\\\, \\uXXXX, and \\UXXXXXXXX",
                goquote::char(c)
            ))),
            c => Err(self.fail(format!(r"invalid escape in string '\{c}'"))),
        }
    }

    fn hex_digits(&mut self, start: usize, count: usize, what: &str) -> Result<(), Fault> {
        for _ in 0..count {
            if !self.bump()?.is_ascii_hexdigit() {
                let so_far = goquote::bytes(self.cursor.slice(start));
                return Err(self.fail(format!("expected {what}, but got {so_far} instead")));
            }
        }
        Ok(())
    }

    /// The end of the text inside a string that `count` quotes would end.
    fn unexpected_end(&self, quote: char, count: usize) -> Fault {
        if self.dialect.is_old() {
            return self.fail("unexpected EOF");
        }
        let around = if quote == '"' { '\'' } else { '"' };
        let quotes = String::from(quote).repeat(count);
        self.fail(format!("unexpected EOF; expected {around}{quotes}{around}"))
    }

    /// What the string says, escapes replaced.
    pub(super) fn text_of(&self, raw: &RawString<'t>) -> Result<String, Fault> {
        if raw.literal {
            let inside = if raw.multi_line { self.without_first_newline(raw.inside) } else { raw.inside };
            return Ok(lossy(inside));
        }
        if !raw.multi_line {
            return self.unescape(raw, raw.inside);
        }
        if self.dialect.is_old() {
            let joined = join_escaped_lines_old(raw.inside);
            let inside = self.without_first_newline(&joined);
            return self.unescape(raw, inside);
        }
        let joined = join_escaped_lines(self.without_first_newline(raw.inside));
        self.unescape(raw, &joined)
    }

    // `stripFirstNewline`: 0.3.1 drops a line feed alone, so text of a file with CRLF keeps the
    // pair.
    fn without_first_newline<'b>(&self, inside: &'b [u8]) -> &'b [u8] {
        match inside {
            [b'\n', rest @ ..] => rest,
            [b'\r', b'\n', rest @ ..] if !self.dialect.is_old() => rest,
            _ => inside,
        }
    }

    fn unescape(&self, raw: &RawString<'t>, inside: &[u8]) -> Result<String, Fault> {
        let mut out = String::with_capacity(inside.len());
        let mut rest = inside;
        while let Some(at) = rest.iter().position(|&byte| byte == b'\\') {
            out.push_str(&lossy(&rest[..at]));
            let tail = &rest[at + 1..];
            let code = tail.first().copied().unwrap_or(0);
            let width = match code {
                b'x' => 2,
                b'u' => 4,
                b'U' => 8,
                _ => 0,
            };
            out.push(self.escaped_char(raw, code, tail.get(1..1 + width).unwrap_or_default())?);
            rest = tail.get(1 + width..).unwrap_or_default();
        }
        out.push_str(&lossy(rest));
        Ok(out)
    }

    fn escaped_char(&self, raw: &RawString<'t>, code: u8, digits: &[u8]) -> Result<char, Fault> {
        Ok(match code {
            b'b' => '\x08',
            b't' => '\t',
            b'n' => '\n',
            b'f' => '\x0c',
            b'r' => '\r',
            b'e' => '\x1b',
            b'"' => '"',
            b'\\' => '\\',
            b'x' | b'u' | b'U' => {
                let digits = std::str::from_utf8(digits).unwrap_or_default();
                let code = u32::from_str_radix(digits, 16).unwrap_or(u32::MAX);
                match char::from_u32(code) {
                    Some(c) => c,
                    None => {
                        let message = format!(r"Escaped character '\u{digits}' is not valid UTF-8.");
                        return Err(self.fail_at_line(message, raw.line));
                    }
                }
            }
            // Only a backslash before white space gets this far.
            _ if self.dialect.is_old() => {
                let shown = goquote::char(char::from(code));
                return Err(self.crash(&format!("Expected valid escape code after \\, but got {shown}.")));
            }
            _ => return Err(self.fail_at_line(format!(r"invalid escape: '\{}'", char::from(code)), raw.line)),
        })
    }
}

/// Would one more quote make it six? An escaped one before the last five does not count.
fn ends_with_five(so_far: &[u8], quote: char, literal: bool) -> bool {
    let five = String::from(quote).repeat(5);
    let Some(before) = so_far.strip_suffix(five.as_bytes()) else { return false };
    literal || before.last() != Some(&b'\\')
}

/// Removes each backslash before a line end with the white space after it.
fn join_escaped_lines(inside: &[u8]) -> Vec<u8> {
    // `stripEscapedNewlines` of parse.go, 0.4.1 and later.
    let mut out = Vec::with_capacity(inside.len());
    let mut at = 0;
    while at < inside.len() {
        if inside[at] != b'\\' {
            out.push(inside[at]);
            at += 1;
            continue;
        }
        if inside.get(at + 1) == Some(&b'\\') {
            out.extend_from_slice(b"\\\\");
            at += 2;
            continue;
        }
        let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        let end = at + 1 + inside[at + 1..].iter().take_while(blank).count();
        if inside[at + 1..end].contains(&b'\n') {
            at = end;
        } else {
            out.push(b'\\');
            at += 1;
        }
    }
    out
}

/// As [`join_escaped_lines`], the way of the old reader, which looks for `\` and a line feed and
/// nothing else.
fn join_escaped_lines_old(inside: &[u8]) -> Vec<u8> {
    // `stripEscapedWhitespace` of parse.go 0.3.1: an escaped backslash before a line feed counts
    // too.
    let mut out = Vec::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = rest.windows(2).position(|pair| pair == b"\\\n") {
        out.extend_from_slice(&rest[..at]);
        rest = trim_space_start(&rest[at + 2..]);
    }
    out.extend_from_slice(rest);
    out
}

fn trim_space_start(text: &[u8]) -> &[u8] {
    match std::str::from_utf8(text) {
        Ok(text) => text.trim_start().as_bytes(),
        Err(_) => text.trim_ascii_start(),
    }
}
