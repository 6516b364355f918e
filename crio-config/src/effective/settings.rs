//! A configuration as settings by path.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::builtin::{self, Field};
use crate::catalogue::{Kind, Table};
use crate::{KeyPath, Release, Value};

/// A whole configuration: every option of the release with its value and where that came from.
///
/// ```
/// use crio_config::{Origin, Sources, merge};
///
/// let text = "[crio.runtime]\nlog_level = \"debug\"\n";
/// let sources = Sources::new().with_main("/etc/crio/crio.conf", text);
/// let config = merge(&sources, "1.34".parse()?)?.config;
/// let level = config.get(&"crio.runtime.log_level".parse()?).unwrap();
/// let Origin::File(file) = &level.origin else { panic!() };
/// assert_eq!((&*file.path, file.line), ("/etc/crio/crio.conf", 2));
/// assert_eq!(config.get(&"crio.runtime.pids_limit".parse()?).unwrap().origin, Origin::Default);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Effective {
    pub(super) release: Release,
    pub(super) settings: BTreeMap<Vec<String>, Setting>,
}

/// The value of an option, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Setting {
    /// The value. Durations are nanoseconds.
    pub value: Value,
    /// The option's type.
    pub kind: Kind,
    /// Where the value came from.
    pub origin: Origin,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// CRI-O's own default.
    Default,
    /// The host: `storage.conf` or its SELinux state. The value is what a host without either has.
    Host,
    /// A file.
    File(FileOrigin),
    /// A flag of CRI-O's command line, or the variable that stands for it.
    Command(CommandOrigin),
    /// CRI-O's validation put it there.
    Validation,
}

/// A word that CRI-O is started with.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CommandOrigin {
    /// The flag without its value, or the variable.
    pub word: Arc<str>,
    /// The file it is written in; empty where that is not known.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
}

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileOrigin {
    /// The path CRI-O names.
    pub path: Arc<str>,
    /// The line, from 1.
    pub line: usize,
    /// The bytes of the value.
    pub span: std::ops::Range<usize>,
}

