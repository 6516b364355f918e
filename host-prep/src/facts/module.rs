//! Kernel modules: where each is, and whether the next boot loads it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::boot_words::BootWord;
use super::kernel::Kernel;
use super::source::{Fact, Origin, Source, conf_dirs};
use crate::text::{Dialect, Document};

/// A kernel module name. The kernel reads `-` and `_` alike; `_` is kept.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct ModuleName(String);

/// Not the name of a kernel module: letters, digits, `-` and `_` are.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{0:?} is not the name of a kernel module: use letters, digits, `-` and `_`")]
#[non_exhaustive]
pub struct InvalidModuleName(String);

/// One module on a host.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Module {
    /// Where it is.
    pub state: Fact<ModuleState>,
    /// The line of a `modules-load.d` file that loads it at boot.
    pub loaded_at_boot: Fact<Option<Origin>>,
    /// What keeps it from being loaded: a `blacklist` or `install` line of a `modprobe.d` file, else
    /// a word of the kernel's command line, of this boot or the next.
    pub denied: Fact<Option<Origin>>,
}

/// Where a module is.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ModuleState {
    /// In the running kernel, loaded from a file.
    Loaded,
    /// Part of the kernel.
    BuiltIn,
    /// On disk, not loaded.
    Loadable,
    /// Neither in the kernel nor on disk.
    Missing,
}

/// What shows that a kernel has a module even where `/sys/module` and `modules.builtin` are silent,
/// as on kernels without a module directory. `true`: its absence proves that the module is not
/// there.
const EVIDENCE: &[(&str, &str, Option<&str>, bool)] = &[
    ("br_netfilter", "/proc/sys/net/bridge/bridge-nf-call-iptables", None, true),
    ("ip_vs", "/proc/net/ip_vs", None, true),
    ("nf_conntrack", "/proc/sys/net/netfilter/nf_conntrack_max", None, true),
    ("overlay", "/proc/filesystems", Some("overlay"), true),
    ("xt_comment", "/proc/net/ip_tables_matches", Some("comment"), false),
    ("ip_tables", "/proc/net/ip_tables_names", None, false),
];

impl ModuleName {
    /// The name with `_`.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ModuleName {
    type Err = InvalidModuleName;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let good = !s.is_empty() && s.bytes().all(legal);
        if good { Ok(Self(s.replace('-', "_"))) } else { Err(InvalidModuleName(s.into())) }
    }
}

impl fmt::Display for ModuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

pub(super) fn observe<'a>(
    source: &Source<'_>,
    kernel: &Kernel,
    asked: impl IntoIterator<Item = &'a ModuleName>,
) -> BTreeMap<ModuleName, Module> {
    let loaded = source.live_text("/proc/modules").map(Option::unwrap_or_default);
    let at_boot = boot_list(source);
    let denials = denials(source).map(|lines| lines.into_iter().chain(by_kernel(kernel)).collect());
    let disks = disks(source, kernel);
    let one = |name: &ModuleName| Module {
        state: state(source, name, &loaded, &disks),
        loaded_at_boot: find(&at_boot, name),
        denied: find(&denials, name),
    };
    asked.into_iter().map(|name| (name.clone(), one(name))).collect()
}

/// What one kernel on disk has.
struct Disk {
    built_in: String,
    loadable: String,
}

/// The module lists of the running kernel, or of every kernel of a tree.
fn disks(source: &Source<'_>, kernel: &Kernel) -> Fact<Vec<Disk>> {
    let releases = match (&kernel.release, &kernel.installed) {
        (Fact::Known(release), Fact::Known(all)) => all.iter().filter(|r| *r == release).cloned().collect(),
        (Fact::Unknown { .. }, Fact::Known(all)) => all.clone(),
        (_, Fact::Unknown { reason }) => return Fact::unknown(reason),
    };
    let mut disks = Vec::new();
    for release in releases {
        let list =
            |name: &str| source.text(format!("/lib/modules/{release}/{name}")).map(Option::unwrap_or_default);
        match (list("modules.builtin"), list("modules.dep")) {
            (Fact::Known(built_in), Fact::Known(loadable)) => disks.push(Disk { built_in, loadable }),
            (Fact::Unknown { reason }, _) | (_, Fact::Unknown { reason }) => return Fact::Unknown { reason },
        }
    }
    Fact::Known(disks)
}

fn state(
    source: &Source<'_>,
    name: &ModuleName,
    loaded: &Fact<String>,
    disks: &Fact<Vec<Disk>>,
) -> Fact<ModuleState> {
    let in_kernel =
        loaded.known().map(|list| list.lines().any(|l| first_word(l).is_some_and(|w| same(w, name))));
    if in_kernel == Some(true) {
        return Fact::Known(ModuleState::Loaded);
    }
    let disks = match disks {
        Fact::Known(disks) => disks,
        Fact::Unknown { reason } => return Fact::unknown(reason),
    };
    let mut on_disk: Vec<_> = disks.iter().map(|disk| disk.state(name)).collect();
    on_disk.dedup();
    match (on_disk[..].first(), on_disk.len(), source.is_running()) {
        (Some(state @ (ModuleState::BuiltIn | ModuleState::Loadable)), 1, _) => Fact::Known(*state),
        (_, 2.., _) => Fact::unknown("the kernels below /lib/modules differ"),
        (Some(_), _, false) => Fact::Known(ModuleState::Missing),
        (None, _, false) => Fact::unknown("there is no kernel below /lib/modules"),
        // modules.builtin may be absent or lack what was built without a name of its own: ask the kernel.
        (missing, _, true) => evidence(source, name, missing.is_some()),
    }
}

