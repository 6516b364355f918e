//! Reads values and arrays.

use super::cursor::{EOF, is_blank, is_newline};
use super::reader::{DEPTH_LIMIT, Reader};
use super::{Dialect, Fault, Node, Span, Value, goquote};

/// Does the value stand in an array? Its inline tables then have no path of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Within {
    Key,
    Array,
}

impl Reader<'_> {
    /// Newer dialects report an unexpected line end on the line it ends.
    pub(super) fn fail_newline_aware(&self, c: char, message: String) -> Fault {
        if c == '\n' && self.dialect >= Dialect::V1_5 {
            self.fail_previous_line(message)
        } else {
            self.fail(message)
        }
    }

    /// Reads a value; gives its place and the line CRI-O remembers for it.
    pub(super) fn value(&mut self, within: Within) -> Result<(Value, Span, usize), Fault> {
        self.skip_blanks()?;
        let start = self.cursor.pos();
        let mark = self.cursor.mark();
        let line = self.cursor.line();
        self.value_end = 0;
        let c = self.bump()?;
        let value = match c {
            '0'..='9' => {
                self.cursor.reset(mark);
                self.number_or_date()?
            }
            '+' | '-' => {
                self.cursor.reset(mark);
                self.signed_number()?
            }
            '[' => return self.nested(start, line, |reader| reader.array()),
            '{' => return self.nested(start, line, |reader| reader.inline_table(within)),
            '"' | '\'' => {
                let raw = self.string_after_quote(c)?;
                let text = self.text_of(&raw)?;
                return Ok((Value::String(text), start..self.cursor.pos(), raw.line));
            }
            '.' => return Err(self.fail("floats must start with a digit, not '.'")),
            _ => {
                self.cursor.reset(mark);
                self.word()?
            }
        };
        let end = if self.value_end > 0 { self.value_end } else { self.cursor.pos() };
        Ok((value, start..end, line))
    }

    fn nested(
        &mut self,
        start: usize,
        line: usize,
        read: impl FnOnce(&mut Self) -> Result<Value, Fault>,
    ) -> Result<(Value, Span, usize), Fault> {
        self.array_depth += 1;
        if self.array_depth + self.context.len() > DEPTH_LIMIT {
            return Err(self.too_deep());
        }
        let value = read(self)?;
        self.array_depth -= 1;
        Ok((value, start..self.cursor.pos(), line))
    }

    /// `true`, `false`, and in newer dialects `inf` and `nan`.
    fn word(&mut self) -> Result<Value, Fault> {
        let start = self.cursor.mark();
        if !self.dialect.is_old() {
            for (word, number) in [(['i', 'n', 'f'], f64::INFINITY), (['n', 'a', 'n'], f64::NAN)] {
                if self.accept(word[0])? && self.accept(word[1])? && self.accept(word[2])? {
                    return Ok(Value::Float(number));
                }
                self.cursor.reset(start);
            }
        }
        let first = self.bump()?;
        if !first.is_alphabetic() {
            return Err(match first {
                EOF if !self.dialect.is_old() => self.fail("unexpected EOF; expected value"),
                c => {
                    let message = format!("expected value but found {} instead", goquote::char(c));
                    self.fail_newline_aware(c, message)
                }
            });
        }
        let mut word = String::from(first);
        loop {
            let mark = self.cursor.mark();
            let c = self.bump()?;
            if !c.is_alphabetic() {
                self.cursor.reset(mark);
                break;
            }
            word.push(c);
        }
        match word.as_str() {
            "true" => Ok(Value::Boolean(true)),
            "false" => Ok(Value::Boolean(false)),
            _ => Err(self.fail(format!("expected value but found {} instead", goquote::string(&word)))),
        }
    }

    fn array(&mut self) -> Result<Value, Fault> {
        let mut items: Vec<Node> = Vec::new();
        if !self.dialect.is_old() {
            self.mark_static_array();
        }
        loop {
            let mark = self.cursor.mark();
            match self.bump()? {
                c if is_blank(c) || is_newline(c) => continue,
                '#' => {
                    self.comment_text()?;
                    continue;
                }
                ',' => return Err(self.fail("unexpected comma")),
                ']' => break,
                _ => self.cursor.reset(mark),
            }
            let (value, span, _) = self.value(Within::Array)?;
            items.push(Node { value, key: span.clone(), span });
            if self.end_of_array_item()? {
                break;
            }
        }
        if self.dialect.is_old() {
            self.check_same_types(&items)?;
        }
        Ok(Value::Array(items))
    }

    /// What may follow an item. True at the end of the array.
    fn end_of_array_item(&mut self) -> Result<bool, Fault> {
        loop {
            match self.bump()? {
                c if is_blank(c) || is_newline(c) => {}
                '#' => self.comment_text()?,
                ',' => return Ok(false),
                ']' => return Ok(true),
                c if self.dialect.is_old() => {
                    return Err(self.fail(format!(
                        "expected a comma or array terminator ']', but got {} instead",
                        goquote::char(c)
                    )));
                }
                c => {
                    return Err(self.fail(format!(
                        "expected a comma (',') or array terminator (']'), but got {}",
                        char_or_end(c)
                    )));
                }
            }
        }
    }

    // TOML 0.4 wanted arrays of one type; 0.5 still did, 1.0 does not, and neither does
    // BurntSushi/toml from 0.4.1 on.
    fn check_same_types(&self, items: &[Node]) -> Result<(), Fault> {
        let Some(first) = items.first().map(|node| node.value.old_type_name()) else { return Ok(()) };
        match items.iter().map(|node| node.value.old_type_name()).find(|&name| name != first) {
            None => Ok(()),
            Some(other) => Err(self.fail(format!(
                "Array contains values of type '{first}' and '{other}', but arrays must be homogeneous."
            ))),
        }
    }
}

/// The character as newer messages show it.
pub(super) fn char_or_end(c: char) -> String {
    if c == EOF { "end of file".into() } else { format!("'{c}'") }
}
