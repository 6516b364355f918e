//! Setting a key: which of the ways there are, and the cut itself.

use super::fold::{same_path, starts_with};
use super::{Document, lines};
use crate::toml::{Span, Statement, StatementKind};
use crate::{CgroupManager, Error, ImageReference, KeyPath, Value};

/// A replacement of some bytes of the text.
#[derive(Debug)]
pub(super) struct Cut {
    pub(super) at: Span,
    pub(super) text: String,
}

impl Document {
    /// Gives a key a value, whatever CRI-O makes of it.
    ///
    /// A key that is there keeps its place, its spelling and its comments: only the value's bytes
    /// change. A new key goes below its commented-out default, else to the end of its table; a
    /// table that is missing is opened after the last one, or where its own header is commented
    /// out.
    ///
    /// # Errors
    /// [`Error::InTheWay`] where something on the path is not a table. The document is then
    /// unchanged.
    ///
    /// The value is written as the old one was where that can be: a list that stands on several
    /// lines keeps them, a string keeps its kind of quotes where it may.
    ///
    /// ```
    /// use crio_config::{Document, Value};
    ///
    /// let mut conf = Document::parse("[crio.runtime]\n# pids_limit = 0\n")?;
    /// conf.set(&"crio.runtime.pids_limit".parse()?, &Value::Integer(4096))?;
    /// conf.set(&"crio.image.pause_image".parse()?, &"registry.k8s.io/pause:3.10".into())?;
    /// assert_eq!(
    ///     conf.as_str(),
    ///     "[crio.runtime]\n# pids_limit = 0\npids_limit = 4096\n\n\
    ///      [crio.image]\npause_image = \"registry.k8s.io/pause:3.10\"\n"
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set(&mut self, path: &KeyPath, value: &Value) -> Result<(), Error> {
        let before = self.clone();
        let cut = self.setting(path, value)?;
        self.apply(cut)?;
        if self.get(path).as_ref() == Some(value) {
            return Ok(());
        }
        // CRI-O drops a value for a table that dotted keys made, without a word.
        *self = before;
        let span = self.statement_of(path.parts()).map_or(0..0, |statement| statement.span.clone());
        Err(self.in_the_way(path, &span))
    }

    /// The cut that gives the key the value.
    fn setting(&mut self, path: &KeyPath, value: &Value) -> Result<Cut, Error> {
        if let Some(statement) = self.statement_of(path.parts()) {
            if statement.kind == StatementKind::Header || statement.kind == StatementKind::ArrayHeader {
                return Err(self.in_the_way(path, &statement.span));
            }
            let at = statement.value.clone();
            let text = self.render_like(value, &at);
            return Ok(Cut { at, text });
        }
        self.check_way(path)?;
        let below = |statement: &&Statement| starts_with(&statement.path, path.parts());
        if let Some(statement) = self.read.statements.iter().find(below) {
            return Err(self.in_the_way(path, &statement.span));
        }
        self.insertion(path, value)
    }

    /// Sets `crio.image.pause_image`.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    ///
    /// kubeadm pulls the pause image that its own release names; with another one here the first
    /// Pod has to fetch a second one.
    ///
    /// ```
    /// let mut conf = crio_config::Document::parse("")?;
    /// conf.set_pause_image(&"registry.k8s.io/pause:3.10.1".parse()?)?;
    /// assert_eq!(conf.as_str(), "[crio.image]\npause_image = \"registry.k8s.io/pause:3.10.1\"\n");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_pause_image(&mut self, image: &ImageReference) -> Result<(), Error> {
        self.set(&known_path(["crio", "image", "pause_image"]), &Value::from(image.as_str()))
    }

    /// Sets `crio.runtime.cgroup_manager`.
    ///
    /// With [`CgroupManager::Cgroupfs`] most releases also need `conmon_cgroup = "pod"`; the recipe
    /// for a node sets both.
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub fn set_cgroup_manager(&mut self, manager: CgroupManager) -> Result<(), Error> {
        self.set(&known_path(["crio", "runtime", "cgroup_manager"]), &Value::from(manager.as_str()))
    }

    /// The last statement that writes the path: a key on its own, one of an inline table, or a
    /// header.
    pub(super) fn statement_of(&self, path: &[String]) -> Option<&Statement> {
        let wanted = |exact: bool| {
            self.read.statements.iter().rev().find(move |statement| {
                statement.kind != StatementKind::ElementKey
                    && if exact { statement.path == path } else { same_path(&statement.path, path) }
            })
        };
        wanted(true).or_else(|| wanted(false))
    }

    /// Refuses a path on which a plain value stands where a table must be.
    fn check_way(&self, path: &KeyPath) -> Result<(), Error> {
        for depth in 1..path.parts().len() {
            let Some(statement) = self.statement_of(&path.parts()[..depth]) else { continue };
            let is_value = matches!(statement.kind, StatementKind::Key | StatementKind::InlineKey);
            if (is_value && !self.text[statement.value.clone()].starts_with('{'))
                || statement.kind == StatementKind::ArrayHeader
            {
                return Err(self.in_the_way(path, &statement.span));
            }
        }
        Ok(())
    }

    pub(super) fn in_the_way(&self, path: &KeyPath, span: &Span) -> Error {
        let place = crate::Place::of(self.text.as_bytes(), span);
        Error::InTheWay { path: path.clone(), place, found: self.text[span.clone()].to_owned() }
    }

    pub(super) fn apply(&mut self, cut: Cut) -> Result<(), Error> {
        let mut text = String::with_capacity(self.text.len() + cut.text.len());
        text.push_str(&self.text[..cut.at.start]);
        text.push_str(&cut.text);
        text.push_str(&self.text[cut.at.end..]);
        self.replace_text(text)
    }

    /// The value as TOML, in the manner of the one that stands at the place: its quotes, its list
    /// on many lines.
    fn render_like(&self, value: &Value, at: &Span) -> String {
        let old = &self.text[at.clone()];
        match value {
            Value::String(text) if old.starts_with('\'') && fits_literal(text) => format!("'{text}'"),
            Value::Strings(items) if old.contains('\n') && !items.is_empty() && !old.contains('#') => {
                self.render_lines(items, at)
            }
            _ => value.to_string(),
        }
    }

    fn render_lines(&self, items: &[String], at: &Span) -> String {
        let newline = lines::line_end(&self.text, at.start);
        let second = lines::next(&self.text, at.start);
        let indent = lines::indent(&self.text, second.min(at.end));
        let last_line = lines::start(&self.text, at.end);
        let close = &self.text[last_line..at.end];
        let close_indent = &close[..close.len() - close.trim_start_matches([' ', '\t']).len()];
        let mut out = String::from("[");
        for item in items {
            out.push_str(newline);
            out.push_str(indent);
            crate::toml::push_basic_string(&mut out, item);
            out.push(',');
        }
        out.push_str(newline);
        out.push_str(close_indent);
        out.push(']');
        out
    }
}

fn fits_literal(text: &str) -> bool {
    !text.is_empty() && !text.contains('\'') && !text.chars().any(|c| c.is_ascii_control())
}

fn known_path<const N: usize>(parts: [&str; N]) -> KeyPath {
    KeyPath::from_parts(parts).unwrap_or_else(|| unreachable!("a known path has parts"))
}
