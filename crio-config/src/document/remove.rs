//! Removing a key, and with it the table an edit opened for it.

use super::edit::Cut;
use super::fold::{same_path, starts_with};
use super::insert::is_header;
use super::{Document, OwnTable, lines};
use crate::toml::{Span, StatementKind};
use crate::{Error, KeyPath};

impl Document {
    /// Removes a key, in whatever spelling it is written. Comments stay, one behind the value too.
    /// For the path of a table, removes its headers and all its keys.
    ///
    /// Tells whether there was anything to remove.
    ///
    /// # Errors
    /// [`Error::Syntax`] where the rest would not parse, which leaves the document unchanged.
    ///
    /// A table that [`set`](Self::set) opened in the same document goes with its last key, so that
    /// setting and unsetting gives back the bytes there were.
    ///
    /// ```
    /// let mut conf = crio_config::Document::parse("[crio.image]\npause_image = \"x\" # ours\n")?;
    /// assert!(conf.unset(&"crio.image.pause_image".parse()?)?);
    /// assert_eq!(conf.as_str(), "[crio.image]\n# ours\n");
    /// assert!(!conf.unset(&"crio.image.pause_image".parse()?)?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unset(&mut self, path: &KeyPath) -> Result<bool, Error> {
        let mut removed = false;
        while let Some(cut) = self.removal(path.parts()) {
            self.apply(cut)?;
            removed = true;
        }
        if removed {
            self.close_own_table(path.table())?;
        }
        Ok(removed)
    }

    fn removal(&self, path: &[String]) -> Option<Cut> {
        let statement = self.read.statements.iter().rev().find(|statement| {
            statement.kind != StatementKind::ElementKey
                && (same_path(&statement.path, path) || starts_with(&statement.path, path))
                && !(statement.kind == StatementKind::InlineKey
                    && self.is_inside_removed(statement.span.start, path))
        })?;
        Some(if statement.kind == StatementKind::InlineKey {
            self.inline_removal(&statement.span)
        } else {
            self.line_removal(&statement.span)
        })
    }

    /// Is the inline key part of a value that goes as a whole?
    fn is_inside_removed(&self, at: usize, path: &[String]) -> bool {
        self.read.statements.iter().any(|holder| {
            matches!(holder.kind, StatementKind::Key | StatementKind::InlineKey)
                && holder.value.start < at
                && at < holder.value.end
                && starts_with(&holder.path, path)
        })
    }

    /// The whole line, or all but the comment behind the value.
    fn line_removal(&self, span: &Span) -> Cut {
        let rest = &self.text[span.end..lines::end(&self.text, span.end)];
        if rest.trim_start().starts_with('#') {
            let blanks = rest.len() - rest.trim_start().len();
            return Cut { at: span.start..span.end + blanks, text: String::new() };
        }
        let start = lines::start(&self.text, span.start);
        let next = lines::next(&self.text, span.end);
        if self.text[..next].ends_with('\n') || !self.text[..start].ends_with('\n') {
            return Cut { at: start..next, text: String::new() };
        }
        // The last line has no end of its own: take the one before.
        let before = self.text[..start - 1].strip_suffix('\r').map_or(start - 1, str::len);
        Cut { at: before..next, text: String::new() }
    }

    /// The key with one comma, and the blank on either side that a lone key has.
    fn inline_removal(&self, span: &Span) -> Cut {
        let before = &self.text[..span.start];
        let after = &self.text[span.end..];
        if let Some(head) = before.trim_end().strip_suffix(',') {
            return Cut { at: head.len()..span.end, text: String::new() };
        }
        if let Some(tail) = after.trim_start().strip_prefix(',') {
            let tail = tail.trim_start_matches([' ', '\t']);
            return Cut { at: span.start..self.text.len() - tail.len(), text: String::new() };
        }
        let start = span.start - usize::from(before.ends_with(' '));
        let end = span.end + usize::from(after.starts_with(' '));
        Cut { at: start..end, text: String::new() }
    }

    /// Takes away the header an edit wrote once nothing is left below it.
    fn close_own_table(&mut self, table: &[String]) -> Result<(), Error> {
        let Some(index) = self.own_tables.iter().rposition(|own| own.path == table) else { return Ok(()) };
        let Some(cut) = self.own_table_removal(&self.own_tables[index]) else { return Ok(()) };
        self.own_tables.remove(index);
        self.apply(cut)
    }

    fn own_table_removal(&self, own: &OwnTable) -> Option<Cut> {
        let position =
            self.read.statements.iter().position(|statement| {
                statement.kind == StatementKind::Header && statement.path == own.path
            })?;
        let header = &self.read.statements[position];
        if self.read.statements.get(position + 1).is_some_and(|next| !is_header(next)) {
            return None;
        }
        let cut = self.line_removal(&header.span);
        let start = cut.at.start;
        if own.separator.is_empty() {
            return Some(cut);
        }
        // With a line end of its own the header's line is cut from its start; without, from the
        // line end before.
        let before = if self.text[..cut.at.end].ends_with('\n') { start } else { cut.at.start };
        let newline = if own.separator.contains('\r') { "\r\n" } else { "\n" };
        let before = self.text[..before].strip_suffix(newline).map_or(before, str::len);
        Some(Cut { at: before..cut.at.end, text: String::new() })
    }
}
