//! The unit files of a host: which one counts, what is masked, what the next boot starts.

mod boot_target;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::kernel::Kernel;
use super::source::{Fact, Source};
pub use boot_target::BootTarget;

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

/// The unit files of a host by name, and which of them something wants.
#[derive(Debug, Default)]
pub(super) struct Units {
    files: BTreeMap<String, PathBuf>,
    masked: BTreeSet<String>,
    /// What wants each unit.
    pub(super) wanted: BTreeMap<String, BTreeSet<String>>,
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
    pub(super) fn aliases(&self, source: &Source<'_>, name: &str) -> Vec<String> {
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
