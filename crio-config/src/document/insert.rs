//! Where a new key goes.

use super::edit::Cut;
use super::fold::{folds_to, same_path, starts_with};
use super::{Document, OwnTable, lines};
use crate::toml::{Span, Statement, StatementKind, push_key_part};
use crate::{Error, KeyPath, Value};

impl Document {
    pub(super) fn insertion(&mut self, path: &KeyPath, value: &Value) -> Result<Cut, Error> {
        let key = render_key(&[path.key().to_owned()]);
        let line = format!("{key} = {value}");
        if path.table().is_empty() {
            return Ok(self.at_top(&line));
        }
        if let Some(cut) = self.inside_inline_table(path.table(), &line) {
            return Ok(cut);
        }
        if let Some(header) = self.header_of(path.table()) {
            let body = self.body_of(header);
            return Ok(self.in_body(&body, path.key(), &line));
        }
        if let Some(cut) = self.beside_dotted_sibling(path, value) {
            return Ok(cut);
        }
        Ok(self.with_new_table(path, &line))
    }

    /// A key without table goes before the first header.
    fn at_top(&self, line: &str) -> Cut {
        let first = self.read.statements.iter().find(|statement| is_header(statement));
        match first {
            Some(header) => {
                let at = lines::start(&self.text, header.span.start);
                Cut { at: at..at, text: format!("{line}{}", lines::line_end(&self.text, at)) }
            }
            None => self.line_at_end(line),
        }
    }

    fn line_at_end(&self, line: &str) -> Cut {
        let end = self.text.len();
        let newline = lines::line_end(&self.text, end);
        let text = if self.text.is_empty() || self.text.ends_with('\n') {
            format!("{line}{newline}")
        } else {
            format!("{newline}{line}")
        };
        Cut { at: end..end, text }
    }

    /// `table = { … }`, possibly inside another.
    fn inside_inline_table(&self, table: &[String], line: &str) -> Option<Cut> {
        let holder = self.read.statements.iter().rev().find(|statement| {
            matches!(statement.kind, StatementKind::Key | StatementKind::InlineKey)
                && same_path(&statement.path, table)
                && self.text[statement.value.clone()].starts_with('{')
        })?;
        let last = self
            .read
            .statements
            .iter()
            .filter(|inner| {
                matches!(inner.kind, StatementKind::InlineKey)
                    && inner.span.start > holder.value.start
                    && inner.span.end < holder.value.end
            })
            .map(|inner| inner.value.end)
            .max();
        Some(match last {
            Some(at) => Cut { at: at..at, text: format!(", {line}") },
            None => {
                let at = holder.value.start + 1;
                Cut { at: at..at, text: format!(" {line} ") }
            }
        })
    }

    fn header_of(&self, table: &[String]) -> Option<&Statement> {
        let wanted = |exact: bool| {
            self.read.statements.iter().rev().find(move |statement| {
                statement.kind == StatementKind::Header
                    && if exact { statement.path == table } else { same_path(&statement.path, table) }
            })
        };
        wanted(true).or_else(|| wanted(false))
    }

    /// From the line after a header to the line of the next one.
    fn body_of(&self, header: &Statement) -> Span {
        let start = lines::next(&self.text, header.span.end);
        let next = self
            .read
            .statements
            .iter()
            .find(|other| is_header(other) && other.span.start > header.span.start);
        let end = next.map_or(self.text.len(), |next| lines::start(&self.text, next.span.start));
        start..end.max(start)
    }

    /// Below the commented-out default, else after the last key, else right under the header.
    fn in_body(&self, body: &Span, key: &str, line: &str) -> Cut {
        if let Some((commented, at)) = self.commented_default(body, key) {
            let indent = lines::indent(&self.text, commented);
            return self.line_after(at, &format!("{indent}{line}"));
        }
        let last =
            self.read.statements.iter().rfind(|statement| {
                statement.kind == StatementKind::Key && body.contains(&statement.span.start)
            });
        match last {
            Some(last) => {
                let indent = lines::indent(&self.text, last.span.start);
                self.line_after(last.value.end, &format!("{indent}{line}"))
            }
            None => {
                let header_line = if body.start > 0 { body.start - 1 } else { 0 };
                let at = if body.start == self.text.len() { self.text.len() } else { header_line };
                self.line_after(at, line)
            }
        }
    }

    /// A new line after the one the offset is on.
    fn line_after(&self, at: usize, line: &str) -> Cut {
        let newline = lines::line_end(&self.text, at);
        let next = lines::next(&self.text, at);
        let text = if self.text[..next].ends_with('\n') {
            format!("{line}{newline}")
        } else {
            format!("{newline}{line}")
        };
        Cut { at: next..next, text }
    }

