//! TOML of other programs, such as containerd's, as plain values with their places.

use crate::toml::{self, Dialect};
use crate::{Error, Place};

/// A key of a TOML file, and what it holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TomlEntry {
    /// The key, without quotes.
    pub key: String,
    /// Where it stands; of a table that a longer header implies, where that header stands.
    pub place: Place,
    /// What it holds.
    pub value: TomlValue,
}

/// A value of a TOML file.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "TOML has these and no more")]
pub enum TomlValue {
    /// `"text"`
    String(String),
    /// `77`
    Integer(i64),
    /// `0.5`
    Float(f64),
    /// `true`, `false`
    Boolean(bool),
    /// `1979-05-27`
    Datetime(String),
    /// `[1, 2]`, and the tables of `[[header]]`.
    Array(Vec<TomlValue>),
    /// A table, in the order of the file.
    Table(Vec<TomlEntry>),
}

/// Reads a TOML file of any program.
///
/// # Errors
/// [`Error::Syntax`] where it is no TOML.
///
/// ```
/// use crio_config::{TomlValue, read_toml};
///
/// let read = read_toml(b"version = 2\n[grpc]\n")?;
/// assert_eq!((read[0].key.as_str(), &read[0].value), ("version", &TomlValue::Integer(2)));
/// assert_eq!(read[1].place.line, 2);
/// assert_eq!(read_toml(b"a = \n").unwrap_err().to_string().split(':').next(), Some("line 1, column 5"));
/// # Ok::<(), crio_config::Error>(())
/// ```
pub fn read_toml(text: &[u8]) -> Result<Vec<TomlEntry>, Error> {
    let read = toml::read(text, Dialect::V1_6)
        .map_err(|fault| Error::Syntax { place: Place::of(text, &fault.span), message: fault.message })?;
    let lines = Lines::of(text);
    Ok(entries(&read.root, &lines))
}

/// Where lines begin, so that a place costs no pass over the text.
struct Lines<'t> {
    text: &'t [u8],
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t [u8]) -> Self {
        let ends = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(ends).collect() }
    }

    fn place(&self, span: &toml::Span) -> Place {
        let line = self.starts.partition_point(|start| *start <= span.start).max(1);
        let from = self.starts[line - 1];
        let before = self.text.get(from..span.start).unwrap_or_default();
        let column = 1 + String::from_utf8_lossy(before).chars().count();
        Place { line, column, span: span.clone() }
    }
}

fn entries(table: &toml::Table, lines: &Lines<'_>) -> Vec<TomlEntry> {
    let mut nodes: Vec<_> = table.iter().collect();
    nodes.sort_by_key(|(_, node)| node.key.start);
    let entry = |(key, node): (&String, &toml::Node)| TomlEntry {
        key: key.clone(),
        place: lines.place(&node.key),
        value: plain(&node.value, lines),
    };
    nodes.into_iter().map(entry).collect()
}

fn plain(value: &toml::Value, lines: &Lines<'_>) -> TomlValue {
    match value {
        toml::Value::String(text) => TomlValue::String(text.clone()),
        toml::Value::Integer(number) => TomlValue::Integer(*number),
        toml::Value::Float(number) => TomlValue::Float(*number),
        toml::Value::Boolean(flag) => TomlValue::Boolean(*flag),
        toml::Value::Datetime(text) => TomlValue::Datetime(text.clone()),
        toml::Value::Array(items) => {
            TomlValue::Array(items.iter().map(|item| plain(&item.value, lines)).collect())
        }
        toml::Value::Table(table) => TomlValue::Table(entries(table, lines)),
        toml::Value::Tables(tables) => {
            TomlValue::Array(tables.iter().map(|table| TomlValue::Table(entries(table, lines))).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_stand_in_the_order_of_the_file_with_their_places() {
        let text = b"[host.\"https://z\"]\nca = 'a'\n\n[host.\"https://a\"]\n[[x]]\nk = [1, 'b']\n";
        let read = read_toml(text).unwrap();
        let TomlValue::Table(hosts) = &read[0].value else { panic!("{read:?}") };
        let names: Vec<_> = hosts.iter().map(|host| (host.key.as_str(), host.place.line)).collect();
        assert_eq!(names, [("https://z", 1), ("https://a", 4)]);
        let TomlValue::Array(tables) = &read[1].value else { panic!("{read:?}") };
        let TomlValue::Table(table) = &tables[0] else { panic!("{read:?}") };
        assert_eq!((table[0].place.line, table[0].place.column), (6, 1));
        let items = TomlValue::Array(vec![TomlValue::Integer(1), TomlValue::String("b".into())]);
        assert_eq!(table[0].value, items);
    }
}