impl Effective {
    /// What a release has without any file.
    ///
    /// What the package of a distribution ships in `crio.conf.d` is no default: it is a drop-in,
    /// and has to be read like any other.
    ///
    /// ```
    /// use crio_config::{Effective, Value};
    ///
    /// let defaults = Effective::defaults("1.34".parse()?);
    /// let limit = defaults.get(&"crio.runtime.pids_limit".parse()?).unwrap();
    /// assert_eq!(limit.value, Value::Integer(-1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn defaults(release: Release) -> Self {
        let mut config = Self { release, settings: BTreeMap::new() };
        for table in Table::ALL {
            if !table.path().contains('<') {
                config.fill(table, &table.path().split('.').map(str::to_owned).collect::<Vec<_>>());
            }
        }
        if release >= Table::Handler.since() {
            config.add_builtin_runtime();
        }
        config
    }

    /// The release the configuration is read by.
    pub fn release(&self) -> Release {
        self.release
    }

    /// The setting of an option. `None` where the release has no such option or nothing names the
    /// runtime or workload.
    pub fn get(&self, path: &KeyPath) -> Option<&Setting> {
        self.settings.get(path.parts()).or_else(|| {
            // As CRI-O takes keys in any letter case, so may whoever asks for one.
            let same = |known: &&Vec<String>| crate::document::same_path(known, path.parts());
            self.settings.keys().find(same).and_then(|known| self.settings.get(known))
        })
    }

    /// Where a file states the option, if one does; of a word of the command line the line alone.
    pub(crate) fn file_origin<S: AsRef<str>>(&self, path: &[S]) -> Option<FileOrigin> {
        match self.at(path).map(|setting| &setting.origin) {
            Some(Origin::File(origin)) => Some(origin.clone()),
            Some(Origin::Command(origin)) if !origin.file.is_empty() => {
                Some(FileOrigin { path: origin.file.clone(), line: origin.line, span: 0..0 })
            }
            _ => None,
        }
    }

    /// Every setting with its path, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = (&[String], &Setting)> {
        self.settings.iter().map(|(path, setting)| (path.as_slice(), setting))
    }

    /// The names of the runtimes.
    pub fn runtimes(&self) -> Vec<&str> {
        self.names("runtimes")
    }

    /// The names of the workloads.
    pub fn workloads(&self) -> Vec<&str> {
        self.names("workloads")
    }

    fn names(&self, holder: &str) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .settings
            .keys()
            .filter(|path| path.len() > 4 && path[2] == holder)
            .map(|path| path[3].as_str())
            .collect();
        // The map is sorted, so fields of one runtime stand together.
        names.dedup();
        names
    }

    /// Gives every option of a table its default.
    pub(super) fn fill(&mut self, table: Table, prefix: &[String]) {
        for option in table.options_in(self.release).filter(|option| !option.is_internal()) {
            let Some(value) = option.default(self.release) else { continue };
            let origin = if option.default_is_of_host() { Origin::Host } else { Origin::Default };
            let mut path = prefix.to_vec();
            path.push(option.key().to_owned());
            self.settings.insert(path, Setting { value, kind: option.kind(), origin });
        }
    }

    /// Puts the built-in runtime there, over what has its name.
    pub(crate) fn add_builtin_runtime(&mut self) {
        let prefix = handler_path(builtin::runtime_name(self.release));
        self.remove_below(&prefix);
        self.fill(Table::Handler, &prefix);
        for (key, since, field) in builtin::RUNTIME.iter().filter(|(_, since, _)| *since <= self.release) {
            let _ = since;
            let mut path = prefix.clone();
            path.push((*key).to_owned());
            if let Some(setting) = self.settings.get_mut(&path) {
                setting.value = match field {
                    Field::Text(text) => Value::from(*text),
                    Field::Number(number) => Value::Integer(*number),
                    Field::List(items) => Value::Strings(items.iter().map(|&item| item.to_owned()).collect()),
                };
            }
        }
    }

    pub(crate) fn remove_below(&mut self, prefix: &[String]) {
        let below: Vec<_> = self
            .settings
            .range(prefix.to_vec()..)
            .take_while(|(path, _)| path.starts_with(prefix))
            .map(|(path, _)| path.clone())
            .collect();
        for path in below {
            self.settings.remove(&path);
        }
    }

    pub(crate) fn has_below(&self, prefix: &[String]) -> bool {
        self.settings.range(prefix.to_vec()..).next().is_some_and(|(path, _)| path.starts_with(prefix))
    }

    /// The setting of an option by its exact path.
    pub(crate) fn at<S: AsRef<str>>(&self, path: &[S]) -> Option<&Setting> {
        self.settings.get(&path.iter().map(|part| part.as_ref().to_owned()).collect::<Vec<_>>())
    }

    pub(crate) fn at_mut<S: AsRef<str>>(&mut self, path: &[S]) -> Option<&mut Setting> {
        self.settings.get_mut(&path.iter().map(|part| part.as_ref().to_owned()).collect::<Vec<_>>())
    }

    /// A string option's value; empty where the release has no such option.
    pub(crate) fn text<S: AsRef<str>>(&self, path: &[S]) -> &str {
        match self.at(path).map(|setting| &setting.value) {
            Some(Value::String(text)) => text,
            _ => "",
        }
    }

    pub(crate) fn number<S: AsRef<str>>(&self, path: &[S]) -> Option<i64> {
        match self.at(path)?.value {
            Value::Integer(number) => Some(number),
            _ => None,
        }
    }

    pub(crate) fn flag<S: AsRef<str>>(&self, path: &[S]) -> bool {
        matches!(self.at(path).map(|setting| &setting.value), Some(Value::Boolean(true)))
    }

    pub(crate) fn list<S: AsRef<str>>(&self, path: &[S]) -> &[String] {
        match self.at(path).map(|setting| &setting.value) {
            Some(Value::Strings(items)) => items,
            _ => &[],
        }
    }

    /// Changes a value during validation.
    pub(crate) fn amend<S: AsRef<str>>(&mut self, path: &[S], value: impl Into<Value>) {
        if let Some(setting) = self.at_mut(path) {
            setting.value = value.into();
            setting.origin = Origin::Validation;
        }
    }
}

/// `crio.runtime.runtimes.<name>`
pub(crate) fn handler_path(name: &str) -> Vec<String> {
    ["crio", "runtime", "runtimes", name].map(str::to_owned).to_vec()
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Host => f.write_str("default of the host"),
            Self::File(origin) => write!(f, "{}:{}", origin.path, origin.line),
            Self::Command(origin) if origin.file.is_empty() => f.write_str(&origin.word),
            Self::Command(origin) => write!(f, "{}:{} ({})", origin.file, origin.line, origin.word),
            Self::Validation => f.write_str("set by CRI-O's validation"),
        }
    }
}
