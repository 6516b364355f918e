//! Reads keys with their values, inline tables and arrays.

use super::cursor::{EOF, is_blank, is_newline, lossy};
use super::reader::{DEPTH_LIMIT, Reader, Statement, StatementKind};
use super::{Dialect, Fault, Node, Span, Table, Value, goquote, is_bare_key_char};

/// Does the value stand in an array? Its inline tables then have no path of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Within {
    Key,
    Array,
}

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
    fn key_and_value(
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

    /// Newer dialects report an unexpected line end on the line it ends.
    fn fail_newline_aware(&self, c: char, message: String) -> Fault {
        if c == '\n' && self.dialect >= Dialect::V1_5 {
            self.fail_previous_line(message)
        } else {
            self.fail(message)
        }
    }

    /// Reads a value; gives its place and the line CRI-O remembers for it.
    fn value(&mut self, within: Within) -> Result<(Value, Span, usize), Fault> {
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

    fn check_same_types(&self, items: &[Node]) -> Result<(), Fault> {
        let Some(first) = items.first().map(|node| node.value.old_type_name()) else { return Ok(()) };
        match items.iter().map(|node| node.value.old_type_name()).find(|&name| name != first) {
            None => Ok(()),
            Some(other) => Err(self.fail(format!(
                "Array contains values of type '{first}' and '{other}', but arrays must be homogeneous."
            ))),
        }
    }

    fn inline_table(&mut self, within: Within) -> Result<Value, Fault> {
        let outer_context = self.context.clone();
        let outer_key = std::mem::take(&mut self.current_key);
        let at = self.cursor.pos() - 1..self.cursor.pos();
        let mut path = outer_context.clone();
        path.push(outer_key.clone());
        if self.dialect.is_old() {
            self.context = path.clone();
        } else {
            self.mark_implicit(&path);
            self.add_context(&path, within == Within::Array, &at)?;
        }
        let kind = if within == Within::Array { StatementKind::ElementKey } else { StatementKind::InlineKey };
        let kind = if self.is_inside_element() { StatementKind::ElementKey } else { kind };
        let mut table = Table::new();
        while self.next_inline_key()? {
            let line = self.cursor.line();
            if let Some((parts, node)) = self.key_and_value(kind, line)? {
                self.insert_dotted(&mut table, &parts, node)?;
            }
            self.context.clone_from(&path);
            if self.end_of_inline_item()? {
                break;
            }
        }
        self.context = outer_context;
        self.current_key = outer_key;
        Ok(Value::Table(table))
    }

    /// Is an element of an array being read? Then the statement that holds it says so.
    fn is_inside_element(&self) -> bool {
        self.statements
            .last()
            .is_some_and(|statement| statement.kind == StatementKind::ElementKey && statement.value.end == 0)
    }

    /// Goes to the next key of an inline table. False at its end.
    fn next_inline_key(&mut self) -> Result<bool, Fault> {
        loop {
            let mark = self.cursor.mark();
            match self.bump()? {
                c if is_blank(c) => {}
                c if is_newline(c) && self.dialect.is_toml_1_1() => {}
                c if is_newline(c) => {
                    return Err(self.fail_previous_line("newlines not allowed within inline tables"));
                }
                '#' => self.inline_comment()?,
                ',' => return Err(self.fail("unexpected comma")),
                '}' => return Ok(false),
                _ => {
                    self.cursor.reset(mark);
                    return Ok(true);
                }
            }
        }
    }

    /// What may follow a key of an inline table. True at the table's end.
    fn end_of_inline_item(&mut self) -> Result<bool, Fault> {
        loop {
            match self.bump()? {
                c if is_blank(c) => {}
                c if is_newline(c) && self.dialect.is_toml_1_1() => {}
                c if is_newline(c) => {
                    return Err(self.fail_previous_line("newlines not allowed within inline tables"));
                }
                '#' => self.inline_comment()?,
                ',' => return self.after_inline_comma(),
                '}' => return Ok(true),
                c if self.dialect.is_old() => {
                    return Err(self.fail(format!(
                        "expected a comma or an inline table terminator '}}', but got {} instead",
                        goquote::char(c)
                    )));
                }
                c => {
                    return Err(self.fail(format!(
                        "expected a comma or an inline table terminator '}}', but got {} instead",
                        char_or_end(c)
                    )));
                }
            }
        }
    }

    fn after_inline_comma(&mut self) -> Result<bool, Fault> {
        if self.dialect.is_old() || self.dialect.is_toml_1_1() {
            return Ok(false);
        }
        self.skip_blanks()?;
        if self.peek()? == '}' {
            return Err(self.fail("trailing comma not allowed in inline tables"));
        }
        Ok(false)
    }

    fn inline_comment(&mut self) -> Result<(), Fault> {
        if self.dialect.is_old() {
            let line = self.near_line;
            return Err(self.crash(&format!("Expected key start but instead found \"\", around line {line}")));
        }
        self.comment_text()
    }

    /// The copy of an inline table that becomes an array's element.
    fn insert_dotted(&self, table: &mut Table, parts: &[String], node: Node) -> Result<(), Fault> {
        let Some((last, parents)) = parts.split_last() else { return Ok(()) };
        let mut table = table;
        for part in parents {
            let parent = table.entry(part.clone()).or_insert_with(|| Node {
                value: Value::Table(Table::new()),
                key: node.key.clone(),
                span: node.span.clone(),
            });
            match &mut parent.value {
                Value::Table(inner) => table = inner,
                _ => {
                    let name = goquote::string(&super::join_key(self.dialect, &self.context));
                    return Err(self.fail_key(format!("{name} is not a table")));
                }
            }
        }
        table.insert(last.clone(), node);
        Ok(())
    }
}

fn char_or_end(c: char) -> String {
    if c == EOF { "end of file".into() } else { format!("'{c}'") }
}
