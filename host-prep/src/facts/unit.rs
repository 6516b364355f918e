//! systemd's unit files, read as systemd would read them, without asking it: trees have no systemd
//! that runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::source::{Fact, FileText, Source};
use super::unit_command::{expand, flag};
use super::unit_lines::{self, IgnoredLine};
use super::unit_words::split_words;
use super::units::{UNIT_DIRS, Units};
use crate::Host;
use crate::text::{Dialect, Document};

/// A service's unit file with its drop-ins, and what they come to.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Unit {
    /// The unit file.
    pub path: PathBuf,
    /// The drop-ins that count, in the order they are read.
    pub drop_ins: Vec<PathBuf>,
    /// Whether the next boot starts it: something wants or requires it that the boot pulls in.
    pub enabled: bool,
    /// The units that want or require it, by their directories: what `systemctl enable` makes.
    pub wanted_by: Vec<String>,
    /// `Environment=`, then the environment files over it.
    #[serde(serialize_with = "super::unit_told::without_passwords")]
    pub environment: BTreeMap<String, String>,
    /// `EnvironmentFile=`, in order.
    pub environment_files: Vec<EnvironmentFile>,
    /// `ExecStart=`, words split, variables put in. Several only for `Type=oneshot`.
    #[serde(serialize_with = "super::unit_told::words_without_passwords")]
    pub commands: Vec<Vec<String>>,
    /// `ExecStart=` as written.
    #[serde(serialize_with = "super::unit_told::lines_without_passwords")]
    pub exec_start: Vec<String>,
    /// Lines of all these files that systemd ignores.
    pub ignored: Vec<IgnoredLine>,
    /// Files that somebody laid for this unit and that systemd does not read: their name does not end
    /// in `.conf`, or their directory is called otherwise.
    pub unread: Vec<PathBuf>,
    /// What could not be read, with the reason.
    pub unknown: Vec<String>,
    /// The unit file and its drop-ins as they are on disk, in the order they are read.
    #[serde(skip)]
    pub texts: Vec<FileText>,
    /// Variables that `UnsetEnvironment=` takes back after everything else, and the file that says so.
    #[serde(skip)]
    pub unset: Vec<(String, PathBuf)>,
}

/// A file named by `EnvironmentFile=`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct EnvironmentFile {
    /// Its path.
    pub path: PathBuf,
    /// Whether the unit starts without it (`-`).
    pub optional: bool,
    /// The variables it sets; `None` where it does not exist.
    #[serde(serialize_with = "super::unit_told::told_without_passwords")]
    pub variables: Option<BTreeMap<String, String>>,
    /// The file as it is on disk, where it is there.
    #[serde(skip)]
    pub text: Option<FileText>,
}

impl Unit {
    /// The service `name` of a host, with `.service`; `None` where it is not installed or is masked.
    #[must_use]
    pub fn of(host: &Host, name: &str) -> Option<Self> {
        let source = Source::new(host);
        Self::observe(&source, &Units::observe(&source, None), name)
    }

    /// As [`of`](Self::of), with the units that were looked at already.
    pub(super) fn observe(source: &Source<'_>, units: &Units, name: &str) -> Option<Self> {
        let path = units.find(name)?.to_owned();
        let wanted_by = units.wanted.get(name).into_iter().flatten().cloned().collect();
        let mut unit = Self { path, enabled: units.is_enabled(name), wanted_by, ..Self::default() };
        unit.unknown.clone_from(&units.unknown);
        // Drop-ins for this unit under each of its names, and for all services, by file name.
        let aliases = units.aliases(source, name);
        let names = std::iter::once(name).chain(aliases.iter().map(String::as_str));
        let dirs = names.flat_map(|name| UNIT_DIRS.iter().map(move |dir| format!("{dir}/{name}.d")));
        let dirs: Vec<String> = dirs.chain(UNIT_DIRS.iter().map(|d| format!("{d}/service.d"))).collect();
        match source.conf_files(&dirs, ".conf") {
            Fact::Known(files) => {
                unit.drop_ins.extend(files.into_iter().filter(|f| !f.masks).map(|f| f.path))
            }
            Fact::Unknown { reason } => unit.unknown.push(reason),
        }
        unit.unread = unit_lines::unread(source, name, &UNIT_DIRS);
        let mut said = Said::default();
        for path in std::iter::once(unit.path.clone()).chain(unit.drop_ins.clone()) {
            unit.add(source, &path, &mut said);
        }
        unit.resolve(source, said);
        unit.exec_start
            .iter()
            .map(|line| expand(line, &unit.environment))
            .collect::<Vec<_>>()
            .clone_into(&mut unit.commands);
        Some(unit)
    }

