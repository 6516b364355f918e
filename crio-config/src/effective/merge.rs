//! Merging: what each file does to what the files before it made.

use std::collections::HashSet;
use std::sync::Arc;

use super::builtin::runtime_name;
use super::command;
use super::decode::{self, Change, Decoded, Problem};
use super::settings::{FileOrigin, Origin, Setting, handler_path};
use super::{Effective, Merged, Refusal, Stage};
use crate::catalogue::{Kind, Table, first_of};
use crate::toml::{self, Read, Span};
use crate::{Release, SourceFile, Sources, Value};

/// What came of one file.
#[derive(Debug)]
pub(crate) struct FileReport {
    pub(crate) path: Arc<str>,
    pub(crate) refusals: Vec<Refusal>,
    pub(crate) decoded: Option<Decoded>,
    pub(crate) lines: Lines,
}

/// Finds the line of an offset.
#[derive(Debug, Default)]
pub(crate) struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &[u8]) -> Self {
        Self(text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).collect())
    }

    pub(crate) fn line(&self, at: usize) -> usize {
        1 + self.0.partition_point(|&newline| newline < at)
    }
}

/// Which of the two places a file comes from; newer releases say so in their messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Main,
    DropIn,
}

/// A configuration while its files are read.
#[derive(Debug)]
pub(crate) struct Merger {
    config: Effective,
    warnings: Vec<String>,
}

impl Merger {
    pub(crate) fn new(release: Release) -> Self {
        Self { config: Effective::defaults(release), warnings: Vec::new() }
    }

    /// Reads every file, the ones behind a bad one too. Drop-ins came with 1.17.
    pub(crate) fn read_all(&mut self, sources: &Sources) -> Vec<FileReport> {
        let mut reports = Vec::new();
        if let Some(main) = &sources.main {
            reports.push(self.read_file(main, Role::Main));
        }
        // `--config-dir` and `UpdateFromPath`.
        if self.config.release >= first_of(17) {
            for file in sources.drop_ins_in_order() {
                reports.push(self.read_file(file, Role::DropIn));
            }
        }
        self.config.settings.extend(command::settings(&sources.command, self.config.release));
        command::runtimes(&sources.command).into_iter().for_each(|given| self.give_runtime(given));
        reports
    }

    /// A struct of its own in the map: what it does not say is empty.
    fn give_runtime(&mut self, given: command::GivenRuntime) {
        let prefix = handler_path(&given.name);
        self.config.remove_below(&prefix);
        let release = self.config.release;
        for option in Table::Handler.options_in(release).filter(|option| !option.is_internal()) {
            if matches!(option.kind(), Kind::Table) {
                continue;
            }
            let said = given.values.iter().find(|(key, _)| *key == option.key());
            let value = said.map_or_else(|| option.empty(), |(_, value)| value.clone());
            let mut path = prefix.clone();
            path.push(option.key().to_owned());
            let origin = Origin::Command(given.origin.clone());
            self.config.settings.insert(path, Setting { value, kind: option.kind(), origin });
        }
    }

    pub(crate) fn finish(mut self) -> Merged {
        self.warnings.sort();
        Merged { config: self.config, warnings: self.warnings }
    }

    fn read_file(&mut self, file: &SourceFile, role: Role) -> FileReport {
        let path: Arc<str> = file.path.as_str().into();
        let mut report =
            FileReport { path: path.clone(), refusals: vec![], decoded: None, lines: Lines::default() };
        let bytes = match &file.content {
            Ok(bytes) => bytes,
            Err(unreadable) => {
                let text = format!("{}{}", self.load_prefix(role), unreadable.go_text(&file.path));
                report.refusals.push(Refusal { stage: Stage::Load, text, origin: None });
                return report;
            }
        };
        report.lines = Lines::of(bytes);
        let read = match toml::read(bytes, self.config.release.dialect()) {
            Ok(read) => read,
            Err(fault) => {
                let problem = Problem { text: fault.text, span: fault.span, crash: fault.crash };
                report.refusals.push(self.refusal(problem, &path, role, &report.lines));
                return report;
            }
        };
        let mut decoded = decode::decode(&read, self.config.release);
        for problem in std::mem::take(&mut decoded.problems) {
            report.refusals.push(self.refusal(problem, &path, role, &report.lines));
        }
        if report.refusals.is_empty() {
            self.apply(&read, &decoded, &path, &report.lines);
        }
        report.decoded = Some(decoded);
        report
    }

    fn refusal(&self, problem: Problem, path: &Arc<str>, role: Role, lines: &Lines) -> Refusal {
        let line = lines.line(problem.span.start);
        let origin = Some(FileOrigin { path: path.clone(), line, span: problem.span });
        if problem.crash {
            return Refusal { stage: Stage::Crash, text: problem.text, origin };
        }
        let wrapped = if self.config.release >= first_of(14) {
            format!("unable to decode configuration {path}: {}", problem.text)
        } else {
            problem.text
        };
        Refusal { stage: Stage::Load, text: format!("{}{wrapped}", self.load_prefix(role)), origin }
    }

