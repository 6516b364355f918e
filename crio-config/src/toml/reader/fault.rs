//! What is wrong, in the words of CRI-O's reader, with the line it would name.

use super::{DEPTH_LIMIT, Reader};
use crate::toml::cursor::BadChar;
use crate::toml::{Dialect, Fault, Span, goquote, join_key};

impl Reader<'_> {
    pub(in crate::toml) fn bump(&mut self) -> Result<char, Fault> {
        self.cursor.bump().map_err(|bad| self.bad_char(bad))
    }

    pub(in crate::toml) fn peek(&mut self) -> Result<char, Fault> {
        self.cursor.peek().map_err(|bad| self.bad_char(bad))
    }

    pub(in crate::toml) fn accept(&mut self, wanted: char) -> Result<bool, Fault> {
        self.cursor.accept(wanted).map_err(|bad| self.bad_char(bad))
    }

    pub(in crate::toml) fn skip_blanks(&mut self) -> Result<(), Fault> {
        self.cursor.skip_blanks().map_err(|bad| self.bad_char(bad))
    }

    pub(super) fn bad_char(&self, bad: BadChar) -> Fault {
        self.fault(bad.message, self.cursor.line(), bad.span)
    }

    /// A fault of the character just consumed. At the end of the text CRI-O names the line before,
    /// so that the error does not stand on an empty line; up to toml 1.4 also where the last
    /// line has no end (`lexer.errorf`).
    pub(in crate::toml) fn fail(&self, message: impl Into<String>) -> Fault {
        let on_empty_line = self.dialect < Dialect::V1_5 || self.text[..self.cursor.pos()].ends_with(b"\n");
        let line = self.cursor.line() - usize::from(self.cursor.is_at_end() && on_empty_line);
        self.fail_at_line(message, line)
    }

    pub(in crate::toml) fn fail_at_line(&self, message: impl Into<String>, line: usize) -> Fault {
        self.fault(message.into(), line, self.last_char())
    }

    /// A fault of the line end just consumed, reported on the line it ends. For a carriage return,
    /// which begins no line, CRI-O still counts one back.
    pub(in crate::toml) fn fail_previous_line(&self, message: impl Into<String>) -> Fault {
        self.fail_at_line(message, self.cursor.line() - 1)
    }

    /// A fault of a whole key.
    pub(in crate::toml) fn fail_key(&self, message: impl Into<String>) -> Fault {
        self.fault(message.into(), self.key_line, self.last_char())
    }

    /// CRI-O finds a bug in itself and dies.
    pub(in crate::toml) fn crash(&self, message: &str) -> Fault {
        Fault {
            text: format!("panic: BUG: {message}"),
            message: message.to_owned(),
            span: self.last_char(),
            crash: true,
        }
    }

    pub(in crate::toml) fn too_deep(&self) -> Fault {
        self.fail(format!("nested more than {DEPTH_LIMIT} levels deep"))
    }

    fn last_char(&self) -> Span {
        let end = self.cursor.pos();
        let mut start = end.saturating_sub(1);
        while start > 0 && end - start < 4 && self.text.get(start).is_some_and(|byte| byte & 0xC0 == 0x80) {
            start -= 1;
        }
        start..end.max(start + 1).min(self.text.len().max(start))
    }

    pub(super) fn fault(&self, message: String, line: usize, span: Span) -> Fault {
        let last_key = self.last_key();
        let text = if self.dialect.says_near_line() {
            format!("Near line {} (last key parsed '{last_key}'): {message}", self.near_line)
        } else if last_key.is_empty() {
            format!("toml: line {line}: {message}")
        } else {
            format!("toml: line {line} (last key {}): {message}", goquote::string(&last_key))
        };
        Fault { text, message, span, crash: false }
    }

    fn last_key(&self) -> String {
        let context = join_key(self.dialect, &self.context);
        match (context.is_empty(), self.current_key.is_empty()) {
            (_, true) => context,
            (true, false) => self.current_key.clone(),
            (false, false) => format!("{context}.{}", self.current_key),
        }
    }
}
