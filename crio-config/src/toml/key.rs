//! Reads keys, bare, quoted and dotted, and what stands behind them.

use super::cursor::{EOF, is_blank, is_newline, lossy};
use super::reader::{DEPTH_LIMIT, Reader, Statement, StatementKind};
use super::value::Within;
use super::{Fault, Node, Span, goquote, is_bare_key_char};

impl Reader<'_> {
    /// Reads `key = value` at the top level or under a header.
    pub(super) fn key_value(&mut self) -> Result<(), Fault> {
        let outer = self.context.clone();
        let line = self.cursor.line();
        self.key_and_value(StatementKind::Key, line)?;
        self.context = outer;
        self.current_key.clear();
        Ok(())
    }

    /// Reads one key with its value into the current context. The caller restores the context.
    pub(super) fn key_and_value(
        &mut self,
        kind: StatementKind,
        line: usize,
    ) -> Result<Option<(Vec<String>, Node)>, Fault> {
        let (parts, key) = if self.dialect.is_old() { self.old_key()? } else { self.dotted_key()? };
        let Some((last, parents)) = parts.split_last() else { return Ok(None) };
        self.current_key.clone_from(last);
        for parent in parents {
            let mut path = self.context.clone();
            path.push(parent.clone());
            self.mark_implicit(&path);
            self.add_context(&path, false, &key)?;
        }
        let index = self.statements.len();
        let mut path = self.context.clone();
        path.push(last.clone());
        self.statements.push(Statement { kind, path, span: key.clone(), value: 0..0 });

        let (value, span, value_line) = self.value(Within::Key)?;
        self.statements[index].span = key.start..span.end;
        self.statements[index].value = span.clone();
        let node = Node { value, key, span };
        let line = if kind == StatementKind::Key { value_line } else { line };
        if kind == StatementKind::Key || !self.dialect.is_old() {
            self.set_value(last, node.clone())?;
        }
        self.remember_type(last, &node.value, line);
        Ok(Some((parts, node)))
    }

    /// A key of TOML 0.4: one part, then `=`.
    fn old_key(&mut self) -> Result<(Vec<String>, Span), Fault> {
        loop {
            let c = self.peek()?;
            if c == '=' {
                return Err(self.fail("unexpected key separator '='"));
            }
            if !(is_blank(c) || is_newline(c)) {
                break;
            }
            self.bump()?;
        }
        let start = self.cursor.pos();
        let part = match self.peek()? {
            quote @ ('"' | '\'') => {
                self.bump()?;
                let raw = self.string_after_quote(quote)?;
                self.near_line = raw.line;
                self.text_of(&raw)?
            }
            _ => self.old_bare_key()?,
        };
        self.current_key.clone_from(&part);
        let key = start..self.cursor.pos();
        loop {
            match self.bump()? {
                '=' => return Ok((vec![part], key)),
                c if is_blank(c) => {}
                c => {
                    return Err(self
                        .fail(format!("expected key separator '=', but got {} instead", goquote::char(c))));
                }
            }
        }
    }

    fn old_bare_key(&mut self) -> Result<String, Fault> {
        let start = self.cursor.pos();
        loop {
            let mark = self.cursor.mark();
            match self.bump()? {
                c if is_bare_key_char(c) => {}
                c if is_blank(c) || c == '=' => {
                    self.cursor.reset(mark);
                    self.near_line = self.cursor.line();
                    return Ok(lossy(self.cursor.slice(start)));
                }
                c => {
                    return Err(self.fail(format!("bare keys cannot contain {}", goquote::char(c))));
                }
            }
        }
    }

    /// A key of TOML 1.0: parts joined by dots, then `=`.
    fn dotted_key(&mut self) -> Result<(Vec<String>, Span), Fault> {
        self.skip_blanks()?;
        match self.peek()? {
            '=' | EOF => return Err(self.fail("unexpected '=': key name appears blank")),
            '.' => return Err(self.fail("unexpected '.': keys cannot start with a '.'")),
            _ => {}
        }
        let start = self.cursor.pos();
        let mut parts = Vec::new();
        loop {
            self.skip_blanks()?;
            match self.peek()? {
                '=' | EOF => return Err(self.fail("unexpected '='")),
                '.' => return Err(self.fail("unexpected '.'")),
                quote @ ('"' | '\'') => {
                    self.bump()?;
                    let raw = self.key_string_after_quote(quote)?;
                    self.key_line = raw.line;
                    let text = self.text_of(&raw)?;
                    parts.push(text);
                }
                _ => {
                    let part = self.bare_part()?;
                    self.key_line = self.cursor.line();
                    parts.push(part);
                }
            }
            if parts.len() > DEPTH_LIMIT {
                return Err(self.too_deep());
            }
            let key = start..self.cursor.pos();
            self.skip_blanks()?;
            match self.bump()? {
                '.' => {}
                '=' => {
                    self.key_line = self.cursor.line();
                    return Ok((parts, key));
                }
                EOF => return Err(self.fail("unexpected EOF; expected key separator '='")),
                c => {
                    let message = format!("expected '.' or '=', but got {} instead", goquote::char(c));
                    return Err(self.fail_newline_aware(c, message));
                }
            }
        }
    }
}