    /// The value of a flag of its first command, `--name value` or `--name=value`, the last one given.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<&str> {
        flag(self.arguments(), name)
    }

    /// Where `word` of its command was written: file, line and column, environment files before the
    /// unit's own, the last one first.
    #[must_use]
    pub fn place_of(&self, word: &str) -> Option<(&Path, usize, usize)> {
        let files = self.environment_files.iter().rev().filter_map(|file| file.text.as_ref());
        files.chain(self.texts.iter().rev()).find_map(|file| {
            let text = String::from_utf8_lossy(&file.bytes);
            let lines =
                text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with(['#', ';']));
            let found = lines.filter_map(|(at, line)| Some((at, whole_word(line, word)?))).last();
            found.map(|(at, column)| (file.path.as_path(), at + 1, column))
        })
    }

    /// What systemd reads of a variable after the drop-in at `drop_in`, with the file: `None` inside
    /// where the variable is taken back. Environment files come after every drop-in.
    #[must_use]
    pub fn set_after(&self, drop_in: &Path, variable: &str) -> Option<(&Path, Option<String>)> {
        if let Some((_, file)) = self.unset.iter().rev().find(|(name, _)| name == variable) {
            return Some((file, None));
        }
        let of_file = |file: &EnvironmentFile| file.variables.as_ref()?.get(variable).cloned();
        let mut last = self.environment_files.iter().rev();
        if let Some((file, value)) = last.find_map(|file| Some((file, of_file(file)?))) {
            return Some((&file.path, Some(value)));
        }
        let is_later =
            |path: &PathBuf| self.drop_ins.contains(path) && path.file_name() > drop_in.file_name();
        let mut found = None;
        for file in self.texts.iter().filter(|file| is_later(&file.path)) {
            let document = Document::parse(&file.bytes, Dialect::Systemd);
            let of_service = document.entries().filter(|entry| entry.section.as_deref() == Some("Service"));
            for entry in of_service.filter(|entry| entry.key == "Environment") {
                if entry.value.is_empty() {
                    found = Some((file.path.as_path(), None));
                }
                let words = split_words(&entry.value);
                let mut values =
                    words.iter().rev().filter_map(|word| word.strip_prefix(variable)?.strip_prefix('='));
                if let Some(value) = values.next() {
                    found = Some((file.path.as_path(), Some(value.replace("%%", "%"))));
                }
            }
        }
        found
    }

    /// The file name of the program of its first command.
    #[must_use]
    pub fn program(&self) -> Option<&str> {
        Path::new(self.commands.first()?.first()?).file_name()?.to_str()
    }

    /// The arguments of its first command, without the program.
    pub fn arguments(&self) -> &[String] {
        self.commands.first().and_then(|words| words.get(1..)).unwrap_or_default()
    }

    /// One file's settings over those of the files before it. An empty value starts a list again.
    fn add(&mut self, source: &Source<'_>, path: &Path, said: &mut Said) {
        let bytes = match source.bytes(path) {
            Fact::Known(bytes) => bytes.unwrap_or_default(),
            Fact::Unknown { reason } => return self.unknown.push(reason),
        };
        let document = Document::parse(&bytes, Dialect::Systemd);
        self.ignored.extend(unit_lines::of_unit(path, &bytes));
        self.texts.push(FileText { path: path.to_owned(), bytes });
        for entry in document.entries().filter(|e| e.section.as_deref() == Some("Service")) {
            let list: &mut Vec<String> = match entry.key.as_str() {
                "Environment" => &mut said.environment,
                "EnvironmentFile" => &mut said.files,
                "UnsetEnvironment" if entry.value.is_empty() => {
                    said.unset.clear();
                    continue;
                }
                "UnsetEnvironment" => {
                    said.unset
                        .extend(split_words(&entry.value).into_iter().map(|word| (word, path.to_owned())));
                    continue;
                }
                "ExecStart" => &mut self.exec_start,
                _ => continue,
            };
            match entry.value.as_str() {
                "" => list.clear(),
                value if entry.key == "Environment" => list.extend(split_words(value)),
                value => list.push(value.to_owned()),
            }
        }
    }

    fn resolve(&mut self, source: &Source<'_>, said: Said) {
        let pairs = said.environment.iter().filter_map(|word| word.split_once('='));
        self.environment.extend(pairs.map(|(k, v)| (k.to_owned(), v.to_owned())));
        for file in said.files {
            let path = PathBuf::from(file.strip_prefix('-').unwrap_or(&file));
            let text = match source.file(&path) {
                Fact::Known(text) => text,
                Fact::Unknown { reason } => {
                    self.unknown.push(reason);
                    None
                }
            };
            self.ignored.extend(text.iter().flat_map(|text| unit_lines::of_environment(&path, &text.bytes)));
            let variables = text.as_ref().map(|text| variables(&text.bytes));
            self.environment.extend(variables.clone().unwrap_or_default());
            let optional = file.starts_with('-');
            self.environment_files.push(EnvironmentFile { path, optional, variables, text });
        }
        // The last step: a name goes whatever its value is, an assignment only where it is so.
        for (word, file) in said.unset {
            if !word.contains('=') {
                self.unset.push((word.clone(), file));
            }
            match word.split_once('=') {
                Some((name, value)) if self.environment.get(name).is_some_and(|set| set != value) => {}
                Some((name, _)) => drop(self.environment.remove(name)),
                None => drop(self.environment.remove(&word)),
            }
        }
    }
}

