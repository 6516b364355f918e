//! systemd's unit files, read as systemd would read them, without asking it: trees have no systemd
//! that runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use super::boot_target::BootTarget;
use super::kernel::Kernel;
use super::source::{Fact, FileText, Source};
use super::unit_lines::{self, IgnoredLine};
use super::unit_words::{is_name, split_words};
use crate::Host;
use crate::text::{Dialect, Document};

/// Where unit files are, the first one wins (systemd.unit(5)).
pub(crate) const UNIT_DIRS: [&str; 5] = [
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
];

/// The directories of what a unit pulls in (systemd.unit(5)).
const KINDS: [&str; 3] = [".wants", ".requires", ".upholds"];

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
    #[serde(serialize_with = "without_passwords")]
    pub environment: BTreeMap<String, String>,
    /// `EnvironmentFile=`, in order.
    pub environment_files: Vec<EnvironmentFile>,
    /// `ExecStart=`, words split, variables put in. Several only for `Type=oneshot`.
    #[serde(serialize_with = "words_without_passwords")]
    pub commands: Vec<Vec<String>>,
    /// `ExecStart=` as written.
    #[serde(serialize_with = "lines_without_passwords")]
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
    #[serde(serialize_with = "told_without_passwords")]
    pub variables: Option<BTreeMap<String, String>>,
    /// The file as it is on disk, where it is there.
    #[serde(skip)]
    pub text: Option<FileText>,
}

/// Variables as they are told: a proxy may have its password in them.
fn masked(variables: &BTreeMap<String, String>) -> BTreeMap<&str, String> {
    let told = |name: &str, value: &str| {
        // Programs take a proxy without a scheme too.
        let bare = name.to_ascii_lowercase().ends_with("_proxy") && !value.contains("://");
        match value.rsplit_once('@').filter(|_| bare) {
            Some((_, host)) => format!("***@{host}"),
            None => crate::without_passwords(value),
        }
    };
    variables.iter().map(|(name, value)| (name.as_str(), told(name, value))).collect()
}

fn without_passwords<S: Serializer>(
    variables: &BTreeMap<String, String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    masked(variables).serialize(serializer)
}

fn told_without_passwords<S: Serializer>(
    variables: &Option<BTreeMap<String, String>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    variables.as_ref().map(masked).serialize(serializer)
}

fn lines_without_passwords<S: Serializer>(lines: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(lines.iter().map(|line| crate::without_passwords(line)))
}

fn words_without_passwords<S: Serializer>(lines: &[Vec<String>], serializer: S) -> Result<S::Ok, S::Error> {
    let words = |line: &Vec<String>| line.iter().map(|w| crate::without_passwords(w)).collect::<Vec<_>>();
    serializer.collect_seq(lines.iter().map(words))
}

/// The unit files of a host by name, and which of them something wants.
#[derive(Debug, Default)]
pub(super) struct Units {
    files: BTreeMap<String, PathBuf>,
    masked: BTreeSet<String>,
    /// What wants each unit.
    wanted: BTreeMap<String, BTreeSet<String>>,
    /// The target of the next boot, where the files tell it.
    pub(super) boot: Option<BootTarget>,
    pub(super) unknown: Vec<String>,
}

/// Whether a node runs that unit.
fn is_of_a_node(name: &str) -> bool {
    matches!(name, "crio.service" | "kubelet.service")
}

impl Units {
    pub(super) fn observe(source: &Source<'_>, kernel: Option<&Kernel>) -> Self {
        let mut units = Self::default();
        units.files(source);
        units.boot = BootTarget::observe(source, &units, kernel);
        units
    }

    fn files(&mut self, source: &Source<'_>) {
        let units = self;
        for dir in UNIT_DIRS {
            for name in units.list(source, dir) {
                let path = Path::new(dir).join(&name);
                if let Some(by) = KINDS.iter().find_map(|kind| name.strip_suffix(kind)) {
                    for wanted in units.list(source, path) {
                        units.wanted.entry(wanted).or_default().insert(by.to_owned());
                    }
                } else if !units.files.contains_key(&name) {
                    // systemd.unit(5): an empty file masks as the link does. Whole directories of
                    // packages are not read for it.
                    let own = dir.starts_with("/etc") || dir.starts_with("/run") || is_of_a_node(&name);
                    if source.is_masked(&path) || (own && source.is_empty(&path)) {
                        units.masked.insert(name.clone());
                    }
                    units.files.insert(name, path);
                }
            }
        }
    }

    /// The unit file, if there is one and it is not masked.
    pub(super) fn find(&self, name: &str) -> Option<&Path> {
        self.files.get(name).filter(|_| !self.is_masked(name)).map(PathBuf::as_path)
    }

    pub(super) fn is_masked(&self, name: &str) -> bool {
        self.masked.contains(name)
    }

    /// Whether the next boot starts it.
    pub(super) fn is_enabled(&self, name: &str) -> bool {
        let starts = |by: &String| self.boot.as_ref().is_none_or(|boot| boot.starts(by, self));
        let is_wanted = || self.wanted.get(name).is_some_and(|wanted| wanted.iter().any(starts));
        let is_pulled_in = || self.boot.as_ref().is_some_and(|boot| boot.pulls_in(name));
        !self.is_masked(name) && (is_wanted() || is_pulled_in())
    }

