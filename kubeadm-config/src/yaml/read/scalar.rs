//! Scalars without quotes and in quotes.
//!
//! Follows `yaml_parser_scan_plain_scalar` and `yaml_parser_scan_flow_scalar` of go-yaml v2's
//! `scannerc.go`, which is libyaml in Go. A scalar of one stretch is borrowed from the document;
//! only folding and escapes make a copy. Messages are libyaml's, with their spelling
//! (`hexdecimal`).

use std::borrow::Cow;

use super::cursor::Mark;
use super::scanner::Scanner;
use crate::yaml::Error;

/// White space between two parts of a scalar, of which line breaks are folded.
///
/// Kept apart from the value until something follows: white space at the end of a scalar does not
/// belong to it.
#[derive(Default)]
struct Gap<'a> {
    /// Blanks, as long as there is no line break.
    blanks: &'a str,
    /// The first line break.
    first: &'static str,
    /// The line breaks after it.
    more: String,
    /// Whether there was a line break.
    broken: bool,
}

impl Gap<'_> {
    /// One line break is a space, more of them are one less. U+2028 and U+2029 are not folded.
    fn fold_into(&mut self, value: &mut String) {
        if !self.broken {
            value.push_str(self.blanks);
        } else if self.first == "\n" && self.more.is_empty() {
            value.push(' ');
        } else {
            if self.first != "\n" {
                value.push_str(self.first);
            }
            value.push_str(&self.more);
        }
        *self = Self::default();
    }

    /// A line break with what it means: `\n`, or U+2028 and U+2029 as they are. Blanks before the
    /// first one are dropped.
    fn add_break(&mut self, meaning: &'static str) {
        if self.broken {
            self.more.push_str(meaning);
        } else {
            self.blanks = "";
            self.first = meaning;
            self.broken = true;
        }
    }
}

/// Text that is borrowed as long as it is one stretch of the document.
///
/// Either half may be empty; never are both in use.
struct Value<'a> {
    borrowed: &'a str,
    owned: String,
}

impl<'a> Value<'a> {
    /// The first part is borrowed, from the second on all is copied.
    fn push(&mut self, part: &'a str) {
        if self.is_empty() {
            self.borrowed = part;
        } else {
            self.own().push_str(part);
        }
    }

    /// Whether nothing was pushed so far. An empty part does not count as one.
    fn is_empty(&self) -> bool {
        self.borrowed.is_empty() && self.owned.is_empty()
    }

    /// The text to append to, with what was borrowed moved in.
    fn own(&mut self) -> &mut String {
        self.owned.push_str(std::mem::take(&mut self.borrowed));
        &mut self.owned
    }

    /// Borrowed where that was possible.
    fn finish(self) -> Cow<'a, str> {
        if self.owned.is_empty() { Cow::Borrowed(self.borrowed) } else { Cow::Owned(self.owned) }
    }
}

impl<'a> Scanner<'a> {
    /// A scalar without quotes, and where it ends.
    ///
    /// Ends at `: `, ` #`, a line that is not indented deeper, and within brackets at any of
    /// `,?[]{}`. The end is that of the last character, without the white space that was passed
    /// over to find it.
    /// # Errors
    /// A tab where indentation is expected, and text that is not allowed.
    pub(super) fn scan_plain(&mut self) -> Result<(Cow<'a, str>, Mark), Error> {
        let start = self.cursor.mark;
        let mut end = start;
        let mut value = Value { borrowed: "", owned: String::new() };
        let mut gap = Gap::default();
        loop {
            self.cursor.ensure(4)?;
            if self.cursor.is_document_indicator() || self.cursor.byte(0) == b'#' {
                break;
            }
            let part = self.plain_part()?;
            if !part.is_empty() {
                if gap.broken || !gap.blanks.is_empty() {
                    gap.fold_into(value.own());
                }
                value.push(part);
                end = self.cursor.mark;
            }
            if !(self.cursor.is_blank(0) || self.cursor.is_break(0)) {
                break;
            }
            self.plain_gap(&mut gap, start)?;
            if self.flow == 0 && i64::from(self.cursor.mark.column) <= self.indent {
                break;
            }
        }
        // After a line break the next token starts a line of its own, where a key may stand.
        if gap.broken {
            self.key_allowed = true;
        }
        Ok((value.finish(), end))
    }

