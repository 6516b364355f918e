//! Real package managers on repositories built here: dnf and zypper into trees, apt in a tree that
//! is a whole Debian host.

mod apt;
mod bundle;
mod bundle_cli;
mod faults;
mod keys;
mod probe;
mod readers;
mod rpm;
mod stages;
mod upgrade;
mod versions;

use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use host_prep::distro::PackageManager;
use host_prep::mirrors::{Artefact, Format, Location};
use host_prep::package::{Packages, Wanted};
use host_prep::repo::{CheckedKeys, Places, Repositories, Repository, Trust};
use host_prep::{
    Applied, ApplyError, ApplyOptions, Back, Desired, Host, NoProgress, Plan, Rollback, apply, rollback,
    verify,
};
use k8sprep_tests::local_repo::{Key, LocalRepo, missing};
use k8sprep_tests::skip;

/// The time all tests agree on: 2026-11-23.
const NOW: u64 = 1_795_392_000;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Whether a test can run here. Says why where it cannot.
fn have(programs: &[&'static str]) -> bool {
    let missing = missing(programs);
    if !missing.is_empty() {
        skip(format_args!("{} not installed", missing.join(", ")));
    } else if !rustix::process::geteuid().is_root() {
        skip("package managers want root");
        return false;
    }
    missing.is_empty()
}

/// kubelet of `release` from `repo`, trusted by `key`.
fn desired(repo: &LocalRepo, places: Places, manager: PackageManager, key: &Key, release: &str) -> Desired {
    let format = places.format();
    let dir = repo.packages(match format {
        Format::Rpm => "rpm",
        Format::Deb => "deb",
    });
    desired_at(&format!("file://{}/", dir.display()), places, manager, key, release)
}

fn desired_at(url: &str, places: Places, manager: PackageManager, key: &Key, release: &str) -> Desired {
    let (repository, key_file) = repository(url, places, key);
    let kubelet = Wanted::of("kubelet", release.parse().unwrap());
    repository.with(Packages::new(manager, [kubelet]).trusting([key_file]))
}

/// A repository trusted by `key`, and where the key is written.
fn repository(url: &str, places: Places, key: &Key) -> (Desired, PathBuf) {
    let pins = [key.fingerprint.parse().unwrap()];
    let keys = CheckedKeys::check(key.armoured.clone(), &pins, crate::at(NOW)).unwrap();
    let key_file: PathBuf = places.key_file(Artefact::Kubernetes);
    let location = Location::flat(&url.parse().unwrap(), places.format());
    let repository = Repository::new(Artefact::Kubernetes, location, Trust::Keys(keys));
    (Desired::new().with(Repositories::new(places).with(repository)), key_file)
}

fn plan_of(host: &Host, desired: &Desired) -> Plan {
    verify(host, desired)
}

fn try_apply(host: &Host, desired: &Desired) -> Result<Applied, ApplyError> {
    apply(host, desired, &plan_of(host, desired), &ApplyOptions::default(), &mut NoProgress)
}

/// Applies; the second plan has to be empty.
fn apply_all(host: &Host, desired: &Desired) {
    let applied = try_apply(host, desired).unwrap();
    assert!(!applied.stopped, "{applied:?}");
    let again = plan_of(host, desired);
    assert!(again.is_done(), "{again:?}");
}

/// Applies and expects failure with everything rolled back; gives what was said.
fn refused(host: &Host, desired: &Desired) -> String {
    let todo = plan_of(host, desired);
    let Err(ApplyError::Failed(failed)) = try_apply(host, desired) else { panic!("no failure of {todo:?}") };
    let failure = failed.cause.to_string();
    assert!(failed.is_rolled_back(), "{failed:?}");
    let again = plan_of(host, desired);
    assert!(!again.steps().is_empty(), "nothing is left half done");
    failure
}

fn take_back(host: &Host) -> Rollback {
    rollback(host, Back::Newest, Default::default(), &mut NoProgress).unwrap()
}