    /// The units that `name` wants, by its directories.
    pub(super) fn wanted_by(&self, name: &str) -> Vec<String> {
        let all = self.wanted.iter().filter(|(_, by)| by.contains(name));
        all.map(|(wanted, _)| wanted.clone()).collect()
    }

    /// Other names of a unit that have drop-ins: links that lead to its file.
    fn aliases(&self, source: &Source<'_>, name: &str) -> Vec<String> {
        let named = self.with_suffix(".service.d").filter_map(|(dir, _)| dir.strip_suffix(".d"));
        let leads_here = |alias: &&str| {
            let target = self.files.get(*alias).map(|path| source.link_target(path));
            let target = target.and_then(|target| target.known().cloned().flatten());
            *alias != name && target.is_some_and(|to| to.file_name() == Some(std::ffi::OsStr::new(name)))
        };
        named.filter(leads_here).map(str::to_owned).collect()
    }

    /// All unit files whose names end so, with their paths.
    pub(super) fn with_suffix<'a>(&'a self, suffix: &'a str) -> impl Iterator<Item = (&'a str, &'a Path)> {
        self.files.iter().filter(move |(n, _)| n.ends_with(suffix)).map(|(n, p)| (n.as_str(), p.as_path()))
    }

    fn list(&mut self, source: &Source<'_>, dir: impl AsRef<Path>) -> Vec<String> {
        match source.list(dir) {
            Fact::Known(names) => names,
            Fact::Unknown { reason } => {
                self.unknown.push(reason);
                Vec::new()
            }
        }
    }
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

/// The value of `--name value` or `--name=value`, the last one given.
pub(super) fn flag<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    let mut found = None;
    for (at, word) in arguments.iter().enumerate() {
        let Some(rest) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else { continue };
        match rest.split_once('=') {
            Some((key, value)) if key == name => found = Some(value),
            None if rest == name => found = arguments.get(at + 1).map(String::as_str).or(found),
            _ => {}
        }
    }
    found
}

/// The words of a command line, variables put in as systemd does: `$X` alone becomes any number of
/// words, `${X}` stays inside its word.
fn expand(line: &str, environment: &BTreeMap<String, String>) -> Vec<String> {
    let mut words = Vec::new();
    for (at, word) in split_words(line).into_iter().enumerate() {
        if at == 0 {
            // Marks before the program's path: @ - : + !
            words.push(word.trim_start_matches(['@', '-', ':', '+', '!']).to_owned());
            continue;
        }
        match word.strip_prefix('$').filter(|name| is_name(name)) {
            Some(name) => words.extend(environment.get(name).map(|v| split_words(v)).unwrap_or_default()),
            None => words.push(substitute(&word, environment)),
        }
    }
    words
}

fn substitute(word: &str, environment: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    let mut rest = word;
    while let Some(at) = rest.find("${") {
        let (before, after) = (&rest[..at], &rest[at + 2..]);
        let Some((name, tail)) = after.split_once('}') else { break };
        text.push_str(before);
        text.push_str(environment.get(name).map_or("", String::as_str));
        rest = tail;
    }
    text.push_str(rest);
    text.replace("$$", "$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_variable_becomes_words_a_braced_one_does_not() {
        let environment = BTreeMap::from([("X".to_owned(), "--a=1 '--b=2 3'".to_owned())]);
        assert_eq!(
            expand("-/usr/bin/kubelet $X --c=${X} $GONE $$", &environment),
            ["/usr/bin/kubelet", "--a=1", "--b=2 3", "--c=--a=1 '--b=2 3'", "$"]
        );
    }

    #[test]
    fn flags_in_both_spellings_the_last_one_counts() {
        let line: Vec<String> = split_words("--config=/a --v 2 --config /b -d /dir");
        assert_eq!(flag(&line, "config"), Some("/b"));
        assert_eq!(flag(&line, "d"), Some("/dir"));
        assert_eq!(flag(&line, "node-ip"), None);
    }

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

    #[test]
    fn passwords_of_proxies_are_not_told() {
        let variables =
            [("HTTP_PROXY", "http://o:OldPass@p:1"), ("https_proxy", "o:OldPass@p:1"), ("A", "b@c")];
        let variables: BTreeMap<_, _> = variables.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
        let unit = Unit {
            environment: variables.clone(),
            environment_files: vec![EnvironmentFile {
                path: "/e".into(),
                optional: false,
                variables: Some(variables),
                text: None,
            }],
            exec_start: vec!["/x --proxy=http://o:OldPass@p".into()],
            commands: vec![vec!["/x".into(), "--proxy=http://o:OldPass@p".into()]],
            ..Unit::default()
        };
        let told = serde_json::to_string(&unit).unwrap();
        assert!(!told.contains("OldPass") && told.contains("b@c") && told.contains("o:***@p"), "{told}");
    }
}
