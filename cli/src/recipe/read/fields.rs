//! Maps, lists and single values of a spec, each problem at its place.
//!
//! A map is taken apart by name: [`Reader::one`], `many` and `map` take a field out, and what is
//! left at [`Reader::finish`] is unknown. So the list of known fields is the code that reads them
//! and cannot fall behind it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use kubeadm_config::yaml::{Data, Entry, Node, Position};

use super::{Reader, SpecProblem};

/// From here on, between 0 and 1, two names are taken for the same one misspelt.
const ALIKE: f64 = 0.85;

/// The fields of one map that were not taken yet.
pub(super) struct Fields<'n> {
    path: String,
    entries: Vec<&'n Entry>,
    known: Vec<&'static str>,
}

impl Reader<'_> {
    /// A problem at its place; the caller goes on reading.
    pub(super) fn problem(&mut self, at: Position, field: &str, message: impl Into<String>) {
        self.problems.push(SpecProblem { at: Some(at), field: field.to_owned(), message: message.into() });
    }

    /// The fields of a map; nothing is an empty one.
    pub(super) fn fields<'n>(&mut self, node: &'n Node, path: &str) -> Option<Fields<'n>> {
        let entries = match &node.data {
            Data::Null => Vec::new(),
            Data::Mapping(entries) => entries.iter().collect(),
            _ => {
                self.problem(
                    node.span.position,
                    path,
                    format!("a map of fields is wanted here, this is {}", with_article(node.kind())),
                );
                return None;
            }
        };
        Some(Fields { path: path.to_owned(), entries, known: Vec::new() })
    }

    /// Tells what nobody took, with the nearest known name.
    pub(super) fn finish(&mut self, fields: Fields<'_>) {
        for entry in &fields.entries {
            let closeness = |known: &&str| strsim::jaro(&known.to_lowercase(), &entry.key.to_lowercase());
            let closest = fields.known.iter().max_by(|a, b| closeness(a).total_cmp(&closeness(b)));
            let message = match closest {
                Some(known) if known.eq_ignore_ascii_case(&entry.key) => {
                    format!("unknown field; it is spelled {known}")
                }
                Some(known) if closeness(known) > ALIKE => {
                    format!("unknown field; did you mean {known}?")
                }
                _ => format!("unknown field; known fields: {}", fields.known.join(", ")),
            };
            self.problem(entry.key_span.position, &fields.dotted(shown_key(&entry.key)), message);
        }
    }

    /// A single value; `None` where it is not there, is null, or is wrong, in which case that was
    /// told.
    pub(super) fn one<T: FromStr<Err: fmt::Display>>(
        &mut self,
        fields: &mut Fields<'_>,
        key: &'static str,
    ) -> Option<T> {
        let node = fields.take(key)?;
        self.scalar(node, &fields.dotted(key))
    }

    /// A list of single values; not there and null are an empty one.
    pub(super) fn many<T: FromStr<Err: fmt::Display>>(
        &mut self,
        fields: &mut Fields<'_>,
        key: &'static str,
    ) -> Vec<T> {
        let path = fields.dotted(key);
        fields.take(key).map(|node| self.list(node, &path)).unwrap_or_default()
    }

    /// As [`Reader::many`] for a node at hand.
    fn list<T: FromStr<Err: fmt::Display>>(&mut self, node: &Node, path: &str) -> Vec<T> {
        self.sequence(node, path, Self::scalar)
    }

    /// A list of what `read` reads.
    pub(super) fn sequence<T>(
        &mut self,
        node: &Node,
        path: &str,
        read: impl Fn(&mut Self, &Node, &str) -> Option<T>,
    ) -> Vec<T> {
        match &node.data {
            Data::Null => Vec::new(),
            Data::Sequence(items) => {
                let read = |(at, item)| read(self, item, &format!("{path}[{at}]"));
                items.iter().enumerate().filter_map(read).collect()
            }
            _ => {
                self.problem(
                    node.span.position,
                    path,
                    format!("a list is wanted here, this is {}", with_article(node.kind())),
                );
                Vec::new()
            }
        }
    }

    /// A map of single values by keys of their own type.
    pub(super) fn map<K, V>(&mut self, fields: &mut Fields<'_>, key: &'static str) -> BTreeMap<K, V>
    where
        K: FromStr<Err: fmt::Display> + Ord,
        V: FromStr<Err: fmt::Display>,
    {
        self.pairs(fields, key, |reader, node, path| reader.scalar(node, path))
    }

    /// A map with keys that are read themselves.
    pub(super) fn pairs<K: FromStr<Err: fmt::Display> + Ord, V>(
        &mut self,
        fields: &mut Fields<'_>,
        key: &'static str,
        read: impl Fn(&mut Self, &Node, &str) -> Option<V>,
    ) -> BTreeMap<K, V> {
        let path = fields.dotted(key);
        let inner = fields.take(key).and_then(|node| self.fields(node, &path));
        let mut map = BTreeMap::new();
        for entry in inner.into_iter().flat_map(|inner| inner.entries) {
            let value = read(self, &entry.value, &format!("{path}.{}", shown_key(&entry.key)));
            match (entry.key.parse::<K>(), value) {
                (Ok(name), Some(value)) => drop(map.insert(name, value)),
                (Err(error), _) => {
                    let said = without_secrets(&path, &entry.key, error.to_string());
                    self.problem(entry.key_span.position, &path, said);
                }
                (_, None) => {}
            }
        }
        map
    }

    /// A scalar by its text as written: `1.30` is not 1.3 here, and `off` is a word.
    pub(super) fn scalar<T: FromStr<Err: fmt::Display>>(&mut self, node: &Node, path: &str) -> Option<T> {
        let written = || self.text.get(node.span.start..node.span.end).unwrap_or_default().to_owned();
        let text = match &node.data {
            Data::Null => return None,
            Data::String(text) => text.clone(),
            Data::Bool(_) | Data::Number(_) => written(),
            Data::Sequence(_) | Data::Mapping(_) => {
                self.problem(
                    node.span.position,
                    path,
                    format!("one value is wanted here, this is {}", with_article(node.kind())),
                );
                return None;
            }
        };
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.problem(node.span.position, path, without_secrets(path, &text, error.to_string()));
                None
            }
        }
    }
}

