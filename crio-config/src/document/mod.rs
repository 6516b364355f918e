//! A configuration file that keeps every byte.

mod compare;
mod edit;
mod fold;
mod insert;
mod lines;
mod remove;

use std::fmt;

use crate::toml::{self, Dialect, Read, StatementKind};
use crate::{Error, KeyPath, Place, Release, Value};

pub(crate) use fold::{folds_to, same_path};

/// A CRI-O configuration file: its text, and where in it every key stands.
///
/// Printing gives the bytes that were parsed, whatever they are: line ends, a byte-order mark, a
/// missing last line end, odd spacing. An edit cuts into the bytes of the value it is about and
/// nothing else.
///
/// A document is read as CRI-O reads it, which is laxer than TOML 1.0: a table may be opened again
/// where CRI-O merges the two. [`parse`](Self::parse) takes what the newest release takes,
/// [`parse_for`](Self::parse_for) what a given one does.
#[derive(Clone, Debug)]
pub struct Document {
    text: String,
    dialect: Dialect,
    read: Read,
    /// Tables this document opened itself, to be taken away with their last key.
    own_tables: Vec<OwnTable>,
}

/// A table header an edit wrote, with the blank line before it.
#[derive(Clone, Debug)]
struct OwnTable {
    path: Vec<String>,
    separator: String,
}

impl Document {
    /// Parses a file as the newest release does.
    ///
    /// # Errors
    /// [`Error::Syntax`] with the place of what CRI-O would refuse.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::parse_for(text, Release::NEWEST)
    }

    /// Parses a file as a release does. Old releases take less: dotted keys need 1.22, for example.
    ///
    /// # Errors
    /// [`Error::Syntax`] with the place of what that release would refuse.
    ///
    /// ```
    /// use crio_config::{Document, Error};
    ///
    /// let dotted = "crio.runtime.pids_limit = 100\n";
    /// assert!(Document::parse_for(dotted, "1.22".parse()?).is_ok());
    /// let error = Document::parse_for(dotted, "1.21".parse()?).unwrap_err();
    /// assert!(matches!(error, Error::Syntax { place, .. } if place.line == 1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse_for(text: &str, release: Release) -> Result<Self, Error> {
        Self::parse_dialect(text, release.dialect())
    }

    /// Parses the bytes of a file as the newest release does.
    ///
    /// # Errors
    /// [`Error::Syntax`], also where the bytes are not UTF-8.
    ///
    /// A byte-order mark is CRI-O's to refuse or not: it is not taken off here.
    ///
    /// ```
    /// let error = crio_config::Document::from_bytes(b"[crio]\nroot = \"\xff\"\n").unwrap_err();
    /// assert_eq!(error.to_string(), "line 2, column 9: invalid UTF-8 byte: 0xff");
    /// ```
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::from_bytes_for(bytes, Release::NEWEST)
    }

    /// Parses the bytes of a file as a release does.
    ///
    /// # Errors
    /// [`Error::Syntax`], also where the bytes are not UTF-8.
    pub fn from_bytes_for(bytes: &[u8], release: Release) -> Result<Self, Error> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::parse_for(text, release),
            Err(error) => {
                let at = error.valid_up_to();
                let place = Place::of(bytes, &(at..at + 1));
                let byte = bytes.get(at).copied().unwrap_or_default();
                Err(Error::Syntax { place, message: format!("invalid UTF-8 byte: {byte:#04x}") })
            }
        }
    }

    fn parse_dialect(text: &str, dialect: Dialect) -> Result<Self, Error> {
        let read = toml::read(text.as_bytes(), dialect).map_err(|fault| Error::Syntax {
            place: Place::of(text.as_bytes(), &fault.span),
            message: fault.message,
        })?;
        Ok(Self { text: text.to_owned(), dialect, read, own_tables: Vec::new() })
    }

    /// The text of the file.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The value of a key, where it is of a type options take. Names are compared as CRI-O does,
    /// ignoring case except in the names of runtimes and workloads.
    ///
    /// What one file says, not what CRI-O ends up with: for that, see [`merge`](crate::merge).
    ///
    /// ```
    /// let conf = crio_config::Document::parse("[crio.runtime]\nLog_Level = \"debug\"\n")?;
    /// assert_eq!(conf.get(&"crio.runtime.log_level".parse()?), Some("debug".into()));
    /// assert_eq!(conf.get(&"crio.runtime.pids_limit".parse()?), None);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn get(&self, path: &KeyPath) -> Option<Value> {
        let mut table = &self.read.root;
        let (key, parents) = path.parts().split_last()?;
        for depth in 0..parents.len() {
            match &fold::find(table, parents, depth)?.value {
                toml::Value::Table(inner) => table = inner,
                _ => return None,
            }
        }
        let _ = key;
        Value::of(&fold::find(table, path.parts(), parents.len())?.value)
    }

    /// Where the value of a key stands.
    ///
    /// ```
    /// let conf = crio_config::Document::parse("[crio.runtime]\nlog_level = \"debug\"\n")?;
    /// let place = conf.locate(&"crio.runtime.log_level".parse()?).unwrap();
    /// assert_eq!((place.line, place.column), (2, 13));
    /// assert_eq!(&conf.as_str()[place.span], "\"debug\"");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn locate(&self, path: &KeyPath) -> Option<Place> {
        let statement = self.read.statements.iter().rev().find(|statement| {
            matches!(statement.kind, StatementKind::Key | StatementKind::InlineKey)
                && same_path(&statement.path, path.parts())
        })?;
        Some(Place::of(self.text.as_bytes(), &statement.value))
    }

    /// Every key that has a value here, with its name as written, in the order of the file.
    ///
    /// ```
    /// let conf = crio_config::Document::parse("[crio.network]\nnetwork_dir = \"/etc/cni\"\n")?;
    /// let keys: Vec<String> = conf.keys().map(|key| key.to_string()).collect();
    /// assert_eq!(keys, ["crio.network.network_dir"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn keys(&self) -> impl Iterator<Item = KeyPath> + '_ {
        self.read
            .statements
            .iter()
            .filter(|statement| matches!(statement.kind, StatementKind::Key | StatementKind::InlineKey))
            .filter_map(|statement| KeyPath::from_parts(statement.path.iter().cloned()))
    }

    /// Replaces the text by one that must parse; keeps the old one otherwise.
    fn replace_text(&mut self, text: String) -> Result<(), Error> {
        let own_tables = std::mem::take(&mut self.own_tables);
        match Self::parse_dialect(&text, self.dialect) {
            Ok(edited) => {
                *self = Self { own_tables, ..edited };
                Ok(())
            }
            Err(error) => {
                self.own_tables = own_tables;
                Err(error)
            }
        }
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