/// What the files of a unit say of its environment, in the order they say it.
#[derive(Default)]
struct Said {
    environment: Vec<String>,
    files: Vec<String>,
    unset: Vec<(String, PathBuf)>,
}

/// The column of `word` in a line, where it does not go on as another word.
fn whole_word(line: &str, word: &str) -> Option<usize> {
    let ends = |c: char| c.is_ascii_whitespace() || "\"'=".contains(c);
    let found = line.match_indices(word).find(|(at, _)| {
        let (before, after) = (&line[..*at], &line[at + word.len()..]);
        before.chars().next_back().is_none_or(ends) && after.chars().next().is_none_or(ends)
    });
    found.map(|(at, _)| line[..at].chars().count() + 1)
}

/// The variables of an environment file; the last assignment of each wins.
pub(super) fn variables(bytes: &[u8]) -> BTreeMap<String, String> {
    Document::parse(bytes, Dialect::EnvFile).entries().map(|e| (e.key, e.value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drop_ins_count_under_each_name_of_a_unit() {
        use crate::fs::{Mode, Root, set};
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        for (path, text) in [
            ("/usr/lib/systemd/system/crio.service", "[Service]\nExecStart=/usr/bin/crio\n"),
            ("/etc/systemd/system/cri-o.service.d/p.conf", "[Service]\nEnvironment=HTTP_PROXY=http://p:1\n"),
            ("/etc/systemd/system/other.service.d/p.conf", "[Service]\nEnvironment=OTHER=1\n"),
        ] {
            set(&root, Path::new(path), text.as_bytes(), Mode::PUBLIC).unwrap();
        }
        let alias = dir.path().join("etc/systemd/system/cri-o.service");
        std::os::unix::fs::symlink("/usr/lib/systemd/system/crio.service", alias).unwrap();
        let unit = Unit::of(&Host::offline(root), "crio.service").unwrap();
        assert_eq!(unit.environment.keys().collect::<Vec<_>>(), ["HTTP_PROXY"]);
    }

    #[test]
    fn variables_that_are_unset_are_not_there() {
        use crate::fs::{Mode, Root, set};
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        let text = "[Service]\nUnsetEnvironment=A C=1 D=1\nEnvironment=A=1 B=1 C=1 D=2 E=1\n\
                    EnvironmentFile=/e\nExecStart=/x $A $B\n";
        set(&root, Path::new("/usr/lib/systemd/system/crio.service"), text.as_bytes(), Mode::PUBLIC).unwrap();
        set(&root, Path::new("/e"), b"A=2\n", Mode::PUBLIC).unwrap();
        let unit = Unit::of(&Host::offline(root), "crio.service").unwrap();
        assert_eq!(unit.environment.keys().collect::<Vec<_>>(), ["B", "D", "E"]);
        assert_eq!(unit.commands, [["/x", "1"]]);
    }
}