impl<'n> Fields<'n> {
    /// Each key is taken once; the call makes it known, whether it is there or not.
    pub(super) fn take(&mut self, key: &'static str) -> Option<&'n Node> {
        self.known.push(key);
        let at = self.entries.iter().position(|entry| entry.key == key)?;
        Some(&self.entries.remove(at).value)
    }

    /// The path of a key in this map, as problems name it.
    pub(super) fn dotted(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// What is said of a value, without the value where it is secret or holds a user and a password.
pub(super) fn without_secrets(path: &str, value: &str, said: String) -> String {
    match path.rsplit('.').next() {
        Some("token") => {
            return "this is not a valid bootstrap token; it has the form abcdef.0123456789abcdef".into();
        }
        Some("certificateKey") => {
            return "this is not a valid certificate key; it has 64 hexadecimal digits".into();
        }
        _ if !value.contains('@') => return said,
        _ => {}
    }
    let without = said.replace(&host_prep::shown(value), "this");
    if without == said { "this is not a valid value".into() } else { without }
}

/// A key of a map as part of a path.
pub(super) fn shown_key(key: &str) -> &str {
    if key.contains('@') { "***" } else { key }
}

/// What a value is, with its article; nothing and yes or no in words.
fn with_article(kind: &str) -> String {
    match kind {
        "null" => "nothing".to_owned(),
        "bool" => "true or false".to_owned(),
        "array" => "a list".to_owned(),
        "object" => "a map".to_owned(),
        kind => format!("a {kind}"),
    }
}
