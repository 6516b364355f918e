//! Reads headers and keys, and builds the tree the way CRI-O's reader does: tables that a longer key implied may be
//! written out once, inline tables and dotted keys fill the same tree as headers.

use std::collections::{HashMap, HashSet};

use super::cursor::{BadChar, Cursor, EOF, Mark, is_blank, is_newline, lossy};
use super::{Dialect, Fault, Node, Span, Table, Value, goquote, is_bare_key_char, join_key};

/// Nesting beyond this is refused, so that no input can exhaust the stack. CRI-O itself knows no limit.
pub(super) const DEPTH_LIMIT: usize = 256;

/// A text, read.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) root: Table,
    /// Headers and keys in the order of the text, keys of inline tables after the key that holds them.
    pub(crate) statements: Vec<Statement>,
    /// The line CRI-O remembers for a key, by the key's joined name. Tables implied by a longer key have none.
    pub(crate) lines: HashMap<String, usize>,
}

/// A header or a key with its value.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    pub(crate) kind: StatementKind,
    /// The whole path from the root, as written.
    pub(crate) path: Vec<String>,
    /// From the first character of the key or the `[` to the end of the value or the `]`.
    pub(crate) span: Span,
    /// The value, for a header the header itself.
    pub(crate) value: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StatementKind {
    Header,
    ArrayHeader,
    /// A key on its own line.
    Key,
    /// A key inside an inline table.
    InlineKey,
    /// A key inside an inline table that is an element of an array: no path leads there.
    ElementKey,
}

/// Reads the text as the dialect does.
pub(crate) fn read(text: &[u8], dialect: Dialect) -> Result<Read, Fault> {
    let mut reader = Reader::new(text, dialect);
    reader.check_first_bytes()?;
    reader.top()?;
    Ok(Read { root: reader.root, statements: reader.statements, lines: reader.lines })
}

