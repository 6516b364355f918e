//! Reads inline tables.

use super::cursor::{is_blank, is_newline};
use super::reader::{Reader, StatementKind};
use super::value::{Within, char_or_end};
use super::{Fault, Node, Table, Value, goquote, join_key};

impl Reader<'_> {
    pub(super) fn inline_table(&mut self, within: Within) -> Result<Value, Fault> {
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
                c if is_newline(c) => self.inline_line_end()?,
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
                c if is_newline(c) => self.inline_line_end()?,
                '#' => self.inline_comment()?,
                ',' => return self.after_inline_comma(),
                '}' => return Ok(true),
                c => {
                    let found =
                        if self.dialect.is_old() { goquote::char(c).to_string() } else { char_or_end(c) };
                    return Err(self.fail(format!(
                        "expected a comma or an inline table terminator '}}', but got {found} instead"
                    )));
                }
            }
        }
    }

    fn inline_line_end(&self) -> Result<(), Fault> {
        if self.dialect.is_toml_1_1() {
            return Ok(());
        }
        Err(self.fail_previous_line("newlines not allowed within inline tables"))
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
                    let name = goquote::string(&join_key(self.dialect, &self.context));
                    return Err(self.fail_key(format!("{name} is not a table")));
                }
            }
        }
        table.insert(last.clone(), node);
        Ok(())
    }
}
