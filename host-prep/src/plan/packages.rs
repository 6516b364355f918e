//! Packages that a step installs or changes.

use serde::Serialize;

use crate::Invocation;
use crate::facts::distro::PackageManager;

/// Packages get onto a host, or to another version. Undo: what came with it goes, what was replaced
/// comes back where a repository or the cache still has it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub struct PackageChange {
    /// The package manager.
    pub manager: PackageManager,
    /// What is run, in order.
    pub commands: Vec<Invocation>,
    /// Each package asked for: its name, the version it has, the release it gets.
    pub packages: Vec<(String, Option<String>, Option<String>)>,
}

impl PackageChange {
    pub(crate) fn subject(&self) -> String {
        let names: Vec<_> = self.packages.iter().map(|(name, _, _)| name.as_str()).collect();
        names.join(" ")
    }

    pub(crate) fn diff(&self) -> String {
        let line = |sign: char, name: &str, version: &Option<String>| {
            version.as_ref().map(|version| format!("{sign}{name} {version}\n")).unwrap_or_default()
        };
        let before = self.packages.iter().map(|(name, before, _)| line('-', name, before));
        let after = self.packages.iter().map(|(name, _, after)| match after {
            Some(_) => line('+', name, after),
            None => format!("+{name}\n"),
        });
        let commands = self.commands.iter().map(|command| format!("$ {command}\n"));
        before.chain(after).chain(commands).collect()
    }
}
