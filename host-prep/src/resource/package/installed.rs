//! Which packages a host has, and which it will not let go of.

use std::collections::BTreeMap;
use std::path::Path;

use super::cache;
use crate::facts::distro::PackageManager;
use crate::plan::observed::chain;
use crate::text::{Dialect, Document};
use crate::{Host, Invocation, Observed};

/// dpkg's database: every package it knows, a paragraph each.
pub(crate) const DPKG_STATUS: &str = "/var/lib/dpkg/status";

/// What changed since it was written.
const DPKG_UPDATES: &str = "/var/lib/dpkg/updates";

/// What `zypper addlock` writes to.
pub(super) const ZYPP_LOCKS: &str = "/etc/zypp/locks";

/// Files that keep packages from being changed, and how each lists them.
const LOCKS: &[(&str, Lock)] = &[
    ("/etc/dnf/plugins/versionlock.list", Lock::Version),
    ("/etc/yum/pluginconf.d/versionlock.list", Lock::Version),
    // dnf 5 has a file and a format of its own.
    ("/etc/dnf/versionlock.toml", Lock::Toml),
    (ZYPP_LOCKS, Lock::Zypp),
    ("/etc/dnf/dnf.conf", Lock::Exclude),
    ("/etc/yum.conf", Lock::Exclude),
];

#[derive(Clone, Copy, Debug)]
enum Lock {
    Version,
    Toml,
    Zypp,
    Exclude,
}

/// Installed packages with their versions: `[epoch:]version-release` for rpm, Debian's own for dpkg.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Installed {
    /// Version by name.
    pub versions: BTreeMap<String, String>,
    /// Packages that `apt-mark hold` keeps.
    pub held: Vec<String>,
    /// Packages that dpkg does not have and was told to install: what an installation leaves that was cut short.
    pub chosen: Vec<String>,
    /// Packages that dpkg has unpacked, or begun to, and did not configure to the end.
    pub unfinished: Vec<String>,
}

impl Installed {
    /// Reads what [`rpm_query`] printed.
    #[must_use]
    pub fn of_rpm(text: &str) -> Self {
        let mut found = Self::default();
        for (name, version) in text.lines().filter_map(|line| line.split_once('\t')) {
            // Keys and kernels are installed beside each other: then the version is part of the name, as rpm has it.
            let key = if name == "gpg-pubkey" || found.versions.contains_key(name) {
                format!("{name}-{version}")
            } else {
                name.to_owned()
            };
            found.versions.insert(key, version.to_owned());
        }
        found
    }

    /// Reads `/var/lib/dpkg/status`. A package counts from the moment its files are unpacked; of two paragraphs for one
    /// the later counts.
    #[must_use]
    pub fn of_dpkg(status: &[u8]) -> Self {
        let mut found = Self::default();
        let text = String::from_utf8_lossy(status);
        for paragraph in text.split("\n\n") {
            let field = |name: &str| {
                let line = paragraph.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
                line.map(str::trim)
            };
            let (Some(name), Some(state)) = (field("Package"), field("Status")) else { continue };
            let mut words = state.split_whitespace();
            let (want, state) = (words.next(), words.nth(1));
            for list in [&mut found.held, &mut found.chosen, &mut found.unfinished] {
                list.retain(|listed| listed != name);
            }
            found.versions.remove(name);
            if want == Some("hold") {
                found.held.push(name.to_owned());
            }
            if want == Some("install") && state == Some("not-installed") {
                found.chosen.push(name.to_owned());
            }
            if !matches!(state, Some("not-installed" | "config-files") | None) {
                let version = field("Version").unwrap_or_default();
                found.versions.insert(name.to_owned(), version.to_owned());
                if state != Some("installed") {
                    found.unfinished.push(name.to_owned());
                }
            }
        }
        found
    }

    /// What it prints when it is written to a file, a line for each package.
    pub(crate) fn to_text(&self) -> String {
        self.versions.iter().map(|(name, version)| format!("{name}\t{version}\n")).collect()
    }
}

/// What asks rpm for every package. `tree` is the root of a host that does not run.
#[must_use]
pub fn rpm_query(tree: Option<&Path>) -> Invocation {
    let format = "%{NAME}\t%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\n";
    let root = tree.map(|tree| vec!["--root".to_owned(), tree.display().to_string()]).unwrap_or_default();
    let args = root.into_iter().chain(["-qa", "--qf", format].map(str::to_owned));
    Invocation::new("rpm", args)
}

