//! Which release of CRI-O is installed: what the package database says, else what the program
//! itself shows.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use memchr::memmem;

use super::installed::{DPKG_STATUS, Installed};
use super::programs::{CRIO_SAYS, asked};
use super::unit::Unit;
use crate::{Host, Invocation};

/// The CRI-O of a host.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct InstalledCrio {
    /// Its release as it was found, `1.34.11`; of a program that is not run the minor alone,
    /// `1.34`. `None` where nothing shows it.
    pub version: Option<String>,
    /// Where that was found.
    pub source: CrioSource,
}

/// What shows the release of CRI-O.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum CrioSource {
    /// The database of dpkg or rpm has this package.
    Package(String),
    /// There is this program.
    Program(PathBuf),
}

/// Where the program lies when no unit says so.
const PROGRAMS: [&str; 4] =
    ["/usr/local/sbin/crio", "/usr/local/bin/crio", "/usr/sbin/crio", "/usr/bin/crio"];
/// Where rpm keeps its database: since Fedora 36 and openSUSE 15, and before.
pub(crate) const RPM_DATABASES: [&str; 2] = ["/usr/lib/sysimage/rpm", "/var/lib/rpm"];
/// A program that hangs must not hang a check.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks which CRI-O is installed; `None` where there is none. A program is asked on a running host
/// and only read in a tree, and rpm's database of a tree is read by this machine's rpm where it has
/// one.
#[must_use]
pub fn installed_crio(host: &Host) -> Option<InstalledCrio> {
    of_packages(host).or_else(|| of_program(host))
}

/// The package is `cri-o`; in Ubuntu's old archives `cri-o-1.17`, in Fedora since 41 `cri-o1.34`
/// (its release in the name).
fn is_crio(name: &str) -> bool {
    let rest = name.strip_prefix("cri-o");
    rest.is_some_and(|rest| {
        rest.is_empty() || rest.trim_start_matches('-').chars().all(|c| c.is_ascii_digit() || c == '.')
    })
}

fn of_packages(host: &Host) -> Option<InstalledCrio> {
    let dpkg = host.root().read(Path::new(DPKG_STATUS)).ok().flatten();
    let dpkg = dpkg.and_then(|status| find(&Installed::of_dpkg(&status)));
    dpkg.or_else(|| find(&of_rpm(host)?))
}

fn find(installed: &Installed) -> Option<InstalledCrio> {
    let (name, version) = installed.versions.iter().find(|(name, _)| is_crio(name))?;
    let version = crate::PackageRelease::of_package(version).map(|release| release.to_string());
    let version = version.map(|version| version.trim_start_matches('v').to_owned());
    Some(InstalledCrio { version, source: CrioSource::Package(name.clone()) })
}

/// rpm reads a database by its path, which needs no root; a foreign one that it cannot read is as
/// good as none.
fn of_rpm(host: &Host) -> Option<Installed> {
    let database = RPM_DATABASES
        .iter()
        .find(|dir| host.root().list(Path::new(dir)).ok().flatten().is_some_and(|names| !names.is_empty()))?;
    let shown = host.root().shown(Path::new(database));
    let format = "%{NAME}\t%{VERSION}\n";
    let args = ["--dbpath", shown.to_str()?, "-qa", "--qf", format, "cri-o*"];
    let invocation = Invocation::new("rpm", args).within(PATIENCE);
    let outcome = host.run_to_end(&invocation).ok()?;
    Some(Installed::of_rpm(&String::from_utf8_lossy(&outcome.stdout)))
}

fn of_program(host: &Host) -> Option<InstalledCrio> {
    let named = Unit::of(host, "crio.service");
    let named = named.as_ref().and_then(|unit| Some(PathBuf::from(unit.commands.first()?.first()?)));
    let candidates = named.into_iter().chain(PROGRAMS.iter().map(PathBuf::from));
    let path = candidates.into_iter().find(|path| matches!(host.root().open_regular(path), Ok(Some(_))))?;
    let version = if host.is_running() { asked(host, path.to_str()?, CRIO_SAYS) } else { None };
    let version = version.or_else(|| read(host, &path));
    Some(InstalledCrio { version, source: CrioSource::Program(path) })
}

