//! kubelet: its unit, the flags it gets and the file extra ones come from.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::source::{Fact, FileText, Source};
use super::unit::{Unit, variables};
use super::unit_command::flag;
use super::units::Units;
use crate::fs::Kind;

const CONFIG: &str = "/var/lib/kubelet/config.yaml";
// What 10-kubeadm.conf of the kubeadm package leaves to administrators, behind all that kubeadm
// says itself.
const EXTRA_ARGS: &str = "KUBELET_EXTRA_ARGS";

/// kubelet on a host.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Kubelet {
    /// Its unit; `None` where it is not installed.
    pub unit: Option<Unit>,
    /// The environment file the unit reads `KUBELET_EXTRA_ARGS` from, whether or not it exists yet.
    /// `None` where there is no unit or its command does not use the variable.
    pub extra_args_file: Option<PathBuf>,
    /// `KUBELET_EXTRA_ARGS` as the unit sees it.
    pub extra_args: Option<String>,
    /// The command line of the running process; `None` inside: it does not run.
    pub running: Fact<Option<Vec<String>>>,
    /// The file `--config` names, or kubeadm's place for it.
    pub config: Fact<Option<FileText>>,
    /// Every file below the directory `--config-dir` names, by path; `None` inside where there is no
    /// such flag or directory.
    pub config_dir: Fact<Option<Vec<FileText>>>,
    /// `/var/lib/kubelet/instance-config.yaml`, where kubeadm 1.33 and later keep the CRI socket.
    pub instance_config: Fact<Option<FileText>>,
    /// Files with arguments for a kubelet that the unit does not name: those of the other family of
    /// packages.
    pub unread_args: Vec<PathBuf>,
    /// `/var/lib/kubelet/kubeadm-flags.env`, which is kubeadm's.
    pub kubeadm_flags: Fact<Option<FileText>>,
}

impl Kubelet {
    pub(super) fn observe(source: &Source<'_>, units: &Units) -> Self {
        let unit = Unit::observe(source, units, "kubelet.service");
        let config = unit.as_ref().and_then(|u| flag(u.arguments(), "config")).unwrap_or(CONFIG).to_owned();
        Self {
            extra_args_file: unit.as_ref().and_then(extra_args_file),
            extra_args: unit.as_ref().and_then(|u| u.environment.get(EXTRA_ARGS).cloned()),
            running: source.live(|| running(source)),
            config: source.file(config),
            config_dir: match unit.as_ref().and_then(|unit| flag(unit.arguments(), "config-dir")) {
                Some(dir) if !dir.is_empty() => files_below(source, Path::new(dir), 0),
                _ => Fact::Known(None),
            },
            instance_config: source.file("/var/lib/kubelet/instance-config.yaml"),
            unread_args: unit.as_ref().map(|unit| unread_args(source, unit)).unwrap_or_default(),
            kubeadm_flags: source.file("/var/lib/kubelet/kubeadm-flags.env"),
            unit,
        }
    }

    /// The value of a flag of the unit's command, however it got there.
    pub fn flag(&self, name: &str) -> Option<&str> {
        flag(self.unit.as_ref()?.arguments(), name)
    }

    /// The drop-ins that the kubelet merges over its configuration, the one that wins last: it reads no file
    /// of the directory whose name does not end with `.conf` (cmd/kubelet/app/server.go,
    /// `mergeKubeletConfigurations`). None where the directory could not be read.
    pub fn drop_ins(&self) -> impl DoubleEndedIterator<Item = &FileText> {
        let files = self.config_dir.known().into_iter().flatten().flatten();
        files.filter(|file| file.path.extension().is_some_and(|ending| ending == "conf"))
    }
}

/// Where the packages of the two families have the extra arguments (kubernetes/release, `10-kubeadm.conf`).
const ARGS_FILES: [&str; 2] = ["/etc/default/kubelet", "/etc/sysconfig/kubelet"];

fn unread_args(source: &Source<'_>, unit: &Unit) -> Vec<PathBuf> {
    let named = |path: &str| unit.environment_files.iter().any(|file| file.path == Path::new(path));
    let says = |path: &str| {
        let bytes = source.bytes(path).known().cloned().flatten().unwrap_or_default();
        variables(&bytes).get(EXTRA_ARGS).is_some_and(|args| !args.trim().is_empty())
    };
    ARGS_FILES.into_iter().filter(|path| !named(path) && says(path)).map(PathBuf::from).collect()
}

/// Directories below that are not walked further: nobody has so many, and a link may lead around.
const DEEPEST: usize = 8;

/// The regular files below a directory, in the order a walk by name meets them.
fn files_below(source: &Source<'_>, dir: &Path, depth: usize) -> Fact<Option<Vec<FileText>>> {
    match source.kind(dir) {
        Fact::Known(Some(Kind::Directory)) => {}
        Fact::Known(_) => return Fact::Known(None),
        Fact::Unknown { reason } => return Fact::Unknown { reason },
    }
    source.list(dir).and_then(|names| {
        let mut found = Vec::new();
        for path in names.iter().map(|name| dir.join(name)) {
            let more = match source.kind(&path) {
                Fact::Known(Some(Kind::File)) => source.file(&path).map(|file| file.into_iter().collect()),
                Fact::Known(Some(Kind::Directory)) if depth < DEEPEST => {
                    files_below(source, &path, depth + 1).map(Option::unwrap_or_default)
                }
                _ => Fact::Known(Vec::new()),
            };
            match more {
                Fact::Known(more) => found.extend(more),
                Fact::Unknown { reason } => return Fact::Unknown { reason },
            }
        }
        Fact::Known(Some(found))
    })
}

/// The last environment file that is not kubeadm's own, if the command uses the variable: what is
/// written there wins.
fn extra_args_file(unit: &Unit) -> Option<PathBuf> {
    let used = unit.exec_start.iter().any(|line| line.contains(EXTRA_ARGS));
    let foreign = |path: &Path| !path.starts_with("/var/lib/kubelet");
    let last = unit.environment_files.iter().rfind(|f| foreign(&f.path));
    last.filter(|_| used).map(|f| f.path.clone())
}

/// The command line of the first process whose name is kubelet.
fn running(source: &Source<'_>) -> Fact<Option<Vec<String>>> {
    source.list("/proc").map(|names| {
        let pids = names.iter().filter(|n| n.bytes().all(|b| b.is_ascii_digit()));
        let named = |pid: &&String| {
            source
                .text(format!("/proc/{pid}/comm"))
                .or_default()
                .is_some_and(|name| name.trim_end() == "kubelet")
        };
        let pid = pids.into_iter().find(named)?;
        let line = source.text(format!("/proc/{pid}/cmdline")).or_default()?;
        Some(line.trim_end_matches('\0').split('\0').map(str::to_owned).collect())
    })
}
