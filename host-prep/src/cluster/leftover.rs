//! One thing that a node left on a host: how it is told, and how it goes away.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::fs::Root;
use crate::ground::show::shell_word;
use crate::{Error, Host, Invocation};

/// Something that is left.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Leftover {
    /// What it is: a path, an interface, rules.
    pub what: String,
    /// Who left it.
    pub of: String,
    /// Bytes, of files.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// The command that removes it.
    pub command: String,
    #[serde(skip)]
    removal: Removal,
}

/// How [`purge`] removes something.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Removal {
    /// With all that is below it.
    Tree(PathBuf),
    /// A program does.
    Program(Invocation),
    /// Not at all: it is for whom it belongs to.
    Never,
}

impl Leftover {
    /// A file or directory.
    #[must_use]
    pub fn file(path: &Path, of: &str) -> Self {
        let command = format!("rm -rf {}", shell_word(&path.display().to_string()));
        let removal = Removal::Tree(path.to_owned());
        Self { what: path.display().to_string(), of: of.to_owned(), size: None, command, removal }
    }

    /// A file that a user changed. Root does not remove it: what leads to it is the user's to
    /// change at any time.
    #[must_use]
    pub fn of_user(path: &Path) -> Self {
        Self { removal: Removal::Never, ..Self::file(path, "a user, who changed it since") }
    }

    /// Whether it is known by its place to be a node's, and no package manager's cache.
    pub(super) fn is_of_a_node(&self) -> bool {
        !matches!(&self.removal, Removal::Program(_)) || !self.what.starts_with('/')
    }

    /// The same where it may have been there before the node.
    pub(super) fn perhaps(self) -> Self {
        let of = format!("{}, unless it was there before the node", self.of);
        Self { of, ..self.kept() }
    }

    /// The same in a directory of a node's under a name that no node uses.
    pub(super) fn of_somebody(self) -> Self {
        let of = format!("somebody who wrote beside the files of {}", self.of);
        Self { of, ..self.kept() }
    }

    /// The same, which only a person removes.
    pub(super) fn kept(self) -> Self {
        Self { removal: Removal::Never, ..self }
    }

    /// Whether it is a file or directory that `rm` removes.
    pub(super) fn is_a_path(&self) -> bool {
        matches!(self.removal, Removal::Tree(_))
            || self.removal == Removal::Never && self.what.starts_with('/')
    }

    /// The same in the tree of a host that does not run: nothing is removed there, and the command
    /// names the tree.
    pub(super) fn of_tree(self, root: &Root) -> Self {
        let command =
            format!("rm -rf {}", shell_word(&root.shown(Path::new(&self.what)).display().to_string()));
        Self { command, removal: Removal::Never, ..self }
    }

    /// What is mounted below is not the node's: `rm` would empty it, and stops at another file system
    /// only, which a bind mount is not.
    pub(super) fn told_with_mounts(&mut self, mounts: &[PathBuf]) {
        if let (Removal::Tree(_), Some(first)) = (&self.removal, mounts.first()) {
            let first = shell_word(&first.display().to_string());
            self.command = format!("umount {first} and what else is mounted there, then {}", self.command);
        }
    }

    pub(super) fn by(what: String, of: &str, program: &str, args: &[&str]) -> Self {
        let removal = Invocation::new(program, args.iter().copied());
        let command = removal.to_string();
        Self { what, of: of.to_owned(), size: None, command, removal: Removal::Program(removal) }
    }

    pub(super) fn by_shell(what: String, of: &str, line: &str) -> Self {
        Self { command: line.to_owned(), ..Self::by(what, of, "sh", &["-c", line]) }
    }

    pub(super) fn with_size(self, bytes: u64) -> Self {
        Self { size: Some(bytes), ..self }
    }

    /// Whether [`purge`] removes it.
    #[must_use]
    pub fn is_purged(&self) -> bool {
        self.removal != Removal::Never
    }
}

/// Where something is mounted at a directory or below it (proc_pid_mountinfo(5)); nothing on a host
/// that does not run.
pub(super) fn mounts_below(host: &Host, path: &Path) -> Result<Vec<PathBuf>, Error> {
    if !host.is_running() || !path.is_absolute() {
        return Ok(Vec::new());
    }
    let text = host.root().read(Path::new("/proc/self/mountinfo"))?.unwrap_or_default();
    let text = String::from_utf8_lossy(&text).into_owned();
    let points = text.lines().filter_map(|line| line.split(' ').nth(4)).map(unescaped);
    Ok(points.filter(|point| point.starts_with(path)).collect())
}