/// Whether packages are in dpkg's database; in rpm's otherwise.
pub(crate) fn is_deb(manager: PackageManager) -> bool {
    manager == PackageManager::Apt
}

/// The tree a package manager has to be pointed at; `None` for the running host.
pub(crate) fn tree(host: &Host) -> Option<&Path> {
    host.image_root()
}

/// The name under which rpm's answer is kept while a plan is made.
const RPM: &str = "rpm";

/// Adds to `seen` what [`installed`] and [`locked`] will ask for.
pub(crate) fn observe(host: &Host, seen: &mut Observed, manager: PackageManager) {
    if is_deb(manager) {
        seen.look(host, Path::new(DPKG_STATUS));
        return;
    }
    match tree(host) {
        Some(_) => seen.ask(host, RPM, &rpm_query(tree(host))),
        None if seen.was_asked(RPM) => {}
        None => seen.told(RPM.to_owned(), cache::rpm(host).map_err(|error| chain(&error))),
    }
    for (path, _) in LOCKS {
        seen.look(host, Path::new(path));
    }
}

/// What is installed, as it was seen.
pub(crate) fn installed(seen: &Observed, manager: PackageManager) -> Result<Installed, String> {
    if is_deb(manager) {
        let look = seen.file(Path::new(DPKG_STATUS))?;
        return Ok(Installed::of_dpkg(look.node.bytes().unwrap_or_default()));
    }
    seen.answer(RPM).map(Installed::of_rpm)
}

/// What is installed right now.
pub(crate) fn installed_now(host: &Host, manager: PackageManager) -> Result<Installed, crate::Error> {
    if is_deb(manager) {
        return Ok(Installed::of_dpkg(&dpkg_status(host)?));
    }
    let outcome = host.run(&rpm_query(tree(host)))?;
    Ok(Installed::of_rpm(&String::from_utf8_lossy(&outcome.stdout)))
}

/// dpkg's database with what was added to it since it was last written as a whole: a run that was killed leaves that in
/// files with numbers for names, a paragraph each (lib/dpkg/dbmodify.c).
fn dpkg_status(host: &Host) -> Result<Vec<u8>, crate::Error> {
    let mut status = host.root().read(Path::new(DPKG_STATUS))?.unwrap_or_default();
    let dir = Path::new(DPKG_UPDATES);
    let mut names = host.root().list(dir)?.unwrap_or_default();
    names.retain(|name| name.to_str().is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit())));
    names.sort();
    for name in names {
        status.extend_from_slice(b"\n\n");
        status.extend(host.root().read(&dir.join(name))?.unwrap_or_default());
    }
    Ok(status)
}

/// The file that keeps the package `name` from being changed, outside of our own repository file.
pub(crate) fn locked(seen: &Observed, installed: &Installed, name: &str) -> Option<String> {
    if installed.held.iter().any(|held| held == name) {
        return Some(format!("`apt-mark hold` (release it with `apt-mark unhold {name}`)"));
    }
    let holds = |(path, lock): &&(&str, Lock)| lock.holds(seen.bytes(Path::new(path)), name);
    LOCKS.iter().find(holds).map(|(path, _)| (*path).to_owned())
}

impl Lock {
    fn holds(self, bytes: &[u8], name: &str) -> bool {
        let text = String::from_utf8_lossy(bytes);
        match self {
            // `kubelet-0:1.34.2-1.*`; a line with `!` excludes a version.
            Self::Version => {
                let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '!']));
                lines.map(lock_name).any(|locked| matches(&locked, name))
            }
            // `[[packages]]` with a `name`; whatever its conditions are, the admin wants a say.
            Self::Toml => {
                let keys = text.lines().filter_map(|line| line.split_once('='));
                let names = keys.filter(|(key, _)| key.trim() == "name").map(|(_, value)| value.trim());
                let mut quoted =
                    names.filter_map(|value| value.strip_prefix(['"', '\''])?.split(['"', '\'']).next());
                quoted.any(|locked| matches(locked, name))
            }
            Self::Zypp => {
                let names = text.lines().filter_map(|line| line.strip_prefix("solvable_name:"));
                names.map(str::trim).any(|locked| matches(locked, name))
            }
            Self::Exclude => {
                let file = Document::parse(bytes, Dialect::Repo);
                let keys = ["exclude", "excludepkgs"];
                let listed =
                    keys.iter().filter_map(|key| file.value(Some("main"), key)).collect::<Vec<_>>().join(" ");
                listed
                    .split([' ', ',', '\n', '\t'])
                    .any(|pattern| !pattern.is_empty() && matches(pattern, name))
            }
        }
    }
}

