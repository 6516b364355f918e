//! What one file sets, and what in it CRI-O refuses or overlooks.

use std::collections::BTreeMap;

use crate::catalogue::{self, CrioOption, Kind, Table};
use crate::toml::{Dialect, Node, Read, Span, goquote, join_key};
use crate::{Release, Value, toml};

use super::go;

/// One thing a file does to the configuration.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    /// Gives an option a value.
    Set { path: Vec<String>, kind: Kind, value: Value, span: Span },
    /// States a runtime, a workload or its resources: whatever was there before is gone.
    Restate { path: Vec<String>, table: Table, span: Span },
}

/// What CRI-O refuses of a file.
#[derive(Clone, Debug)]
pub(crate) struct Problem {
    /// CRI-O's words, without the file.
    pub(crate) text: String,
    pub(crate) span: Span,
    pub(crate) crash: bool,
}

/// A key CRI-O overlooks.
#[derive(Clone, Debug)]
pub(crate) struct Overlooked {
    pub(crate) path: Vec<String>,
    pub(crate) span: Span,
    pub(crate) reason: Reason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// No release, or not this one, has such a key there.
    Unknown,
    /// The option wants tables and got something else, which is dropped without a word.
    NotATable,
    /// Spelled with other letter case; CRI-O takes it.
    OtherCase,
    /// A negative number where none can be: it becomes a huge one.
    Negative,
}

#[derive(Debug, Default)]
pub(crate) struct Decoded {
    pub(crate) changes: Vec<Change>,
    pub(crate) problems: Vec<Problem>,
    pub(crate) overlooked: Vec<Overlooked>,
}

/// Matches what a file says against the options of a release.
pub(crate) fn decode(read: &Read, release: Release) -> Decoded {
    let mut decoder = Decoder { read, release, written: Vec::new(), out: Decoded::default() };
    for (key, node) in &read.root {
        decoder.written.push(key.clone());
        // BurntSushi/toml matches keys of a struct without regard to letter case
        // (`strings.EqualFold`), those of a map as they are.
        if crate::document::folds_to(key, "crio") {
            decoder.note_case(key, "crio", node);
            decoder.section(Table::Root, node, &["crio".to_owned()]);
        } else {
            // `toml.Decode` reports undecoded keys in its MetaData, and CRI-O does not look at
            // them.
            decoder.overlook(node, Reason::Unknown);
        }
        decoder.written.pop();
    }
    decoder.out.problems.sort_by_key(|problem| problem.span.start);
    decoder.out
}

struct Decoder<'r> {
    read: &'r Read,
    release: Release,
    /// The path as the file spells it: messages name it.
    written: Vec<String>,
    out: Decoded,
}

