//! The point of no return: data and packages of the old runtime go.

use std::path::{Path, PathBuf};
use std::time::Duration;

use host_prep::cluster;
use host_prep::{Host, Invocation, NoProgress};

use super::{ChangeRuntime, Deleted, Outcome, RuntimeChanged};
use crate::stage::carry::agreed;
use crate::stage::{ChangeError, Error, Question, Reporter};

/// What the old runtimes keep, and nobody else.
const DATA: [&str; 4] =
    ["/var/lib/docker", "/var/lib/containerd", "/var/lib/dockershim", "/var/lib/cri-dockerd"];
/// Volumes are people's, also those of containers that are no pods.
const VOLUMES: &str = "/var/lib/docker/volumes";
/// What docker keeps there for itself.
const NO_VOLUMES: [&str; 2] = ["metadata.db", "backingFsBlockDev"];
const OF_DOCKER: [&str; 8] = [
    "docker-ce",
    "docker-ce-cli",
    "docker-ce-rootless-extras",
    "docker-buildx-plugin",
    "docker-compose-plugin",
    "docker.io",
    "moby-engine",
    "cri-dockerd",
];
const OF_CONTAINERD: [&str; 2] = ["containerd.io", "containerd"];

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
        let change = cluster::runtime_change(host)?.ok_or(ChangeError::NoChange)?;
        done.from.clone_from(&change.from);
        let boot = change.boot.as_deref().ok_or(ChangeError::NotAtItsEnd)?;
        if boot.is_empty() || boot == cluster::boot_id(host)? {
            return Err(ChangeError::NoReboot.into());
        }
        if let Some(unit) = runs_again(host, &change.from) {
            return Err(ChangeError::OldRuns { unit }.into());
        }
        let _turn = cluster::take_turn(host, self.wait, &mut *report.watch()?)?;
        let paths = data(host, done)?;
        let packages = packages(host, &change.from);
        for path in &paths {
            let bytes = size(host, path);
            report.note(&format_args!("{}: {}", path.display(), shown(bytes)));
            done.deleted.push(Deleted { what: path.display().to_string(), bytes });
        }
        for package in &packages {
            report.note(&format_args!("package {package}"));
            done.deleted.push(Deleted { what: package.clone(), bytes: None });
        }
        agreed(Question::RuntimeData, report)?;
        if !packages.is_empty() {
            host.follow(&removal(host, &packages), &mut *report.watch()?)
                .map_err(Error::from)
                .and_then(|said| ended_well("the packages were not removed", &said))?;
        }
        for path in &paths {
            let words = ["-rf", "--one-file-system", "--", &path.display().to_string()];
            host.run(&Invocation::new("rm", words).within(Duration::from_secs(3600)))?;
        }
        done.state = "confirmed";
        Ok(cluster::keep_runtime_change(host, None)?)
    }
}

fn ended_well(what: &str, said: &host_prep::Outcome) -> Outcome<()> {
    if said.status == Some(0) {
        return Ok(());
    }
    Err(host_prep::Error::CommandFailed { command: what.to_owned(), how: said.to_string() }.into())
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

/// The directories; where somebody has volumes, everything beside them.
fn data(host: &Host, done: &mut RuntimeChanged) -> Outcome<Vec<PathBuf>> {
    let mut paths = Vec::new();
    let volumes = host.root().list(Path::new(VOLUMES))?.unwrap_or_default();
    let has_volumes = volumes.iter().any(|name| !NO_VOLUMES.iter().any(|own| name == own));
    if has_volumes {
        done.left.push(format!("{VOLUMES}: volumes of docker's are people's"));
    }
    for dir in DATA.map(Path::new) {
        let Some(names) = host.root().list(dir)? else { continue };
        if has_volumes && Path::new(VOLUMES).starts_with(dir) {
            paths.extend(names.iter().map(|name| dir.join(name)).filter(|path| path != Path::new(VOLUMES)));
        } else {
            paths.push(dir.to_owned());
        }
    }
    Ok(paths)
}

/// Those of the old runtime that are installed.
fn packages(host: &Host, from: &str) -> Vec<String> {
    let docker: &[&str] = if from == "containerd" { &[] } else { &OF_DOCKER };
    let all = docker.iter().chain(&OF_CONTAINERD);
    all.filter(|name| is_installed(host, name)).map(|name| (*name).to_owned()).collect()
}

fn is_installed(host: &Host, name: &str) -> bool {
    let asked = if is_deb(host) {
        Invocation::new("dpkg-query", ["-W", "-f=${db:Status-Status}", name])
    } else {
        Invocation::new("rpm", ["-q", "--qf", "installed", name])
    };
    host.follow(&asked, &mut NoProgress)
        .is_ok_and(|said| said.status == Some(0) && said.stdout.starts_with(b"installed"))
}

fn is_deb(host: &Host) -> bool {
    host.root().kind(Path::new("/var/lib/dpkg/status")).is_ok_and(|kind| kind.is_some())
}

/// All in one: docker's packages need each other.
fn removal(host: &Host, packages: &[String]) -> Invocation {
    let (program, words): (&str, &[&str]) = if is_deb(host) {
        ("apt-get", &["-y", "--no-auto-remove", "remove"])
    } else {
        ("dnf", &["-y", "--setopt=clean_requirements_on_remove=False", "remove"])
    };
    let words = words.iter().copied().chain(packages.iter().map(String::as_str));
    Invocation::new(program, words).within(Duration::from_secs(600))
}

fn size(host: &Host, path: &Path) -> Option<u64> {
    let asked = Invocation::new("du", ["-sxB1", "--", &path.display().to_string()]);
    let said = host.run(&asked.within(Duration::from_secs(600))).ok()?;
    String::from_utf8_lossy(&said.stdout).split_whitespace().next()?.parse().ok()
}

fn shown(bytes: Option<u64>) -> String {
    match bytes {
        Some(bytes) => format!("{} MiB", bytes / (1024 * 1024)),
        None => "its size is not known".to_owned(),
    }
}
