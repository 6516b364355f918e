//! kubelet: its unit, the flags it gets and the file extra ones come from.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::source::{Fact, FileText, Source};
use super::unit::{Unit, Units, flag};

const CONFIG: &str = "/var/lib/kubelet/config.yaml";
const EXTRA_ARGS: &str = "KUBELET_EXTRA_ARGS";

/// kubelet on a host.
#[derive(Clone, Debug, Serialize)]
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
    /// `/var/lib/kubelet/instance-config.yaml`, where kubeadm 1.33 and later keep the CRI socket.
    pub instance_config: Fact<Option<FileText>>,
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
            unit,
            running: source.live(|| running(source)),
            config: source.file(config),
            instance_config: source.file("/var/lib/kubelet/instance-config.yaml"),
            kubeadm_flags: source.file("/var/lib/kubelet/kubeadm-flags.env"),
        }
    }

    /// The value of a flag of the unit's command, however it got there.
    pub fn flag(&self, name: &str) -> Option<&str> {
        flag(self.unit.as_ref()?.arguments(), name)
    }
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