impl Decoder<'_> {
    fn section(&mut self, table: Table, node: &Node, path: &[String]) {
        let toml::Value::Table(entries) = &node.value else {
            self.mismatch(table, node);
            return;
        };
        for (key, node) in entries {
            self.written.push(key.clone());
            self.entry(table, key, node, path);
            self.written.pop();
        }
    }

    fn entry(&mut self, table: Table, key: &str, node: &Node, path: &[String]) {
        if let Some(inner) = self.sub_table(table, key) {
            let name = inner.path().rsplit('.').next().unwrap_or_default();
            self.note_case(key, name, node);
            let path = extended(path, name);
            if inner == Table::Resources {
                self.restate(node, &path, inner);
            }
            self.section(inner, node, &path);
            return;
        }
        let known = catalogue::find_in_release(table, key, self.release);
        let Some(option) = known.filter(|option| option.key() != "hooks" && option.kind() != Kind::Table)
        else {
            self.overlook(node, Reason::Unknown);
            return;
        };
        self.note_case(key, option.key(), node);
        let path = extended(path, option.key());
        if option.kind() == Kind::Tables {
            self.named_tables(option, node, &path);
        } else {
            self.value(option, node, path);
        }
    }

    fn sub_table(&self, table: Table, key: &str) -> Option<Table> {
        Table::ALL.into_iter().find(|inner| {
            inner.parent() == Some(table)
                && inner.since() <= self.release
                && inner.path().rsplit('.').next().is_some_and(|name| crate::document::folds_to(name, key))
        })
    }

    fn named_tables(&mut self, option: &CrioOption, node: &Node, path: &[String]) {
        let table = if option.key() == "runtimes" { Table::Handler } else { Table::Workload };
        let toml::Value::Table(entries) = &node.value else {
            self.overlook(node, Reason::NotATable);
            return;
        };
        for (name, node) in entries {
            self.written.push(name.clone());
            let path = extended(path, name);
            if matches!(node.value, toml::Value::Table(_)) {
                self.restate(node, &path, table);
            }
            self.section(table, node, &path);
            self.written.pop();
        }
    }

    fn value(&mut self, option: &CrioOption, node: &Node, path: Vec<String>) {
        let value = match (option.kind(), &node.value) {
            (Kind::String, toml::Value::String(text)) => Value::String(text.clone()),
            (Kind::Boolean, toml::Value::Boolean(flag)) => Value::Boolean(*flag),
            (Kind::Unsigned, toml::Value::Integer(number)) => {
                // `unifyInt` of BurntSushi/toml converts the int64 as it is, and an unsigned field
                // of 64 bits has no check (decode.go).
                if *number < 0 {
                    self.overlook(node, Reason::Negative);
                }
                Value::Integer(*number)
            }
            (Kind::Integer | Kind::Duration, toml::Value::Integer(number)) => Value::Integer(*number),
            (Kind::Duration, toml::Value::String(text)) if self.release.dialect() >= Dialect::V1_2 => {
                match go::parse_duration(text) {
                    Some(nanoseconds) => Value::Integer(nanoseconds),
                    None => {
                        let text = format!("{}invalid duration: {}", self.place(), goquote::string(text));
                        return self.refuse(text, node);
                    }
                }
            }
            (Kind::Strings, toml::Value::Array(items)) => match self.strings(items) {
                Some(items) => Value::Strings(items),
                None => return,
            },
            // An array of tables is a slice of maps to the library, so only its elements have the
            // wrong type.
            (Kind::Strings, toml::Value::Tables(tables)) => {
                if !tables.is_empty() {
                    return self.wrong_type(go::TypeName::Table, "string", node);
                }
                Value::Strings(Vec::new())
            }
            (Kind::StringMap, toml::Value::Table(entries)) => match self.string_map(entries) {
                Some(map) => Value::StringMap(map),
                None => return,
            },
            (Kind::StringMap, _) => return self.overlook(node, Reason::NotATable),
            (kind, found) => return self.wrong_type(go::TypeName::of(found), go::destination(kind), node),
        };
        let span = node.span.clone();
        self.out.changes.push(Change::Set { path, kind: option.kind(), value, span });
    }

    fn strings(&mut self, items: &[Node]) -> Option<Vec<String>> {
        let mut out = Vec::with_capacity(items.len());
        for item in items {
            match &item.value {
                toml::Value::String(text) => out.push(text.clone()),
                other => {
                    self.wrong_type(go::TypeName::of(other), "string", item);
                    return None;
                }
            }
        }
        Some(out)
    }

    fn string_map(&mut self, entries: &toml::Table) -> Option<BTreeMap<String, String>> {
        let mut out = BTreeMap::new();
        let mut complete = true;
        for (key, node) in entries {
            if let toml::Value::String(text) = &node.value {
                out.insert(key.clone(), text.clone());
            } else {
                complete = false;
                self.written.push(key.clone());
                self.wrong_type(go::TypeName::of(&node.value), "string", node);
                self.written.pop();
            }
        }
        complete.then_some(out)
    }

    fn restate(&mut self, node: &Node, path: &[String], table: Table) {
        let span = node.key.clone();
        self.out.changes.push(Change::Restate { path: path.to_vec(), table, span });
    }

    fn overlook(&mut self, node: &Node, reason: Reason) {
        let overlooked = Overlooked { path: self.written.clone(), span: node.key.clone(), reason };
        self.out.overlooked.push(overlooked);
    }

    fn note_case(&mut self, written: &str, name: &str, node: &Node) {
        if written != name {
            self.overlook(node, Reason::OtherCase);
        }
    }

    // ---- refusals ----

    fn wrong_type(&mut self, found: go::TypeName, destination: &str, node: &Node) {
        let dialect = self.release.dialect();
        let found = found.text(dialect);
        let text = if dialect <= Dialect::V0_4 {
            format!("toml: cannot load TOML value of type {found} into a Go {destination}")
        } else if dialect == Dialect::V1_1 {
            let key = goquote::string(&join_key(dialect, &self.written));
            format!(
                "toml: incompatible types: TOML key {key} has type {found}; destination has type {destination}"
            )
        } else {
            let place = self.place();
            format!(
                "{place}incompatible types: TOML value has type {found}; destination has type {destination}"
            )
        };
        self.refuse(text, node);
    }

    fn mismatch(&mut self, table: Table, node: &Node) {
        let dialect = self.release.dialect();
        let found = go::TypeName::of(&node.value).text(dialect);
        let place = if dialect >= Dialect::V1_2 { self.place() } else { "toml: ".into() };
        let name = go::struct_name(table, self.release);
        self.refuse(format!("{place}type mismatch for {name}: expected table but found {found}"), node);
    }

    /// `toml: line 2 (last key "crio"): `, the line only where CRI-O remembers one.
    fn place(&self) -> String {
        let key = join_key(self.release.dialect(), &self.written);
        let shown = goquote::string(&key);
        match self.read.lines.get(&key) {
            Some(line) => format!("toml: line {line} (last key {shown}): "),
            None => format!("toml: (last key {shown}): "),
        }
    }

    fn refuse(&mut self, text: String, node: &Node) {
        self.out.problems.push(Problem { text, span: node.span.clone(), crash: false });
    }
}

fn extended(path: &[String], key: &str) -> Vec<String> {
    let mut path = path.to_vec();
    path.push(key.to_owned());
    path
}
