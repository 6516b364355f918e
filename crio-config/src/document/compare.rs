//! What two files say, whatever they look like.

use super::Document;
use super::fold::same_path;
use crate::KeyPath;
use crate::toml::{Node, Statement, StatementKind, Table, Value};

impl Document {
    /// Does the other file give the same keys the same values? Comments, order and tables without a
    /// key do not count.
    ///
    /// ```
    /// use crio_config::Document;
    ///
    /// let one = Document::parse("[crio.runtime]\nselinux = true # on\n[crio.image]\n")?;
    /// let other = Document::parse("[crio]\n[crio.runtime]\nselinux=true\n")?;
    /// assert!(one.says_the_same_as(&other));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        same_tables(&self.read.root, &other.read.root)
    }

    /// Does a header or a key open that table?
    pub fn has_table(&self, table: &KeyPath) -> bool {
        let opens = |statement: &Statement| {
            let depth = statement.path.len().min(table.parts().len());
            let reaches = statement.path.len() > table.parts().len()
                || statement.kind == StatementKind::Header && statement.path.len() == depth;
            depth == table.parts().len() && reaches && same_path(&statement.path[..depth], table.parts())
        };
        self.read.statements.iter().any(opens)
    }
}

fn same_tables(left: &Table, right: &Table) -> bool {
    let said = |table: &Table| -> Vec<(String, Node)> {
        let full = table.iter().filter(|(_, node)| !is_empty(&node.value));
        full.map(|(key, node)| (key.clone(), node.clone())).collect()
    };
    let (left, right) = (said(left), said(right));
    left.len() == right.len()
        && left
            .iter()
            .zip(&right)
            .all(|(left, right)| left.0 == right.0 && same_values(&left.1.value, &right.1.value))
}

fn is_empty(value: &Value) -> bool {
    matches!(value, Value::Table(table) if table.values().all(|node| is_empty(&node.value)))
}

fn same_values(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Table(left), Value::Table(right)) => same_tables(left, right),
        (Value::Tables(left), Value::Tables(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same_tables(left, right))
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| same_values(&left.value, &right.value))
        }
        (left, right) => left == right,
    }
}
