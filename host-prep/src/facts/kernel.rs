//! The kernel: release, cgroup version, command line.

use serde::Serialize;

use super::source::{Fact, Source};

/// The kernel that runs, and those on disk.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Kernel {
    /// Release of the running one, as `uname -r` prints it.
    pub release: Fact<String>,
    /// Releases with a directory below `/lib/modules`.
    pub installed: Fact<Vec<String>>,
    /// Words of the running one's command line that decide something here: others may hold secrets.
    pub arguments: Fact<Vec<String>>,
    /// How control groups are mounted.
    pub cgroup: Fact<Cgroup>,
}

/// How control groups are mounted on `/sys/fs/cgroup`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Cgroup {
    /// Version 1 alone.
    V1,
    /// Version 1 controllers with a version 2 tree beside them; kubelet and runtimes see version 1.
    Hybrid,
    /// Version 2 alone.
    V2,
}

/// Arguments about security modules, control groups and swap (kernel-parameters.txt,
/// kernel-command-line(7)).
const ARGUMENTS: &[&str] = &[
    "apparmor",
    "cgroup_disable",
    "cgroup_enable",
    "cgroup_no_v1",
    "enforcing",
    "lsm",
    "noresume",
    "resume",
    "security",
    "selinux",
    "systemd.legacy_systemd_cgroup_controller",
    "systemd.swap",
    "systemd.unified_cgroup_hierarchy",
    "systemd.zram",
    "zswap.enabled",
];

impl Kernel {
    pub(super) fn observe(source: &Source<'_>) -> Self {
        let release = source.live_text("/proc/sys/kernel/osrelease").and_then(|text| match text {
            Some(text) => Fact::Known(text.trim().to_owned()),
            None => Fact::unknown("/proc/sys/kernel/osrelease does not exist"),
        });
        let arguments = source.live_text("/proc/cmdline").map(|text| relevant(&text.unwrap_or_default()));
        let cgroup = source.live_text("/proc/mounts").and_then(|text| cgroup(&text.unwrap_or_default()));
        Self { release, installed: source.list("/lib/modules"), arguments, cgroup }
    }

    /// The value of `name=value` on the command line, the last one.
    pub(crate) fn argument(&self, name: &str) -> Option<&str> {
        let arguments = self.arguments.known()?;
        arguments.iter().rev().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }
}

fn relevant(text: &str) -> Vec<String> {
    let known = |word: &&str| ARGUMENTS.contains(&word.split('=').next().unwrap_or(word));
    text.split_ascii_whitespace().filter(known).map(str::to_owned).collect()
}

fn cgroup(mounts: &str) -> Fact<Cgroup> {
    let mounted = |at: &str| {
        // A later mount hides an earlier one on the same place.
        let fields = mounts.lines().rev().map(|l| l.split(' ').collect::<Vec<_>>());
        fields.into_iter().find(|f| f.get(1) == Some(&at)).and_then(|f| f.get(2).map(|t| (*t).to_owned()))
    };
    match mounted("/sys/fs/cgroup").as_deref() {
        Some("cgroup2") => Fact::Known(Cgroup::V2),
        Some(_) if mounted("/sys/fs/cgroup/unified").as_deref() == Some("cgroup2") => {
            Fact::Known(Cgroup::Hybrid)
        }
        Some(_) => Fact::Known(Cgroup::V1),
        None => Fact::unknown("nothing is mounted on /sys/fs/cgroup"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cgroup_versions_by_mount() {
        let v1 = "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n";
        assert_eq!(cgroup(v1), Fact::Known(Cgroup::V1));
        let hybrid = format!("{v1}cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n");
        assert_eq!(cgroup(&hybrid), Fact::Known(Cgroup::Hybrid));
        assert_eq!(cgroup("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n"), Fact::Known(Cgroup::V2));
        assert!(cgroup("proc /proc proc rw 0 0\n").known().is_none());
    }
}
