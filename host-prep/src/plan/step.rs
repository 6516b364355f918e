//! What a plan is made of: one change with its reason, its undo and what it costs.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::ground::show::{without_logins, without_tokens};
use crate::plan::action::Action;
use crate::plan::node::{Node, Secrecy};
use crate::resource::package::PackageChange;

/// One step of a [`Plan`](crate::Plan): a change, why it is made and what it needs afterwards.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct Step {
    /// Position in the plan, from 1.
    pub number: usize,
    /// The kind of resource that asked for it, as in [`KINDS`](crate::resource::KINDS).
    pub resource: &'static str,
    /// Why the host needs it.
    pub reason: String,
    /// What is done.
    pub change: Change,
    /// What can go wrong for work that runs on the host.
    pub risk: Risk,
    /// What has to happen until the running system follows.
    pub needs: Vec<Need>,
}

/// What is done, and why: `create /etc/crictl.yaml: crictl talks to CRI-O`.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.change.verb(), self.change.subject(), self.reason)
    }
}

/// A change the engine can take, and roll back.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Change {
    /// A file or symbolic link is created, replaced or removed as a whole.
    File(FileChange),
    /// A kernel module is loaded. Undo: it is unloaded unless something uses it by then.
    LoadModule {
        /// Name as the kernel spells it.
        name: String,
    },
    /// A swap area is switched off. Undo: it is switched on with the priority it had.
    SwapOff {
        /// Device or file.
        area: PathBuf,
        /// Its priority; a negative one was chosen by the kernel.
        priority: i32,
    },
    /// Packages are installed or change their version.
    Packages(PackageChange),
    /// Programs change the running system.
    Action(Action),
    /// A value of the running kernel is set. Undo: the old value is set.
    Value {
        /// The file under `/proc/sys` or `/sys` that stands for it.
        path: PathBuf,
        /// The value it has; `None` where a module loaded by an earlier step brings it.
        before: Option<String>,
        /// The value it gets.
        after: String,
    },
}

/// A change of one name in the file tree.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct FileChange {
    /// The name that was asked for.
    pub path: PathBuf,
    /// Where the content is: `path` with its symbolic links followed.
    pub target: PathBuf,
    /// What is there.
    pub before: Node,
    /// What shall be there.
    pub after: Node,
}

/// What a step may disturb.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Risk {
    /// Only files and values nothing running depends on.
    Low,
    /// Running work can notice.
    Medium,
    /// Running work can be lost.
    High,
}

/// What has to happen after a step until the running system follows it.
#[derive(Clone, Debug, Deserialize, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[serde(tag = "do", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Need {
    /// `systemctl daemon-reload`.
    DaemonReload,
    /// `systemctl reload UNIT`.
    Reload {
        /// The unit.
        unit: String,
    },
    /// `systemctl restart UNIT`.
    Restart {
        /// The unit.
        unit: String,
    },
    /// `update-initramfs -u`.
    Initramfs,
    /// A reboot.
    Reboot,
}

impl Need {
    /// Whether files of a tree need it too: an initramfs is made of them, and nothing there has to
    /// be read again.
    pub(crate) fn is_of_files(&self) -> bool {
        matches!(self, Self::Initramfs)
    }
}

impl Change {
    /// What the change is about, for one line of text.
    #[must_use]
    pub fn subject(&self) -> String {
        match self {
            Self::File(file) => file.path.display().to_string(),
            Self::LoadModule { name } => format!("module {name}"),
            Self::SwapOff { area, .. } => format!("swap {}", area.display()),
            Self::Value { path, .. } => value_name(path),
            Self::Packages(packages) => packages.subject(),
            Self::Action(action) => action.subject.clone(),
        }
    }

    /// What is done, as a verb.
    #[must_use]
    pub fn verb(&self) -> &str {
        match self {
            Self::File(FileChange { before: Node::Absent, after: Node::Link { .. }, .. }) => "link",
            Self::File(FileChange { before: Node::Absent, .. }) => "create",
            Self::File(FileChange { after: Node::Absent, .. }) => "remove",
            Self::File(_) => "change",
            Self::LoadModule { .. } => "load",
            Self::SwapOff { .. } => "switch off",
            Self::Value { .. } => "set",
            Self::Packages(_) => "install",
            Self::Action(action) => &action.verb,
        }
    }

    /// How the change is rolled back, for one line of text.
    #[must_use]
    pub fn undo(&self) -> String {
        match self {
            Self::File(FileChange { before: Node::Absent, .. }) => "remove it".into(),
            Self::File(FileChange { after: Node::Absent, .. }) => "put it back".into(),
            Self::File(_) => "put the old one back, with owner, mode, times and attributes".into(),
            Self::LoadModule { .. } => "unload it unless it is in use".into(),
            Self::SwapOff { priority, .. } => format!("switch it on with priority {priority}"),
            Self::Value { before: Some(before), .. } => format!("set it to {before}"),
            Self::Packages(_) => {
                "remove what came, and bring back what was replaced where it can still be had".into()
            }
            Self::Action(action) => action.undo_text(),
            Self::Value { before: None, .. } => "set it to what it was when the step was taken".into(),
        }
    }

