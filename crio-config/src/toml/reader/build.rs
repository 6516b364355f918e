//! Fills the tree: tables opened by headers, dotted keys and inline tables, and their values.

use super::{DEPTH_LIMIT, Reader};
use crate::toml::{Fault, Node, Span, Table, Value, join_key};

impl Reader<'_> {
    /// Opens the table at `path`, as a header or an inline table does, making the tables above it
    /// where missing.
    pub(in crate::toml) fn add_context(
        &mut self,
        path: &[String],
        array: bool,
        at: &Span,
    ) -> Result<(), Fault> {
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
    pub(in crate::toml) fn set_value(&mut self, key: &str, node: Node) -> Result<(), Fault> {
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

    pub(in crate::toml) fn mark_implicit(&mut self, path: &[String]) {
        self.implicit.insert(join_key(self.dialect, path));
    }

    /// Remembers that the current key holds an array, whose elements may fill the tree before it is
    /// complete.
    pub(in crate::toml) fn mark_static_array(&mut self) {
        let name = self.current_path(&self.current_key);
        self.static_arrays.insert(name);
    }

    pub(in crate::toml) fn remember_line(&mut self, key: &str, line: usize) {
        let name = self.current_path(key);
        self.lines.insert(name, line);
    }

    pub(in crate::toml) fn remember_type(&mut self, key: &str, value: &Value, line: usize) {
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
}
