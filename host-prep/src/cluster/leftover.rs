//! One thing that a node left on a host: how it is told, and how it goes away.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;

use crate::{Host, Invocation};

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
        let command = format!("rm -rf {}", shell_word(path));
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
        Self { of, removal: Removal::Never, ..self }
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

/// A path as one word of a shell: its names may be those that a Pod gave.
fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%,".contains(c);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// Removes what is left, but not what is a user's. What could not be removed, with why.
#[must_use]
pub fn purge(host: &Host, left: &[Leftover]) -> Vec<(String, String)> {
    let mut failed = Vec::new();
    for one in left {
        let invocation = match &one.removal {
            Removal::Tree(path) => {
                Invocation::new("rm", ["-rf", "--one-file-system", "--", &path.display().to_string()])
            }
            Removal::Program(program) => program.clone(),
            Removal::Never => continue,
        };
        if let Err(error) = host.run(&invocation.within(Duration::from_secs(600))) {
            failed.push((one.what.clone(), error.to_string()));
        }
    }
    failed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Root;

    #[test]
    fn a_name_that_a_pod_gave_is_one_word_of_the_command() {
        let one = Leftover::file(Path::new("/opt/cni/bin/a'; reboot #"), "x");
        assert_eq!(one.command, r"rm -rf '/opt/cni/bin/a'\''; reboot #'");
        assert_eq!(Leftover::file(Path::new("/var/lib/etcd"), "x").command, "rm -rf /var/lib/etcd");
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