    /// The comment line that shows the key, and an offset on the last line of what it shows.
    fn commented_default(&self, body: &Span, key: &str) -> Option<(usize, usize)> {
        let live = |at: usize| self.read.statements.iter().any(|s| s.span.start <= at && at < s.span.end);
        let mut found = None;
        let mut open_list = false;
        for (start, text) in lines::within(&self.text, body.clone()) {
            let Some(comment) = text.trim_start().strip_prefix('#') else {
                open_list = false;
                continue;
            };
            if open_list {
                found = found.map(|(first, _)| (first, start));
                open_list = comment.trim() != "]";
                continue;
            }
            if live(start) {
                continue;
            }
            let Some((name, shown)) = comment.split_once('=') else { continue };
            if folds_to(name.trim(), key) {
                found = Some((start, start));
                open_list = shown.trim() == "[";
            }
        }
        found
    }

    /// Where the table is written with dotted keys only, the new key follows the last of them in
    /// the same form.
    fn beside_dotted_sibling(&self, path: &KeyPath, value: &Value) -> Option<Cut> {
        let sibling = self.read.statements.iter().rev().find(|statement| {
            statement.kind == StatementKind::Key
                && statement.path.len() > path.table().len()
                && starts_with(&statement.path, path.table())
        })?;
        let header = self
            .read
            .statements
            .iter()
            .rev()
            .find(|header| is_header(header) && header.span.start < sibling.span.start)
            .map_or(0, |header| header.path.len());
        if header >= path.table().len() {
            return None;
        }
        let mut name = sibling.path[header..path.table().len()].to_vec();
        name.push(path.key().to_owned());
        let indent = lines::indent(&self.text, sibling.span.start);
        Some(self.line_after(sibling.value.end, &format!("{indent}{} = {value}", render_key(&name))))
    }

    /// Opens the table: where its header is commented out and no live key would fall into it, else
    /// at the end.
    fn with_new_table(&mut self, path: &KeyPath, line: &str) -> Cut {
        let header = format!("[{}]", render_key(path.table()));
        if let Some((at, indent)) = self.commented_header(path) {
            let newline = lines::line_end(&self.text, at);
            let own = OwnTable { path: path.table().to_vec(), separator: String::new() };
            self.own_tables.push(own);
            return self.line_after(at, &format!("{indent}{header}{newline}{indent}{line}"));
        }
        let end = self.text.len();
        let newline = lines::line_end(&self.text, end);
        let separator = if self.text.is_empty() || self.text == "\u{feff}" {
            String::new()
        } else if self.text.ends_with('\n') {
            newline.to_owned()
        } else {
            newline.repeat(2)
        };
        let last = if self.text.is_empty() || self.text.ends_with('\n') { newline } else { "" };
        self.own_tables.push(OwnTable { path: path.table().to_vec(), separator: separator.clone() });
        Cut { at: end..end, text: format!("{separator}{header}{newline}{line}{last}") }
    }

    /// The commented-out header of the table: the offset of the last line that shows it and the
    /// key, and the indent.
    fn commented_header(&self, path: &KeyPath) -> Option<(usize, String)> {
        let wanted = format!("[{}]", render_key(path.table()));
        let whole = 0..self.text.len();
        let (header, _) = lines::within(&self.text, whole).find(|(start, text)| {
            let comment = text.trim_start().strip_prefix('#');
            comment.is_some_and(|comment| folds_to(comment.trim(), &wanted))
                && !self.read.statements.iter().any(|s| s.span.contains(start))
        })?;
        let next = self.read.statements.iter().find(|s| s.span.start > header);
        if next.is_some_and(|next| !is_header(next)) {
            return None;
        }
        let mut last = header;
        for (start, text) in lines::within(&self.text, lines::next(&self.text, header)..self.text.len()) {
            match text.trim_start().strip_prefix('#') {
                Some(comment) if !comment.trim_start().starts_with('[') => last = start,
                _ => break,
            }
        }
        let block = lines::next(&self.text, header)..lines::next(&self.text, last).max(header);
        let shown = if block.start <= block.end { self.commented_default(&block, path.key()) } else { None };
        let at = shown.map_or(header, |(_, at)| at);
        Some((at, lines::indent(&self.text, header).to_owned()))
    }
}

pub(super) fn is_header(statement: &Statement) -> bool {
    matches!(statement.kind, StatementKind::Header | StatementKind::ArrayHeader)
}

pub(super) fn render_key(parts: &[String]) -> String {
    let mut out = String::new();
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.push('.');
        }
        push_key_part(&mut out, part);
    }
    out
}
