//! Packages of another release on a host that is a node, and back. Their repositories are files of
//! the caller's.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::facts::distro::PackageManager;
use crate::mirrors::Artefact;
use crate::package::{Direction, Manager, Wanted, all_end, held_of, installed_now, left_over_ends, run_all};
use crate::repo::{Places, copies, id};
use crate::{Error, Host, Invocation, Watch};

/// What an upgrade changes, and what comes along with it.
const NAMES: [&str; 6] = ["kubeadm", "kubectl", "kubelet", "cri-o", "cri-tools", "kubernetes-cni"];

/// Packages with their versions, as the package manager says them.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PackageVersions {
    /// Version by name.
    pub versions: BTreeMap<String, String>,
    /// Those that are held.
    #[serde(default)]
    pub held: Vec<String>,
}

impl PackageVersions {
    /// Those that have another version by `now`, or are gone, with the version that they had here.
    #[must_use]
    pub fn moved_since(&self, now: &Self) -> Vec<(&str, &str)> {
        let other = |(name, version): &(&String, &String)| now.versions.get(*name) != Some(*version);
        self.versions.iter().filter(other).map(|(name, version)| (&**name, &**version)).collect()
    }
}

/// The packages that an upgrade changes, as they are now.
///
/// # Errors
///
/// When the package manager cannot be asked.
pub fn packages_now(host: &Host, manager: PackageManager) -> Result<PackageVersions, Error> {
    let all = installed_now(host, manager)?;
    let own = |name: &&&str| all.versions.contains_key(**name);
    let versions = NAMES.iter().filter(own).map(|name| ((*name).to_owned(), all.versions[*name].clone()));
    let held = held_of(host, manager, &all, &NAMES)?;
    Ok(PackageVersions { versions: versions.collect(), held })
}

/// Which repositories of a host are asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "all of them or one")]
pub enum Asked {
    /// All that it has.
    All,
    /// The one of a bundle alone: where a bundle is used no other one answers.
    Bundle,
}

impl Asked {
    /// As the host is: where it has the repository of a bundle, its packages came from that one.
    ///
    /// # Errors
    ///
    /// Where its files cannot be read.
    pub fn of(host: &Host, manager: PackageManager) -> Result<Self, Error> {
        let file = places(manager).file(Artefact::Bundle);
        Ok(if host.root().kind(&file)?.is_some() { Self::Bundle } else { Self::All })
    }

    /// What a package manager is told of it: the repositories that it asks, by name; none for all.
    fn only(self) -> Vec<String> {
        if self == Self::Bundle { vec![id(Artefact::Bundle).to_owned()] } else { Vec::new() }
    }

    /// The keys that rpm has to know first: those of a bundle are known to no rpm of this host.
    fn keys(self, host: &Host, manager: PackageManager) -> Result<Vec<PathBuf>, Error> {
        let file = places(manager).key_file(Artefact::Bundle);
        let is_wanted = self == Self::Bundle && manager != PackageManager::Apt;
        Ok(if is_wanted && host.root().kind(&file)?.is_some() { vec![file] } else { Vec::new() })
    }
}

/// The package manager of this host, which asks these repositories (`Asked::only`).
fn asking(manager: PackageManager, only: &[String]) -> Manager<'_> {
    Manager { only, ..Manager::of_host(manager) }
}

fn places(manager: PackageManager) -> Places {
    match manager {
        PackageManager::Apt => Places::Apt,
        PackageManager::Zypper => Places::Zypp,
        _ => Places::Yum,
    }
}

/// The digests of the bundles that repository files of the host name: their copies are wanted by
/// a way back.
///
/// # Errors
///
/// Where one of the files cannot be read.
pub fn bundles_now(host: &Host) -> Result<Vec<String>, Error> {
    copies::named(host)
}

/// What installs them, in order. Where the package manager has holds they are lifted for it, and all of
/// them are held afterwards, also what was not: a node's packages are to be.
fn installs(own: Manager<'_>, keys: &[PathBuf], wanted: &[Wanted]) -> Vec<Invocation> {
    let names: Vec<String> = wanted.iter().map(|one| one.name.clone()).collect();
    let all: Vec<&Wanted> = wanted.iter().collect();
    let (hold, unhold) = own.hold(&names).unzip();
    unhold.into_iter().chain(own.install(&all, keys, Direction::Up)).chain(hold).collect()
}

/// Ends what a package manager was at that a killed run left: waits for it, and finishes what it
/// left half configured.
///
/// # Errors
///
/// Where one goes on for ten minutes.
fn packages_finish(host: &Host, manager: PackageManager, watch: &mut dyn Watch) -> Result<(), Error> {
    left_over_ends(host, watch)?;
    if installed_now(host, manager)?.unfinished.is_empty() {
        return Ok(());
    }
    all_end(host, manager, watch)?;
    // Where it fails the next installation says why.
    let _ = Manager::of_host(manager).finish().map(|command| run_all(host, &[command], watch));
    Ok(())
}

/// Has the package manager read its repositories again.
///
/// # Errors
///
/// Where one of them does not answer.
pub fn refresh(
    host: &Host,
    (manager, asked): (PackageManager, Asked),
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    all_end(host, manager, watch)?;
    run_all(host, &asking(manager, &asked.only()).refresh(), watch)
}

