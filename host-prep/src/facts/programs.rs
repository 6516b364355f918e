//! Which release the programs of a node say they are, where no package has them: a node may be made
//! of programs that somebody unpacked.

use std::collections::BTreeMap;
use std::time::Duration;

use super::source::Fact;
use super::unit::Unit;
use crate::{Host, Invocation};

/// By the names of their packages, which are what everything else asks for: the program, and what stands
/// before its release (`kubelet --version`, `crio --version`).
const PROGRAMS: [(&str, &str, &str); 2] =
    [("kubelet", "kubelet", "Kubernetes v"), ("cri-o", "crio", CRIO_SAYS)];
/// In every release.
pub(super) const CRIO_SAYS: &str = "crio version ";
/// A program that hangs must not hang who looks.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks the programs of these units on a running host, as their units name them.
pub(super) fn observe(
    host: &Host,
    packages: &Fact<BTreeMap<String, String>>,
    units: [Option<&Unit>; 2],
) -> BTreeMap<String, String> {
    if !host.is_running() {
        return BTreeMap::new();
    }
    let is_packaged = |name: &str| packages.known().is_some_and(|known| known.contains_key(name));
    let unknown = PROGRAMS.iter().zip(units).filter(|((name, ..), _)| !is_packaged(name));
    let told = unknown.filter_map(|((name, program, before), unit)| {
        let unit = unit.filter(|unit| unit.program() == Some(program))?;
        Some(((*name).to_owned(), asked(host, unit.commands.first()?.first()?, before)?))
    });
    told.collect()
}

/// The release that a program prints behind `before`.
pub(super) fn asked(host: &Host, program: &str, before: &str) -> Option<String> {
    let outcome = host.run_to_end(&Invocation::new(program, ["--version"]).within(PATIENCE)).ok()?;
    release(&outcome.stdout, before)
}

/// `1.34.0`, also of `v1.34.0-alpha.1+0123abc`.
fn release(stdout: &[u8], before: &str) -> Option<String> {
    let text = String::from_utf8_lossy(stdout);
    let word = text.lines().next()?.strip_prefix(before)?.split_whitespace().next()?;
    let release = word.split(['-', '+']).next()?;
    let is_release =
        release.split('.').count() >= 2 && release.split('.').all(|part| part.parse::<u32>().is_ok());
    is_release.then(|| release.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{ObserveOptions, observe};
    use crate::fs::{Mode, Root, set};
    use crate::test_util::Scripted;
    use std::path::Path;
    use std::sync::Arc;

    /// A kubelet of no package was of no minor, and nothing was said of its files.
    #[test]
    fn programs_are_asked_where_no_package_has_them() {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        let unit = |program: &str| format!("[Service]\nExecStart={program} --a\n");
        let status = "Package: cri-o\nStatus: install ok installed\nVersion: 1.34.11-1.1\n";
        for (path, text) in [
            ("/etc/os-release", "ID=debian\n".to_owned()),
            ("/var/lib/dpkg/status", status.to_owned()),
            ("/usr/lib/systemd/system/kubelet.service", unit("/opt/bin/kubelet")),
            ("/usr/lib/systemd/system/crio.service", unit("/usr/bin/crio")),
        ] {
            set(&root, Path::new(path), text.as_bytes(), Mode::PUBLIC).unwrap();
        }
        let programs = Arc::new(Scripted::new().says("/opt/bin/kubelet --version", "Kubernetes v1.35.2\n"));
        let host = Host::with_commands(root, programs.clone());
        let facts = observe(&host, &ObserveOptions::default());
        assert_eq!(facts.release_of("kubelet"), Some("1.35.2"));
        assert_eq!(facts.release_of("cri-o"), Some("1.34.11-1.1"));
        let asked: Vec<String> =
            programs.calls().into_iter().filter(|call| call.ends_with("--version")).collect();
        assert_eq!(asked, ["/opt/bin/kubelet --version"]);
        let tree = Host::offline(Root::open(dir.path()).unwrap());
        assert_eq!(observe(&tree, &ObserveOptions::default()).release_of("kubelet"), None);
    }

    #[test]
    fn releases_are_read_off_what_programs_print() {
        let said = |text: &str, before: &str| release(text.as_bytes(), before);
        assert_eq!(said("Kubernetes v1.35.0\n", "Kubernetes v").as_deref(), Some("1.35.0"));
        assert_eq!(said("Kubernetes v1.35.0-rc.1+a1\n", "Kubernetes v").as_deref(), Some("1.35.0"));
        assert_eq!(said("crio version 1.34.11\nVersion: 1\n", "crio version ").as_deref(), Some("1.34.11"));
        for odd in ["", "Kubernetes v\n", "Kubernetes vX.Y\n", "unknown flag: --version\n"] {
            assert_eq!(said(odd, "Kubernetes v"), None, "{odd}");
        }
    }
}