/// The name in `[epoch:]name-[epoch:]version-release.arch`: what stands before the last two dashes.
fn lock_name(line: &str) -> String {
    let line = line
        .split_once(':')
        .filter(|(epoch, _)| epoch.bytes().all(|b| b.is_ascii_digit()))
        .map_or(line, |(_, rest)| rest);
    let mut parts = line.rsplitn(3, '-');
    let (_, _, name) = (parts.next(), parts.next(), parts.next());
    name.unwrap_or(line).to_owned()
}

/// A shell pattern with `*` and `?`.
fn matches(pattern: &str, name: &str) -> bool {
    match (pattern.chars().next(), name.chars().next()) {
        (None, None) => true,
        (Some('*'), _) => {
            matches(&pattern[1..], name)
                || name.chars().next().is_some_and(|c| matches(pattern, &name[c.len_utf8()..]))
        }
        (Some('?'), Some(c)) => matches(&pattern[1..], &name[c.len_utf8()..]),
        (Some(p), Some(c)) if p == c => matches(&pattern[p.len_utf8()..], &name[c.len_utf8()..]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dpkg_counts_what_is_unpacked_and_knows_holds() {
        let status = b"Package: kubelet\nStatus: hold ok installed\nDescription: x\n Version: no\nVersion: 1.34.2-1.1\n\n\
            Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n\
            Package: cut\nStatus: install ok not-installed\n\nPackage: half\nStatus: install ok unpacked\nVersion: 2\n";
        let found = Installed::of_dpkg(status);
        assert_eq!(found.to_text(), "half\t2\nkubelet\t1.34.2-1.1\n");
        assert_eq!(found.held, ["kubelet"]);
        assert_eq!(found.chosen, ["cut"]);
    }

    #[test]
    fn what_dpkg_added_to_its_database_counts_more_than_the_database() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(crate::fs::Root::open(dir.path()).unwrap());
        let put = |name: &str, text: &str| {
            let path = dir.path().join("var/lib/dpkg").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            crate::fs::write_new(&path, text.as_bytes(), crate::fs::Mode::PUBLIC).unwrap();
        };
        put(
            "status",
            "Package: a\nStatus: install ok not-installed\n\nPackage: b\nStatus: install ok installed\nVersion: 1\n",
        );
        put("updates/0001", "Package: a\nStatus: install reinstreq half-installed\nVersion: 1\n");
        put("updates/0002", "Package: a\nStatus: install ok unpacked\nVersion: 2\n");
        put("updates/tmp.i", "Package: b\nSta");
        let found = installed_now(&host, PackageManager::Apt).unwrap();
        assert_eq!(found.to_text(), "a\t2\nb\t1\n");
        assert_eq!((found.chosen.len(), found.unfinished), (0, vec!["a".to_owned()]));
    }

    #[test]
    fn rpm_lines_are_name_and_version() {
        let found = Installed::of_rpm("kubelet\t1.34.2-150500.1.1\ncri-o\t1:1.34.1-1\n");
        assert_eq!(found.versions.get("cri-o").map(String::as_str), Some("1:1.34.1-1"));
    }

    #[test]
    fn locks_of_every_kind_are_found() {
        assert!(Lock::Version.holds(b"# comment\nkubelet-0:1.34.2-1.*\n", "kubelet"));
        assert!(!Lock::Version.holds(b"!kubelet-0:1.34.2-1.*\nkubelet-extra-0:1-1.*\n", "kubelet"));
        assert!(Lock::Version.holds(b"0:cri-o-1.34.1-1.*\n", "cri-o"));
        let toml = b"version = \"1.0\"\n\n[[packages]]\nname = \"kubelet\" # why\n[[packages.conditions]]\nkey = \"evr\"\n\
            comparator = \"=\"\nvalue = \"0:1.34.2-1\"\n";
        assert!(Lock::Toml.holds(toml, "kubelet") && !Lock::Toml.holds(toml, "kubectl"));
        assert!(Lock::Zypp.holds(b"type: package\nmatch_type: glob\nsolvable_name: kube*\n", "kubelet"));
        assert!(Lock::Exclude.holds(b"[main]\nexclude=foo,kube?et\n bar\n", "kubelet"));
        assert!(!Lock::Exclude.holds(b"[main]\nexclude=foo\n", "kubelet"));
    }
}
