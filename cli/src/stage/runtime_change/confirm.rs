//! The point of no return: data and packages of the old runtime go.

use std::path::{Path, PathBuf};

use host_prep::cluster::{self, Leftover, RuntimeChange};
use host_prep::distro::PackageManager;
use host_prep::{Host, Invocation, NoProgress};

use super::{ChangeRuntime, Deleted, Outcome, RuntimeChanged, begun};
use crate::migrate::Runtime;
use crate::stage::carry::agreed;
use crate::stage::halfway::turn;
use crate::stage::packages::package_manager;
use crate::stage::size::size;
use crate::stage::{ChangeError, Error, Question, Reporter};

const CONTAINERD: &str = Runtime::Containerd.as_str();
/// What containerd keeps, and nobody else.
const OF_CONTAINERD: &str = "/var/lib/containerd";
/// The same of docker, whose containerd has no other user here: one that has stops the change.
const OF_DOCKER: [&str; 4] =
    ["/var/lib/docker", OF_CONTAINERD, "/var/lib/dockershim", "/var/lib/cri-dockerd"];
/// Volumes are people's, also those of containers that are no pods.
const VOLUMES: &str = "/var/lib/docker/volumes";
/// What docker keeps there for itself.
const NO_VOLUMES: [&str; 2] = ["metadata.db", "backingFsBlockDev"];
const PACKAGES: [&str; 8] = [
    "docker-ce",
    "docker-ce-cli",
    "docker-ce-rootless-extras",
    "docker-buildx-plugin",
    "docker-compose-plugin",
    "docker.io",
    "moby-engine",
    "cri-dockerd",
];
/// As Red Hat's and SUSE's distributions call it; Debian's `docker` is something else.
const DOCKER_OF_RPM: &str = "docker";

impl ChangeRuntime {
    /// Deletes data and packages of the old runtime, after a reboot that the node survived with CRI-O.
    /// Nothing takes this back.
    pub fn confirm(&self, host: &Host, report: &mut dyn Reporter) -> (RuntimeChanged, Result<(), Error>) {
        let mut done = RuntimeChanged { state: "changed", ..RuntimeChanged::default() };
        let ended = self.go_and_delete(host, &mut done, report);
        (done, ended)
    }

    fn go_and_delete(
        &self,
        host: &Host,
        done: &mut RuntimeChanged,
        report: &mut dyn Reporter,
    ) -> Outcome<()> {
        may_delete(host, &begun(host)?)?;
        let _turn = turn(host, self.wait, report)?;
        // Whoever had the turn before may have gone back, or confirmed.
        let mut change = begun(host)?;
        may_delete(host, &change)?;
        done.from.clone_from(&change.from);
        let data = data(host, &change.from, done)?;
        let manager = package_manager(host);
        let packages = match manager {
            Some(manager) => cluster::installed_of(host, manager, &names(&change.from, manager))?,
            None => Vec::new(),
        };
        data.iter().for_each(|one| report.note(&format_args!("{}: {}", one.what, shown(one.size))));
        packages.iter().for_each(|package| report.note(&format_args!("package {package}")));
        agreed(Question::RuntimeData, report)?;
        // Known before the first one goes: a way back would end at a unit whose package is gone.
        change.deleting = true;
        cluster::keep_runtime_change(host, Some(change))?;
        if let (Some(manager), false) = (manager, packages.is_empty()) {
            cluster::remove_packages(host, manager, &packages, &mut *report.watch()?)?;
            done.deleted.extend(packages.into_iter().map(|what| Deleted { what, bytes: None }));
        }
        let stays = cluster::purge(host, &data);
        let goes = data.into_iter().filter(|one| !stays.iter().any(|(what, _)| *what == one.what));
        done.deleted.extend(goes.map(|one| Deleted { what: one.what, bytes: one.size }));
        if !stays.is_empty() {
            let left = stays.into_iter().map(|(what, why)| format!("{what}: {why}")).collect();
            return Err(ChangeError::NotDeleted { left }.into());
        }
        done.state = "confirmed";
        Ok(cluster::keep_runtime_change(host, None)?)
    }
}

/// The node has to have survived a reboot with CRI-O.
fn may_delete(host: &Host, change: &RuntimeChange) -> Outcome<()> {
    let boot = change.boot.as_deref().ok_or(ChangeError::NotAtItsEnd)?;
    if boot.is_empty() || boot == cluster::boot_id(host)? {
        return Err(ChangeError::NoReboot.into());
    }
    match runs_again(host, &change.from) {
        Some(unit) => Err(ChangeError::OldRuns { unit }.into()),
        None => Ok(()),
    }
}

/// containerd is docker's too; a reboot would have shown either.
fn runs_again(host: &Host, from: &str) -> Option<String> {
    let units: &[&str] = if from == "containerd" { &["containerd"] } else { &["docker", "cri-docker"] };
    let runs = |unit: &&&str| {
        let asked = Invocation::new("systemctl", ["is-active", "--quiet", unit]);
        host.follow(&asked, &mut NoProgress).is_ok_and(|said| said.status == Some(0))
    };
    units.iter().find(runs).map(|unit| (*unit).to_owned())
}

/// The directories with their sizes; where somebody has volumes, everything beside them.
pub(super) fn data(host: &Host, from: &str, done: &mut RuntimeChanged) -> Outcome<Vec<Leftover>> {
    let mut paths = Vec::new();
    let volumes = host.root().list(Path::new(VOLUMES))?.unwrap_or_default();
    let has_volumes = volumes.iter().any(|name| !NO_VOLUMES.iter().any(|own| name == own));
    let dirs: &[&str] = if from == CONTAINERD { &[OF_CONTAINERD] } else { &OF_DOCKER };
    for dir in dirs.iter().map(Path::new) {
        let Some(names) = host.root().list(dir)? else { continue };
        if has_volumes && Path::new(VOLUMES).starts_with(dir) {
            done.left.push(format!("{VOLUMES}: volumes of docker's are people's"));
            paths.extend(names.iter().map(|name| dir.join(name)).filter(|path| path != Path::new(VOLUMES)));
        } else {
            paths.push(dir.to_owned());
        }
    }
    let sized = |path: &PathBuf| {
        let mut one = Leftover::file(path, from);
        one.size = size(host, path);
        one
    };
    Ok(paths.iter().map(sized).collect())
}

/// The packages that the old runtime may come from.
fn names(from: &str, manager: PackageManager) -> Vec<&'static str> {
    let mut all = Vec::new();
    if from != CONTAINERD {
        all.extend(PACKAGES);
        all.extend((manager != PackageManager::Apt).then_some(DOCKER_OF_RPM));
    }
    all.extend(Runtime::Containerd.packages());
    all
}

fn shown(bytes: Option<u64>) -> String {
    match bytes {
        Some(bytes) => format!("{} MiB", bytes / (1024 * 1024)),
        None => "its size is not known".to_owned(),
    }
}