    /// What newer releases put before every message about a file.
    fn load_prefix(&self, role: Role) -> &'static str {
        match role {
            // The words are those of each `fmt.Errorf` on the way up (internal/criocli,
            // pkg/config).
            _ if self.config.release < first_of(31) => "",
            Role::Main => {
                "get and merge config from context: update config from file: update config from drop-in file: "
            }
            Role::DropIn => "get and merge config from context: update config from path: walk path: ",
        }
    }

    fn apply(&mut self, read: &Read, decoded: &Decoded, path: &Arc<str>, lines: &Lines) {
        let before = self.before_file();
        for change in &decoded.changes {
            self.change(change, |span: &Span| {
                let line = lines.line(span.start);
                Origin::File(FileOrigin { path: path.clone(), line, span: span.clone() })
            });
        }
        self.after_file(read, before);
        self.drop_registries(path);
    }

    fn change(&mut self, change: &Change, origin: impl Fn(&Span) -> Origin) {
        match change {
            Change::Set { path, kind, value, span } => {
                let setting = Setting { value: value.clone(), kind: *kind, origin: origin(span) };
                self.config.settings.insert(path.clone(), setting);
            }
            Change::Restate { path, table, span } => {
                // Go decodes a table of a map into a new struct, so what the map had under that
                // name is gone.
                self.config.remove_below(path);
                for option in table.options_in(self.config.release).filter(|option| !option.is_internal()) {
                    if matches!(option.kind(), Kind::Table) {
                        continue;
                    }
                    let mut path = path.clone();
                    path.push(option.key().to_owned());
                    let setting =
                        Setting { value: option.empty(), kind: option.kind(), origin: origin(span) };
                    self.config.settings.insert(path, setting);
                }
            }
        }
    }

    // ---- rules for single keys ----

    /// The settings whose old value still counts after a file.
    fn before_file(&self) -> Vec<(&'static str, Option<Setting>)> {
        ["root", "runroot", "storage_driver", "storage_option"]
            .into_iter()
            .map(|key| (key, self.config.at(&["crio", key]).cloned()))
            .collect()
    }

    fn after_file(&mut self, read: &Read, before: Vec<(&'static str, Option<Setting>)>) {
        let release = self.config.release;
        for (key, old) in before {
            let (Some(old), Some(new)) = (old, self.config.at_mut(&["crio", key])) else { continue };
            if key == "storage_option" {
                if appends_storage_options(release) {
                    append(new, old);
                }
            // "storage configurations from storage.conf, if crio config has no values for these":
            // an empty text does not win (`UpdateFromDropInFile`).
            } else if release >= first_of(24) && new.value == Value::from("") {
                *new = old;
            }
        }
        self.remove_builtin_runtime(read);
    }

    /// Some releases take the built-in runtime away where a file seems to replace it.
    fn remove_builtin_runtime(&mut self, read: &Read) {
        const BUILT_IN: &str = "runc";
        let release = self.config.release;
        let by_table = release.is_minor(18);
        let by_default = (first_of(19)..Release::patch(25, 1)).contains(&release);
        let replaced = (by_table
            && is_defined(read, &["crio", "runtime", "runtimes"])
            && !is_defined(read, &["crio", "runtime", "runtimes", BUILT_IN]))
            || (by_default
                && is_defined(read, &["crio", "runtime", "default_runtime"])
                && self.config.text(&["crio", "runtime", "default_runtime"]) != runtime_name(release));
        if replaced {
            self.config.remove_below(&handler_path(BUILT_IN));
        }
    }

    /// `registries` is warned about, and from 1.21 on dropped.
    fn drop_registries(&mut self, path: &Arc<str>) {
        const REGISTRIES: [&str; 3] = ["crio", "image", "registries"];
        let release = self.config.release;
        if release < Release::patch(20, 1) || self.config.list(&REGISTRIES).is_empty() {
            return;
        }
        if release < first_of(21) {
            self.warnings.push(format!(
                "warning: The 'registries' option in crio.conf(5) (referenced in \"{path}\") has been deprecated and \
                 will be removed with CRI-O 1.21."
            ));
            self.warnings.push(
                "warning: Please refer to containers-registries.conf(5) for configuring unqualified-search registries."
                    .into(),
            );
            return;
        }
        self.warnings.push(format!(
            "warning: Support for the 'registries' option has been dropped but it is referenced in \"{path}\".  Please \
             use containers-registries.conf(5) for configuring unqualified-search registries instead."
        ));
        if let Some(setting) = self.config.at_mut(&REGISTRIES) {
            setting.value = Value::Strings(Vec::new());
        }
    }
}

/// Is the path written with exactly these names?
fn is_defined(read: &Read, path: &[&str]) -> bool {
    let mut table = &read.root;
    for (index, part) in path.iter().enumerate() {
        let Some(node) = table.get(*part) else { return false };
        if index + 1 == path.len() {
            return true;
        }
        let toml::Value::Table(inner) = &node.value else { return false };
        table = inner;
    }
    false
}

/// The branches that got the change, each from its own patch on.
fn appends_storage_options(release: Release) -> bool {
    match release.minor() {
        20 => release >= Release::patch(20, 7),
        21 => release >= Release::patch(21, 5),
        22 => release >= Release::patch(22, 2),
        minor => minor >= 23,
    }
}

/// The old options, then the new; of equal ones only the last stays.
fn append(new: &mut Setting, old: Setting) {
    let Value::Strings(added) = &mut new.value else { return };
    let Value::Strings(mut all) = old.value else { return };
    // No file has said anything: appending would double the list.
    if new.origin == old.origin {
        return;
    }
    all.append(added);
    let mut seen = HashSet::new();
    let mut kept: Vec<String> = all.into_iter().rev().filter(|item| seen.insert(item.clone())).collect();
    kept.reverse();
    *added = kept;
}