fn evidence(source: &Source<'_>, name: &ModuleName, disk_is_known: bool) -> Fact<ModuleState> {
    // A built-in module is there where it has a version or a parameter (the kernel's
    // Documentation/ABI/stable/sysfs-module).
    if source.exists(format!("/sys/module/{name}")).known() == Some(&true) {
        return Fact::Known(ModuleState::BuiltIn);
    }
    let row = EVIDENCE.iter().find(|(module, ..)| *module == name.as_str());
    let shown = row.map(|(_, path, word, proves)| {
        let text = source.text(path).map(|text| {
            let words = |text: String| text.split_ascii_whitespace().any(|w| Some(w) == *word);
            text.is_some_and(|text| word.is_none() || words(text))
        });
        (text.or_default(), *proves)
    });
    match shown {
        Some((true, _)) => Fact::Known(ModuleState::BuiltIn),
        Some((false, true)) => Fact::Known(ModuleState::Missing),
        _ if disk_is_known => Fact::Known(ModuleState::Missing),
        _ => Fact::unknown(
            "the running kernel has no directory below /lib/modules and does not show it otherwise",
        ),
    }
}

impl Disk {
    fn state(&self, name: &ModuleName) -> ModuleState {
        let has = |list: &str| {
            list.lines().any(|line| {
                // `kernel/net/bridge/br_netfilter.ko.xz: …` in modules.dep, the path alone in
                // modules.builtin; the file may be packed (.gz, .xz, .zst).
                let path = line.split(':').next().unwrap_or(line);
                let file = path.rsplit('/').next().unwrap_or(path);
                file.split(".ko").next().is_some_and(|stem| same(stem, name)) && file.contains(".ko")
            })
        };
        if has(&self.built_in) {
            ModuleState::BuiltIn
        } else if has(&self.loadable) {
            ModuleState::Loadable
        } else {
            ModuleState::Missing
        }
    }
}

/// Names of all `modules-load.d` files with their lines, in systemd's order.
fn boot_list(source: &Source<'_>) -> Fact<Vec<(String, Origin)>> {
    lines(source, "modules-load.d", |line| Some(line.to_owned()))
}

/// Modules that `modprobe.d` keeps out: `blacklist NAME`, or `install NAME` with a command that
/// does nothing.
fn denials(source: &Source<'_>) -> Fact<Vec<(String, Origin)>> {
    lines(source, "modprobe.d", |line| {
        let mut words = line.split_ascii_whitespace();
        // modprobe.d(5). `blacklist` leaves `modprobe NAME` alone, but systemd-modules-load heeds
        // it (`KMOD_PROBE_APPLY_BLACKLIST`), and that is who loads at boot.
        let (verb, name, command) = (words.next()?, words.next()?, words.next());
        let nothing = || matches!(command.and_then(|c| c.rsplit('/').next()), Some("true" | "false" | ":"));
        (verb == "blacklist" || (verb == "install" && nothing())).then(|| name.to_owned())
    })
}

/// `module_blacklist=` of the kernel and `modprobe.blacklist=` of kmod, names with commas between.
fn by_kernel(kernel: &Kernel) -> Vec<(String, Origin)> {
    let of = |word: BootWord| {
        let names = match word.parts() {
            ("module_blacklist" | "modprobe.blacklist", Some(names)) => names.to_owned(),
            _ => String::new(),
        };
        names.split(',').map(|name| (name.to_owned(), word.at.clone())).collect::<Vec<_>>()
    };
    kernel.words().into_iter().flat_map(of).filter(|(name, _)| !name.is_empty()).collect()
}

fn lines(
    source: &Source<'_>,
    below: &str,
    name: impl Fn(&str) -> Option<String>,
) -> Fact<Vec<(String, Origin)>> {
    source.conf_files(&conf_dirs(below), ".conf").and_then(|files| {
        let mut found = Vec::new();
        for file in files.into_iter().filter(|f| !f.masks) {
            let bytes = match source.bytes(&file.path) {
                Fact::Known(bytes) => bytes.unwrap_or_default(),
                Fact::Unknown { reason } => return Fact::Unknown { reason },
            };
            let document = Document::parse(&bytes, Dialect::ModulesLoadD);
            found.extend(document.entries().filter_map(|entry| {
                let origin = Origin { file: file.path.clone(), line: document.line_number(entry.id) };
                Some((name(&entry.value)?, origin))
            }));
        }
        Fact::Known(found)
    })
}

fn find(list: &Fact<Vec<(String, Origin)>>, name: &ModuleName) -> Fact<Option<Origin>> {
    match list {
        Fact::Known(list) => {
            Fact::Known(list.iter().find(|(n, _)| same(n, name)).map(|(_, origin)| origin.clone()))
        }
        Fact::Unknown { reason } => Fact::unknown(reason),
    }
}

fn first_word(line: &str) -> Option<&str> {
    line.split_ascii_whitespace().next()
}

fn same(text: &str, name: &ModuleName) -> bool {
    text.len() == name.0.len()
        && text.bytes().zip(name.0.bytes()).all(|(a, b)| a == b || (a == b'-' && b == b'_'))
}