/// Fetches packages and installs none, so that what cannot be had is known before anything is changed.
///
/// # Errors
///
/// Where the repositories do not have one of them.
pub fn download(
    host: &Host,
    (manager, asked): (PackageManager, Asked),
    wanted: &[Wanted],
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    all_end(host, manager, watch)?;
    let all: Vec<&Wanted> = wanted.iter().collect();
    let keys = asked.keys(host, manager)?;
    let only = asked.only();
    let own = asking(manager, &only);
    // apt has an option for it, and dnf no holds; zypper solves nothing past a lock, not even to fetch.
    let held = if manager == PackageManager::Zypper { packages_now(host, manager)?.held } else { Vec::new() };
    let held: Vec<String> =
        held.into_iter().filter(|name| wanted.iter().any(|one| one.name == *name)).collect();
    let Some((lock, unlock)) = own.hold(&held).filter(|_| !held.is_empty()) else {
        return run_all(host, &own.download(&all, &keys), watch);
    };
    run_all(host, &[unlock], watch)?;
    let fetched = run_all(host, &own.download(&all, &keys), watch);
    fetched.and(run_all(host, &[lock], watch))
}

/// Installs packages of another release.
///
/// # Errors
///
/// Where the package manager fails.
pub fn upgrade_packages(
    host: &Host,
    (manager, asked): (PackageManager, Asked),
    wanted: &[Wanted],
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    packages_finish(host, manager, watch)?;
    all_end(host, manager, watch)?;
    let keys = asked.keys(host, manager)?;
    let only = asked.only();
    let own = asking(manager, &only);
    run_all(host, &installs(own, &keys, wanted), watch)
}

/// Brings every package back to the version that it had. What went back.
///
/// # Errors
///
/// Where a version is not to be had any more; what went back until then stays so.
pub fn bring_back(
    host: &Host,
    (manager, asked): (PackageManager, Asked),
    before: &PackageVersions,
    watch: &mut dyn Watch,
) -> Result<Vec<String>, Error> {
    packages_finish(host, manager, watch)?;
    let now = packages_now(host, manager)?;
    let moved = before.moved_since(&now);
    if moved.is_empty() {
        return Ok(Vec::new());
    }
    all_end(host, manager, watch)?;
    let names: Vec<String> = moved.iter().map(|(name, _)| (*name).to_owned()).collect();
    if let Some((_, unhold)) = Manager::of_host(manager).hold(&names) {
        run_all(host, &[unhold], watch)?;
    }
    // One transaction: each may want the others of its own release.
    let only = asked.only();
    let own = asking(manager, &only);
    run_all(host, &[own.put_all_back(&moved)], watch)?;
    Ok(names)
}

/// Holds these packages, and no other one that an upgrade changes.
///
/// # Errors
///
/// Where the package manager fails.
pub fn hold(
    host: &Host,
    manager: PackageManager,
    names: &[String],
    watch: &mut dyn Watch,
) -> Result<(), Error> {
    let now = packages_now(host, manager)?;
    let there = |name: &String| now.versions.contains_key(name);
    let missing: Vec<String> =
        names.iter().filter(|name| there(name) && !now.held.contains(name)).cloned().collect();
    let surplus: Vec<String> = now.held.iter().filter(|name| !names.contains(name)).cloned().collect();
    let own = Manager::of_host(manager);
    let hold = own.hold(&missing).filter(|_| !missing.is_empty()).map(|(hold, _)| hold);
    let unhold = own.hold(&surplus).filter(|_| !surplus.is_empty()).map(|(_, unhold)| unhold);
    let commands: Vec<Invocation> = hold.into_iter().chain(unhold).collect();
    if commands.is_empty() {
        return Ok(());
    }
    all_end(host, manager, watch)?;
    run_all(host, &commands, watch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_of_zypper_are_known_and_come_back() {
        use crate::test_util::scripted::Scripted;
        let dir = tempfile::tempdir().unwrap();
        let root = crate::fs::Root::open(dir.path()).unwrap();
        let locks = b"type: package\nmatch_type: glob\ncase_sensitive: on\nsolvable_name: kubelet\n";
        crate::fs::set(&root, std::path::Path::new("/etc/zypp/locks"), locks, crate::fs::Mode::PUBLIC)
            .unwrap();
        let rpm = Scripted::new().says("rpm", "kubectl\t1.34.1-1\nkubelet\t1.34.1-1\n");
        let rpm = std::sync::Arc::new(rpm);
        let host = Host::with_commands(root, std::sync::Arc::clone(&rpm) as _);
        assert_eq!(packages_now(&host, PackageManager::Zypper).unwrap().held, ["kubelet"]);
        assert_eq!(packages_now(&host, PackageManager::Dnf4).unwrap().held, [""; 0]);
        for (wanted, said) in
            [("kubelet", &[][..]), ("kubectl", &["zypper addlock kubectl", "zypper removelock kubelet"])]
        {
            hold(&host, PackageManager::Zypper, &[wanted.to_owned()], &mut crate::NoProgress).unwrap();
            let calls = rpm.calls();
            let locks: Vec<_> = calls.iter().filter(|call| call.starts_with("zypper")).collect();
            assert_eq!(locks, said, "{wanted}");
        }
    }

    #[test]
    fn what_has_another_version_or_is_gone_has_moved() {
        let of = |versions: &[(&str, &str)]| PackageVersions {
            versions: versions.iter().map(|(name, version)| ((*name).into(), (*version).into())).collect(),
            held: Vec::new(),
        };
        let before = of(&[("cri-o", "1.33.1"), ("kubectl", "1.33.1"), ("kubelet", "1.33.1")]);
        let now = of(&[("cri-tools", "1.34.0"), ("kubectl", "1.34.2"), ("kubelet", "1.33.1")]);
        assert_eq!(before.moved_since(&now), [("cri-o", "1.33.1"), ("kubectl", "1.33.1")]);
        assert!(before.moved_since(&before).is_empty());
    }
}
