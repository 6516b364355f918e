//! Which packages a host has, and which it will not let go of.

use std::path::Path;

use super::cache;
use crate::facts::distro::PackageManager;
pub(crate) use crate::facts::installed::DPKG_STATUS;
pub use crate::facts::installed::{Installed, rpm_query};
use crate::ground::error::chain;
use crate::text::{Dialect, Document};
use crate::{Host, Observed};

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

/// Of these packages those that are held as [`Manager::hold`](super::Manager::hold) holds them. For
/// zypper a pattern that somebody locked holds, too, and is not lifted by the name of a package.
pub(crate) fn held_of(
    host: &Host,
    manager: PackageManager,
    installed: &Installed,
    names: &[&str],
) -> Result<Vec<String>, crate::Error> {
    let locks = match manager {
        PackageManager::Zypper => host.root().read(Path::new(ZYPP_LOCKS))?.unwrap_or_default(),
        _ => Vec::new(),
    };
    let is_held =
        |name: &str| installed.held.iter().any(|held| held == name) || Lock::Zypp.holds(&locks, name);
    Ok(names.iter().filter(|name| is_held(name)).map(|name| (*name).to_owned()).collect())
}

/// dpkg's database with what was added to it since it was last written as a whole: a run that was
/// killed leaves that in files with numbers for names, a paragraph each (lib/dpkg/dbmodify.c).
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
