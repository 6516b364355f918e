//! Reads headers and keys, and builds the tree the way CRI-O's reader does: tables that a longer
//! key implied may be written out once, inline tables and dotted keys fill the same tree as
//! headers.

mod build;
mod fault;

use std::collections::{HashMap, HashSet};

use super::cursor::{Cursor, EOF, Mark, is_blank, is_newline, lossy};
use super::{Dialect, Fault, Span, Table, goquote, is_bare_key_char};

/// Nesting beyond this is refused, so that no input can exhaust the stack. CRI-O itself knows no
/// limit.
pub(super) const DEPTH_LIMIT: usize = 256;

/// A text, read.
#[derive(Clone, Debug)]
pub(crate) struct Read {
    pub(crate) root: Table,
    /// Headers and keys in the order of the text, keys of inline tables after the key that holds
    /// them.
    pub(crate) statements: Vec<Statement>,
    /// The line CRI-O remembers for a key, by the key's joined name. Tables implied by a longer key
    /// have none.
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
            // The UTF-8 mark since 1.3 (CRI-O 1.28); the older ones take it for the first character
            // of a key and fail at it.
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

    // The first six bytes alone, as parse.go: a file of Windows' "Unicode" encoding has a zero in
    // every second one.
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
}