    /// Characters up to white space or what ends a plain scalar.
    ///
    /// Without white space, so it may be empty: the caller looks what stopped it.
    fn plain_part(&mut self) -> Result<&'a str, Error> {
        let start = self.cursor.mark.at;
        while !self.cursor.is_space(0) {
            let byte = self.cursor.byte(0);
            let ends = byte == b':' && self.cursor.is_space(1)
                || self.flow > 0 && matches!(byte, b',' | b'?' | b'[' | b']' | b'{' | b'}');
            if ends {
                break;
            }
            self.cursor.skip();
            self.cursor.ensure(2)?;
        }
        Ok(self.cursor.since(start))
    }

    /// White space after a part, with its line breaks folded into `gap`.
    /// # Errors
    /// A tab left of the indentation that the line would need.
    fn plain_gap(&mut self, gap: &mut Gap<'a>, start: Mark) -> Result<(), Error> {
        let from = self.cursor.mark.at;
        self.cursor.ensure(1)?;
        loop {
            if self.cursor.is_blank(0) {
                let shallow = i64::from(self.cursor.mark.column) <= self.indent;
                if gap.broken && shallow && self.cursor.byte(0) == b'\t' {
                    return Err(self.error(start, "found a tab character that violates indentation"));
                }
                self.cursor.skip();
                if !gap.broken {
                    gap.blanks = self.cursor.since(from);
                }
            } else if self.cursor.is_break(0) {
                self.cursor.ensure(2)?;
                gap.add_break(self.cursor.skip_break());
            } else {
                return Ok(());
            }
            self.cursor.ensure(1)?;
        }
    }

    /// A scalar in quotes.
    ///
    /// `single` says which quotes. In single quotes only `''` stands for something else; in double
    /// quotes backslashes do.
    /// # Errors
    /// No closing quote, `---` or `...` at the start of a line, and escapes that go-yaml does not
    /// know.
    pub(super) fn scan_quoted(&mut self, single: bool) -> Result<Cow<'a, str>, Error> {
        let start = self.cursor.mark;
        let quote = self.cursor.byte(0);
        self.cursor.skip();
        let mut value = Value { borrowed: "", owned: String::new() };
        loop {
            self.cursor.ensure(4)?;
            if self.cursor.is_document_indicator() {
                return Err(self.error(start, "found unexpected document indicator"));
            }
            if self.cursor.is_end() {
                return Err(self.error(start, "found unexpected end of stream"));
            }
            let joined = self.quoted_part(single, start, &mut value)?;
            self.cursor.ensure(1)?;
            if self.cursor.byte(0) == quote {
                break;
            }
            self.quoted_gap(joined, &mut value)?;
        }
        self.cursor.skip();
        Ok(value.finish())
    }

    /// Characters up to white space or the closing quote. True after an escaped line break, where
    /// white space at the start of the next line does not count.
    fn quoted_part(&mut self, single: bool, start: Mark, value: &mut Value<'a>) -> Result<bool, Error> {
        let mut from = self.cursor.mark.at;
        let mut joined = false;
        while !self.cursor.is_space(0) {
            match self.cursor.byte(0) {
                b'\'' if single && self.cursor.byte(1) == b'\'' => {
                    self.cursor.skip();
                    value.push(self.cursor.since(from));
                    self.cursor.skip();
                    from = self.cursor.mark.at;
                }
                b'\'' if single => break,
                b'"' if !single => break,
                b'\\' if !single => {
                    value.push(self.cursor.since(from));
                    joined = self.cursor.is_break(1);
                    if joined {
                        self.cursor.ensure(3)?;
                        self.cursor.skip();
                        self.cursor.skip_break();
                        from = self.cursor.mark.at;
                        break;
                    }
                    let escaped = self.scan_escape(start)?;
                    value.own().push(escaped);
                    from = self.cursor.mark.at;
                }
                _ => self.cursor.skip(),
            }
            self.cursor.ensure(2)?;
        }
        value.push(self.cursor.since(from));
        Ok(joined)
    }

    /// White space within quotes: blanks stay unless a line break follows, and line breaks fold.
    /// `joined` says that the break was escaped and stands for nothing.
    fn quoted_gap(&mut self, joined: bool, value: &mut Value<'a>) -> Result<(), Error> {
        let from = self.cursor.mark.at;
        let mut gap = Gap { broken: joined, ..Gap::default() };
        while self.cursor.is_blank(0) || self.cursor.is_break(0) {
            if self.cursor.is_blank(0) {
                self.cursor.skip();
                if !gap.broken {
                    gap.blanks = self.cursor.since(from);
                }
            } else {
                self.cursor.ensure(2)?;
                gap.add_break(self.cursor.skip_break());
            }
            self.cursor.ensure(1)?;
        }
        if gap.broken || !gap.blanks.is_empty() {
            gap.fold_into(value.own());
        }
        Ok(())
    }

    /// A backslash and what it stands for. go-yaml knows no `\/`.
    ///
    /// The table is libyaml's of YAML 1.1. YAML 1.2 added `\/` for the sake of JSON, and a `"\/"`
    /// is refused here as it is by kubeadm.
    fn scan_escape(&mut self, start: Mark) -> Result<char, Error> {
        let (digits, escaped) = match self.cursor.byte(1) {
            b'0' => (0, '\0'),
            b'a' => (0, '\u{7}'),
            b'b' => (0, '\u{8}'),
            b't' | b'\t' => (0, '\t'),
            b'n' => (0, '\n'),
            b'v' => (0, '\u{b}'),
            b'f' => (0, '\u{c}'),
            b'r' => (0, '\r'),
            b'e' => (0, '\u{1b}'),
            b' ' => (0, ' '),
            b'"' => (0, '"'),
            b'\'' => (0, '\''),
            b'\\' => (0, '\\'),
            b'N' => (0, '\u{85}'),
            b'_' => (0, '\u{a0}'),
            b'L' => (0, '\u{2028}'),
            b'P' => (0, '\u{2029}'),
            b'x' => (2, '\0'),
            b'u' => (4, '\0'),
            b'U' => (8, '\0'),
            _ => return Err(self.error(start, "found unknown escape character")),
        };
        self.cursor.skip();
        self.cursor.skip();
        if digits == 0 { Ok(escaped) } else { self.scan_escape_code(start, digits) }
    }

    /// `digits` hexadecimal digits after `\x`, `\u` or `\U`.
    /// # Errors
    /// Anything else than a digit, and code points that are none (surrogates and above U+10FFFF).
    fn scan_escape_code(&mut self, start: Mark, digits: usize) -> Result<char, Error> {
        self.cursor.ensure(digits)?;
        let mut code: u32 = 0;
        for ahead in 0..digits {
            let Some(digit) = char::from(self.cursor.byte(ahead)).to_digit(16) else {
                return Err(self.error(start, "did not find expected hexdecimal number"));
            };
            code = code << 4 | digit;
        }
        let Some(escaped) = char::from_u32(code) else {
            return Err(self.error(start, "found invalid Unicode character escape code"));
        };
        for _ in 0..digits {
            self.cursor.skip();
        }
        Ok(escaped)
    }
}