fn read(host: &Host, path: &Path) -> Option<String> {
    let mut file = host.root().open_regular(path).ok().flatten()?;
    let mut bytes = Vec::new();
    file.by_ref().take(MOST).read_to_end(&mut bytes).ok()?;
    minor_in(&bytes).map(|minor| format!("1.{minor}"))
}

/// A program of CRI-O has about 70 MB.
const MOST: u64 = 512 << 20;

/// The minor of a CRI-O program, found without running it.
///
/// The linker runs constants into each other, so that the own version cannot be told from what
/// stands beside it. Go's list of modules can be read: CRI-O is built with `k8s.io/cri-api v0.N` of
/// its own minor N, or of the one before (1.32.0 was; `go.mod` of every tag since 1.28). Which of
/// the two it is, the constant tells: it is there with one minor and not with the other.
fn minor_in(program: &[u8]) -> Option<u16> {
    const MODULE: &[u8] = b"dep\tk8s.io/cri-api\tv0.";
    let at = memmem::find(program, MODULE)? + MODULE.len();
    let digits = program.get(at..)?.iter().take_while(|byte| byte.is_ascii_digit());
    let minor: u16 = String::from_utf8(digits.copied().collect()).ok()?.parse().ok()?;
    // Older ones replace the module by one without a number.
    let minor = Some(minor).filter(|minor| *minor >= 28)?;
    let holds = |minor: u16| holds_constant(program, format!("1.{minor}.").as_bytes());
    Some(if !holds(minor) && holds(minor + 1) { minor + 1 } else { minor })
}

/// Is `1.34.` there with a digit behind it, and not as `v1.34.`, which is some module's?
fn holds_constant(program: &[u8], text: &[u8]) -> bool {
    let mut rest = program;
    while let Some(at) = memmem::find(rest, text) {
        let before = at.checked_sub(1).map(|at| rest[at]);
        let behind = rest.get(at + text.len());
        if before != Some(b'v') && behind.is_some_and(u8::is_ascii_digit) {
            return true;
        }
        rest = &rest[at + text.len()..];
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Root;

    fn tree(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Host) {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        for (path, bytes) in files {
            crate::fs::set(&root, Path::new(path), bytes, crate::fs::Mode::PUBLIC).unwrap();
        }
        (dir, Host::offline(root))
    }

    fn dpkg(name: &str, version: &str) -> Vec<u8> {
        format!("Package: {name}\nStatus: hold ok installed\nVersion: {version}\n").into_bytes()
    }

    #[test]
    fn the_package_says_it_whatever_it_is_called() {
        for (name, version, wanted) in
            [("cri-o", "1.34.11-1.1", "1.34.11"), ("cri-o-1.17", "1.17.5~2", "1.17.5")]
        {
            let (_dir, host) = tree(&[(DPKG_STATUS, &dpkg(name, version))]);
            let found = installed_crio(&host).unwrap();
            assert_eq!(found.version.as_deref(), Some(wanted));
            assert_eq!(found.source, CrioSource::Package(name.to_owned()));
        }
        assert!(is_crio("cri-o1.34"));
        assert!(!is_crio("cri-o-runc") && !is_crio("crictl") && !is_crio("cri-o-doc"));
    }

    #[test]
    fn a_program_is_read_and_not_run() {
        let program = b"\x7fELF dep\tk8s.io/cri-api\tv0.34.10\t\n key=11.34.11profile v1.33.0";
        let (_dir, host) = tree(&[("/usr/bin/crio", program)]);
        let found = installed_crio(&host).unwrap();
        assert_eq!(found.version.as_deref(), Some("1.34"));
        assert_eq!(found.source, CrioSource::Program("/usr/bin/crio".into()));
    }

    #[test]
    fn a_program_built_with_the_api_of_the_minor_before_is_told() {
        assert_eq!(minor_in(b"dep\tk8s.io/cri-api\tv0.31.4\t\n 1.32.0 otel/v1.31.0"), Some(32));
        assert_eq!(minor_in(b"dep\tk8s.io/cri-api\tv0.0.0\t\n"), None);
    }

    #[test]
    fn a_program_that_shows_nothing_is_there_all_the_same() {
        let (_dir, host) = tree(&[("/usr/bin/crio", b"#!/bin/sh\n")]);
        assert_eq!(installed_crio(&host).unwrap().version, None);
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        let (_dir, host) = tree(&[]);
        assert_eq!(installed_crio(&host), None);
    }
}