    /// A unified diff of what changes; empty where there is no text to compare.
    #[must_use]
    pub fn diff(&self) -> String {
        match self {
            Self::File(file) => file.diff(),
            Self::Value { before: Some(before), after, .. } => format!("-{before}\n+{after}\n"),
            Self::Value { before: None, after, .. } => format!("+{after}\n"),
            Self::LoadModule { .. } | Self::SwapOff { .. } => String::new(),
            Self::Packages(packages) => packages.diff(),
            Self::Action(action) => action.diff(),
        }
    }
}

impl FileChange {
    fn diff(&self) -> String {
        let secrecy = [self.before.secrecy(), self.after.secrecy()];
        if secrecy.contains(&Secrecy::Secret) {
            return "(content is secret and not shown)\n".into();
        }
        let tokens = secrecy.contains(&Secrecy::Tokens);
        let [before, after] = [&self.before, &self.after].map(|node| {
            let text = without_logins(&node.as_text());
            if tokens { without_tokens(&text) } else { text }
        });
        let name = self.target.display().to_string();
        let old = if self.before == Node::Absent { "/dev/null" } else { &name };
        let new = if self.after == Node::Absent { "/dev/null" } else { &name };
        let mut text =
            similar::TextDiff::from_lines(&before, &after).unified_diff().header(old, new).to_string();
        if before == after && self.before.bytes() != self.after.bytes() {
            text.push_str("(only what is not shown differs: passwords, tokens, keys)\n");
        }
        if let (Node::File { mode: old, .. }, Node::File { mode: new, .. }) = (&self.before, &self.after)
            && old != new
        {
            text.push_str(&format!("mode {:04o} -> {:04o}\n", old.bits(), new.bits()));
        }
        text
    }
}

impl fmt::Display for Need {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DaemonReload => f.write_str("systemctl daemon-reload"),
            Self::Reload { unit } => write!(f, "systemctl reload {unit}"),
            Self::Restart { unit } => write!(f, "systemctl restart {unit}"),
            Self::Initramfs => f.write_str("update-initramfs -u"),
            Self::Reboot => f.write_str("reboot"),
        }
    }
}

/// `net.ipv4.ip_forward` for `/proc/sys/net/ipv4/ip_forward`, other paths as they are.
fn value_name(path: &Path) -> String {
    match path.strip_prefix("/proc/sys") {
        // sysctl swaps the two: an interface `eth0.1` is `eth0/1` in a dotted name.
        Ok(key) => key
            .display()
            .to_string()
            .chars()
            .map(|c| match c {
                '/' => '.',
                '.' => '/',
                other => other,
            })
            .collect(),
        Err(_) => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Mode;

    #[test]
    fn passwords_in_urls_are_never_shown() {
        let file = |text: &str| Node::file(text, Mode::PUBLIC);
        let change = FileChange {
            path: "/x".into(),
            target: "/x".into(),
            before: file("P=http://u:old@h\n"),
            after: file("P=http://u:new@h\n"),
        };
        let told = format!("{}{}", change.diff(), serde_json::to_string(&change).unwrap());
        assert!(!told.contains("old") && !told.contains("new") && told.contains("\"masked\""), "{told}");
    }

    #[test]
    fn logins_of_a_list_of_repositories_are_never_shown() {
        let list = "[k]\nbaseurl=https://h/?token=S3cret\nusername=S3cret\npassword=S3cret\n";
        let change = FileChange {
            path: "/x".into(),
            target: "/x".into(),
            before: Node::file(list, Mode::PUBLIC),
            after: Node::file(format!("{list}enabled=0\n"), Mode::PUBLIC),
        };
        let told = format!("{}{}{change:?}", change.diff(), serde_json::to_string(&change).unwrap());
        assert!(!told.contains("S3cret") && told.contains("+enabled=0"), "{told}");
    }

    #[test]
    fn documents_of_kubeadm_are_shown_without_their_tokens() {
        let file = |text: &str| Node::file(text, Mode::PRIVATE).with_secrecy(Secrecy::Tokens);
        let change = FileChange {
            path: "/x".into(),
            target: "/x".into(),
            before: Node::Absent,
            after: file("bootstrapTokens:\n- token: abcdef.0123456789abcdef\n  ttl: 24h0m0s\nkind: X\n"),
        };
        let told = format!("{}{}{change:?}", change.diff(), serde_json::to_string(&change).unwrap());
        assert!(told.contains("+- token: ***\n+  ttl: 24h0m0s\n+kind: X\n"), "{told}");
        assert!(!told.contains("0123456789abcdef"), "{told}");
    }
}
