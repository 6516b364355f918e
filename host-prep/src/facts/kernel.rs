//! The kernel: release, cgroup version, command line.

use serde::Serialize;

use super::boot_words::{self, BootWord};
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
    /// Such words in the boot loader's files; `None` where none of these is here.
    #[serde(rename = "bootWords")]
    pub boot_words: Fact<Option<Vec<BootWord>>>,
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

impl Kernel {
    pub(super) fn observe(source: &Source<'_>) -> Self {
        let release = source.live_text("/proc/sys/kernel/osrelease").and_then(|text| match text {
            Some(text) => Fact::Known(text.trim().to_owned()),
            None => Fact::unknown("/proc/sys/kernel/osrelease does not exist"),
        });
        let arguments = source.live_text("/proc/cmdline").map(|text| relevant(&text.unwrap_or_default()));
        let cgroup = source.live_text("/proc/mounts").and_then(|text| cgroup(&text.unwrap_or_default()));
        let boot_words = boot_words::observe(source);
        Self { release, installed: source.list("/lib/modules"), arguments, boot_words, cgroup }
    }

    /// The words that decide something here, as the running kernel was given them.
    pub(super) fn words_now(&self) -> Vec<BootWord> {
        let line = self.arguments.known().map(|words| words.join(" ")).unwrap_or_default();
        boot_words::deciding(boot_words::words(&line, "/proc/cmdline", 1))
    }

    /// What the kernel is given at the next boot: by the boot loader's files, and where none of them is
    /// here or may be read, what it was given last.
    #[must_use]
    pub fn words_at_boot(&self) -> Vec<BootWord> {
        match self.boot_words.known() {
            Some(Some(words)) => words.clone(),
            _ => self.words_now(),
        }
    }

    /// Those of the running kernel, then those of the boot loader's files.
    #[must_use]
    pub fn words(&self) -> Vec<BootWord> {
        let of_files = self.boot_words.known().and_then(Option::as_ref).cloned().unwrap_or_default();
        self.words_now().into_iter().chain(of_files).collect()
    }

    /// The value of `name=value` on the command line, the last one.
    pub(crate) fn argument(&self, name: &str) -> Option<&str> {
        let arguments = self.arguments.known()?;
        arguments.iter().rev().find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }
}

fn relevant(text: &str) -> Vec<String> {
    text.split_ascii_whitespace().filter(|word| boot_words::is_relevant(word)).map(str::to_owned).collect()
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
