//! What a text says once it is read.

use std::collections::BTreeMap;

use super::Span;

/// A table: keys as written, each with its value and place.
pub(crate) type Table = BTreeMap<String, Node>;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub(crate) value: Value,
    /// The key's last part. A header for its table.
    pub(crate) key: Span,
    /// The value itself; for a header's table the header.
    pub(crate) span: Span,
}

/// A TOML value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    String(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Datetime(String),
    Array(Vec<Node>),
    Table(Table),
    /// `[[header]]`, or an array whose inline tables are being read.
    Tables(Vec<Table>),
}

impl Value {
    /// A list of tables, whether each has a `[[header]]` or all stand inline. `None` for anything else.
    pub(crate) fn tables(&self) -> Option<Vec<&Table>> {
        match self {
            Self::Tables(tables) => Some(tables.iter().collect()),
            Self::Array(items) => items
                .iter()
                .map(|item| match &item.value {
                    Self::Table(table) => Some(table),
                    _ => None,
                })
                .collect(),
            _ => None,
        }
    }

    /// The table behind the value; for an array of tables the last one, which is where later keys
    /// go.
    pub(crate) fn last_table_mut(&mut self) -> Option<&mut Table> {
        match self {
            Self::Table(table) => Some(table),
            Self::Tables(tables) => tables.last_mut(),
            _ => None,
        }
    }

    /// The name CRI-O's old reader gives the type in messages about mixed arrays.
    pub(super) fn old_type_name(&self) -> &'static str {
        match self {
            Self::String(_) => "String",
            Self::Integer(_) => "Integer",
            Self::Float(_) => "Float",
            Self::Boolean(_) => "Bool",
            Self::Datetime(_) => "Datetime",
            Self::Array(_) => "Array",
            Self::Table(_) => "Hash",
            Self::Tables(_) => "ArrayHash",
        }
    }
}