/// The kernel writes blanks and backslashes as three octal digits.
fn unescaped(point: &str) -> PathBuf {
    let mut parts = point.split('\\');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) => {
                text.push(char::from(code));
                text.push_str(&part[3..]);
            }
            None => text.push_str(part),
        }
    }
    PathBuf::from(text)
}

/// Removes what is left, but not what is a user's. What could not be removed, with why.
#[must_use]
pub fn purge(host: &Host, left: &[Leftover]) -> Vec<(String, String)> {
    let mut failed = Vec::new();
    for one in left {
        if let Removal::Tree(path) = &one.removal {
            match mounts_below(host, path) {
                Ok(mounts) if mounts.is_empty() => {}
                Ok(mounts) => {
                    let why = format!(
                        "{} mounted below it, the first at {}: unmount it first",
                        if mounts.len() == 1 {
                            "something is".to_owned()
                        } else {
                            format!("{} things are", mounts.len())
                        },
                        mounts[0].display()
                    );
                    failed.push((one.what.clone(), why));
                    continue;
                }
                Err(error) => {
                    failed.push((one.what.clone(), error.to_string()));
                    continue;
                }
            }
        }
        let invocation = match &one.removal {
            Removal::Tree(path) => {
                Invocation::new("rm", ["-rf", "--one-file-system", "--", &path.display().to_string()])
            }
            Removal::Program(program) => program.clone(),
            Removal::Never => continue,
        };
        // A runtime's images are millions of files.
        if let Err(error) = host.run(&invocation.within(Duration::from_secs(3600))) {
            failed.push((one.what.clone(), error.to_string()));
        }
    }
    failed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_a_pod_gave_is_one_word_of_the_command() {
        let one = Leftover::file(Path::new("/opt/cni/bin/a'; reboot #"), "x");
        assert_eq!(one.command, r"rm -rf '/opt/cni/bin/a'\''; reboot #'");
        assert_eq!(Leftover::file(Path::new("/var/lib/etcd"), "x").command, "rm -rf /var/lib/etcd");
    }

    /// On a running host, whose kernel is what is laid there.
    #[test]
    fn what_has_a_mount_below_is_not_removed() {
        let dir = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        put("var/lib/kubelet/pods/u/pv/db", "data");
        put(
            "proc/self/mountinfo",
            "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n2 1 8:1 /data /var/lib/kubelet/pods/u/p\\040v rw - ext4 /dev/sda1 rw\n",
        );
        let none = std::sync::Arc::new(crate::test_util::scripted::Scripted::default());
        let host = Host::with_commands(Root::open(dir.path()).unwrap(), none);
        let mounts = mounts_below(&host, Path::new("/var/lib/kubelet")).unwrap();
        assert_eq!(mounts, [Path::new("/var/lib/kubelet/pods/u/p v")]);
        assert_eq!(mounts_below(&host, Path::new("/var/lib/kube")).unwrap(), [""; 0].map(PathBuf::from));
        let failed = purge(&host, &[Leftover::file(Path::new("/var/lib/kubelet"), "the kubelet")]);
        assert!(failed[0].1.contains("/var/lib/kubelet/pods/u/p v: unmount it first"), "{failed:?}");
    }

    #[test]
    fn of_a_tree_the_command_names_the_tree_and_nothing_is_removed() {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        let one = Leftover::file(Path::new("/etc/kubernetes"), "kubeadm").of_tree(&root);
        assert_eq!(one.command, format!("rm -rf {}/etc/kubernetes", dir.path().display()));
        assert!(!one.is_purged());
    }

    #[test]
    fn what_is_a_users_is_told_and_not_removed() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let theirs = Leftover::of_user(Path::new("/home/li/.kube/config"));
        assert!(!theirs.is_purged());
        // There is no way to run a program here: whatever is tried fails.
        assert_eq!(purge(&host, &[theirs]), []);
        assert_eq!(purge(&host, &[Leftover::file(Path::new("/var/lib/etcd"), "etcd")]).len(), 1);
    }
}