#[derive(Debug)]
pub(super) struct Reader<'t> {
    pub(super) text: &'t [u8],
    pub(super) dialect: Dialect,
    pub(super) cursor: Cursor<'t>,
    pub(super) context: Vec<String>,
    pub(super) current_key: String,
    pub(super) statements: Vec<Statement>,
    /// The line messages of the old dialects name: that of the last key or header begun.
    pub(super) near_line: usize,
    /// The line of the last token that ended a key, named by messages about whole keys.
    pub(super) key_line: usize,
    /// Set by values that end before the cursor.
    pub(super) value_end: usize,
    pub(super) array_depth: usize,
    root: Table,
    implicit: HashSet<String>,
    static_arrays: HashSet<String>,
    lines: HashMap<String, usize>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t [u8], dialect: Dialect) -> Self {
        let start = match text {
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] if !dialect.is_old() => 2,
            [0xef, 0xbb, 0xbf, ..] if dialect.skips_bom() => 3,
            _ => 0,
        };
        Self {
            text,
            dialect,
            cursor: Cursor::new(text, dialect, start),
            context: Vec::new(),
            current_key: String::new(),
            statements: Vec::new(),
            near_line: 0,
            key_line: 0,
            value_end: 0,
            array_depth: 0,
            root: Table::new(),
            implicit: HashSet::new(),
            static_arrays: HashSet::new(),
            lines: HashMap::new(),
        }
    }

    fn check_first_bytes(&self) -> Result<(), Fault> {
        let start = self.cursor.pos();
        let head = &self.text[start..self.text.len().min(start + 6)];
        match head.iter().position(|&byte| byte == 0) {
            Some(at) if !self.dialect.is_old() => Err(self.fault(
                "files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8".into(),
                1,
                start + at..start + at + 1,
            )),
            _ => Ok(()),
        }
    }

    fn top(&mut self) -> Result<(), Fault> {
        loop {
            let mark = self.cursor.mark();
            match self.bump()? {
                c if is_blank(c) || is_newline(c) => {}
                '#' => self.comment(mark)?,
                '[' => {
                    self.header()?;
                    if self.end_of_item()? {
                        return Ok(());
                    }
                }
                EOF if self.cursor.is_at_end() => return Ok(()),
                EOF => return Err(self.fail("unexpected EOF")),
                _ => {
                    self.cursor.reset(mark);
                    self.key_value()?;
                    if self.end_of_item()? {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn comment(&mut self, hash: Mark) -> Result<(), Fault> {
        if self.dialect.is_old() {
            let here = self.cursor.mark();
            self.cursor.reset(hash);
            self.near_line = self.cursor.line();
            self.cursor.reset(here);
        }
        self.comment_text()
    }

    pub(super) fn comment_text(&mut self) -> Result<(), Fault> {
        loop {
            let mark = self.cursor.mark();
            let c = self.bump()?;
            if is_newline(c) || c == EOF {
                self.cursor.reset(mark);
                return Ok(());
            }
        }
    }

    /// What may follow a header or a value. True at the end of the text.
    fn end_of_item(&mut self) -> Result<bool, Fault> {
        loop {
            let mark = self.cursor.mark();
            match self.bump()? {
                '#' => {
                    self.comment(mark)?;
                    return Ok(false);
                }
                c if is_blank(c) => {}
                c if is_newline(c) => return Ok(false),
                EOF => return Ok(true),
                c => {
                    return Err(self.fail(format!(
                        "expected a top-level item to end with a newline, comment, or EOF, but got {} instead",
                        goquote::char(c)
                    )));
                }
            }
        }
    }

    fn header(&mut self) -> Result<(), Fault> {
        let start = self.cursor.pos() - 1;
        let array = self.accept('[')?;
        let line = self.cursor.line();
        let path = self.header_name()?;
        if array {
            let c = self.bump()?;
            if c != ']' {
                return Err(self.fail(format!(
                    "expected end of table array name delimiter ']', but got {} instead",
                    goquote::char(c)
                )));
            }
        }
        self.key_line = self.cursor.line();
        let span = start..self.cursor.pos();
        let kind = if array { StatementKind::ArrayHeader } else { StatementKind::Header };
        self.add_context(&path, array, &span)?;
        self.remember_line("", line);
        self.statements.push(Statement { kind, path, span: span.clone(), value: span });
        Ok(())
    }

    fn header_name(&mut self) -> Result<Vec<String>, Fault> {
        let mut path = Vec::new();
        loop {
            self.skip_blanks()?;
            match self.peek()? {
                ']' | EOF => {
                    return Err(self.fail("unexpected end of table name (table names cannot be empty)"));
                }
                '.' => return Err(self.fail("unexpected table separator (table names cannot be empty)")),
                _ => {}
            }
            let part = self.header_part()?;
            if path.is_empty() && self.dialect.is_old() {
                self.near_line = self.cursor.line();
            }
            path.push(part);
            self.skip_blanks()?;
            match self.bump()? {
                '.' => {}
                ']' => return Ok(path),
                c => {
                    return Err(self.fail(format!(
                        "expected '.' or ']' to end table name, but got {} instead",
                        goquote::char(c)
                    )));
                }
            }
        }
    }

    fn header_part(&mut self) -> Result<String, Fault> {
        if !matches!(self.peek()?, '"' | '\'') {
            return self.bare_part();
        }
        let quote = self.bump()?;
        let raw = if self.dialect.is_old() {
            self.string_after_quote(quote)?
        } else {
            self.key_string_after_quote(quote)?
        };
        self.text_of(&raw)
    }

    pub(super) fn bare_part(&mut self) -> Result<String, Fault> {
        let start = self.cursor.pos();
        loop {
            let mark = self.cursor.mark();
            if !is_bare_key_char(self.bump()?) {
                self.cursor.reset(mark);
                return Ok(lossy(self.cursor.slice(start)));
            }
        }
    }

    // ---- the tree ----

    /// Opens the table at `path`, as a header or an inline table does, making the tables above it where missing.
    pub(super) fn add_context(&mut self, path: &[String], array: bool, at: &Span) -> Result<(), Fault> {
        let Some((last, parents)) = path.split_last() else { return Ok(()) };
        if path.len() + self.array_depth > DEPTH_LIMIT {
            return Err(self.too_deep());
        }
        for depth in 1..=parents.len() {
            let above = &parents[..depth];
            let missing =
                !self.table_mut(&above[..depth - 1]).is_some_and(|t| t.contains_key(&above[depth - 1]));
            if missing {
                self.implicit.insert(join_key(self.dialect, above));
                let node = Node { value: Value::Table(Table::new()), key: at.clone(), span: at.clone() };
                if let Some(table) = self.table_mut(&above[..depth - 1]) {
                    table.insert(above[depth - 1].clone(), node);
                }
            }
            if self.table_mut(above).is_none() {
                let name = join_key(self.dialect, above);
                return Err(self.fail_key(format!("Key '{name}' was already created as a hash.")));
            }
        }
        self.context = parents.to_vec();
        let node = Node { value: Value::Table(Table::new()), key: at.clone(), span: at.clone() };
        if array {
            self.add_array_table(path, last, at)?;
        } else {
            self.set_value(last, node)?;
        }
        self.context.push(last.clone());
        Ok(())
    }

    fn add_array_table(&mut self, path: &[String], last: &str, at: &Span) -> Result<(), Fault> {
        let old = self.dialect.is_old();
        let parents = self.context.clone();
        if let Some(table) = self.table_mut(&parents) {
            let node = table.entry(last.to_owned()).or_insert_with(|| Node {
                value: Value::Tables(Vec::new()),
                key: at.clone(),
                span: at.clone(),
            });
            if let Value::Tables(tables) = &mut node.value {
                tables.push(Table::new());
                return Ok(());
            }
        }
        let name = join_key(self.dialect, if old { &parents } else { path });
        Err(self.fail_key(format!("Key '{name}' was already created and cannot be used as an array.")))
    }

    /// Puts a value under the current context, unless the key was written before.
    pub(super) fn set_value(&mut self, key: &str, node: Node) -> Result<(), Fault> {
        let mut path = self.context.clone();
        for depth in 1..=path.len() {
            if self.table_mut(&path[..depth]).is_none() {
                let name = join_key(self.dialect, &path[..depth]);
                return Err(self.fail_key(format!("Key '{name}' has already been defined.")));
            }
        }
        let context = self.context.clone();
        path.push(key.to_owned());
        let name = join_key(self.dialect, &path);
        let replaces_array = !self.dialect.is_old() && self.static_arrays.contains(&name);
        let Some(table) = self.table_mut(&context) else { return Ok(()) };
        if !table.contains_key(key) {
            table.insert(key.to_owned(), node);
            return Ok(());
        }
        if replaces_array {
            table.insert(key.to_owned(), node);
            self.implicit.remove(&name);
            return Ok(());
        }
        if self.implicit.remove(&name) {
            let Some(table) = self.table_mut(&context) else { return Ok(()) };
            // Written out now; what it holds already stays. The place is that of the key that says so.
            if let Some(old) = table.get_mut(key) {
                old.key = node.key;
                old.span = node.span;
            }
            return Ok(());
        }
        Err(self.fail_key(format!("Key '{name}' has already been defined.")))
    }

    pub(super) fn mark_implicit(&mut self, path: &[String]) {
        self.implicit.insert(join_key(self.dialect, path));
    }

    /// Remembers that the current key holds an array, whose elements may fill the tree before it is complete.
    pub(super) fn mark_static_array(&mut self) {
        let name = self.current_path(&self.current_key);
        self.static_arrays.insert(name);
    }

    pub(super) fn remember_line(&mut self, key: &str, line: usize) {
        let name = self.current_path(key);
        self.lines.insert(name, line);
    }

    pub(super) fn remember_type(&mut self, key: &str, value: &Value, line: usize) {
        let name = self.current_path(key);
        if matches!(value, Value::Array(_)) {
            self.static_arrays.insert(name.clone());
        } else {
            self.static_arrays.remove(&name);
        }
        self.lines.insert(name, line);
    }

    fn current_path(&self, key: &str) -> String {
        let mut path = self.context.clone();
        if !key.is_empty() {
            path.push(key.to_owned());
        }
        join_key(self.dialect, &path)
    }

    fn table_mut(&mut self, path: &[String]) -> Option<&mut Table> {
        let mut table = &mut self.root;
        for part in path {
            table = table.get_mut(part)?.value.last_table_mut()?;
        }
        Some(table)
    }

    // ---- faults ----

    pub(super) fn bump(&mut self) -> Result<char, Fault> {
        self.cursor.bump().map_err(|bad| self.bad_char(bad))
    }

    pub(super) fn peek(&mut self) -> Result<char, Fault> {
        self.cursor.peek().map_err(|bad| self.bad_char(bad))
    }

    pub(super) fn accept(&mut self, wanted: char) -> Result<bool, Fault> {
        self.cursor.accept(wanted).map_err(|bad| self.bad_char(bad))
    }

    pub(super) fn skip_blanks(&mut self) -> Result<(), Fault> {
        self.cursor.skip_blanks().map_err(|bad| self.bad_char(bad))
    }

    fn bad_char(&self, bad: BadChar) -> Fault {
        self.fault(bad.message, self.cursor.line(), bad.span)
    }

    /// A fault of the character just consumed. At the end of the text CRI-O names the line before, so that the
    /// error does not stand on an empty line.
    pub(super) fn fail(&self, message: impl Into<String>) -> Fault {
        let line = self.cursor.line() - usize::from(self.cursor.is_at_end());
        self.fail_at_line(message, line)
    }

    pub(super) fn fail_at_line(&self, message: impl Into<String>, line: usize) -> Fault {
        self.fault(message.into(), line, self.last_char())
    }

    /// A fault of the line end just consumed, reported on the line it ends. For a carriage return, which begins
    /// no line, CRI-O still counts one back.
    pub(super) fn fail_previous_line(&self, message: impl Into<String>) -> Fault {
        self.fail_at_line(message, self.cursor.line() - 1)
    }

    /// A fault of a whole key.
    pub(super) fn fail_key(&self, message: impl Into<String>) -> Fault {
        self.fault(message.into(), self.key_line, self.last_char())
    }

    /// CRI-O finds a bug in itself and dies.
    pub(super) fn crash(&self, message: &str) -> Fault {
        Fault {
            text: format!("panic: BUG: {message}"),
            message: message.to_owned(),
            span: self.last_char(),
            crash: true,
        }
    }

    pub(super) fn too_deep(&self) -> Fault {
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

    fn fault(&self, message: String, line: usize, span: Span) -> Fault {
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
