//! Installed packages, as the databases of dpkg and rpm say them.

use std::collections::BTreeMap;
use std::path::Path;

use crate::Invocation;

/// dpkg's database: every package it knows, a paragraph each.
pub(crate) const DPKG_STATUS: &str = "/var/lib/dpkg/status";

/// Installed packages with their versions: `[epoch:]version-release` for rpm, Debian's own for
/// dpkg.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Installed {
    /// Version by name.
    pub versions: BTreeMap<String, String>,
    /// Packages that `apt-mark hold` keeps.
    pub held: Vec<String>,
    /// Packages that dpkg does not have and was told to install: what an installation leaves that
    /// was cut short.
    pub chosen: Vec<String>,
    /// Packages that dpkg has unpacked, or begun to, and did not configure to the end.
    pub unfinished: Vec<String>,
}

impl Installed {
    /// Reads what [`rpm_query`] printed.
    #[must_use]
    pub fn of_rpm(text: &str) -> Self {
        let mut found = Self::default();
        for (name, version) in text.lines().filter_map(|line| line.split_once('\t')) {
            // Keys and kernels are installed beside each other: then the version is part of the name, as rpm
            // has it.
            let key = if name == "gpg-pubkey" || found.versions.contains_key(name) {
                format!("{name}-{version}")
            } else {
                name.to_owned()
            };
            found.versions.insert(key, version.to_owned());
        }
        found
    }

    /// Reads `/var/lib/dpkg/status`. A package counts from the moment its files are unpacked; of
    /// two paragraphs for one the later counts.
    #[must_use]
    pub fn of_dpkg(status: &[u8]) -> Self {
        let mut found = Self::default();
        let text = String::from_utf8_lossy(status);
        for paragraph in text.split("\n\n") {
            let field = |name: &str| {
                let line = paragraph.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
                line.map(str::trim)
            };
            let (Some(name), Some(state)) = (field("Package"), field("Status")) else { continue };
            let mut words = state.split_whitespace();
            let (want, state) = (words.next(), words.nth(1));
            for list in [&mut found.held, &mut found.chosen, &mut found.unfinished] {
                list.retain(|listed| listed != name);
            }
            found.versions.remove(name);
            if want == Some("hold") {
                found.held.push(name.to_owned());
            }
            if want == Some("install") && state == Some("not-installed") {
                found.chosen.push(name.to_owned());
            }
            if !matches!(state, Some("not-installed" | "config-files") | None) {
                let version = field("Version").unwrap_or_default();
                found.versions.insert(name.to_owned(), version.to_owned());
                if state != Some("installed") {
                    found.unfinished.push(name.to_owned());
                }
            }
        }
        found
    }

    /// What it prints when it is written to a file, a line for each package.
    pub(crate) fn to_text(&self) -> String {
        self.versions.iter().map(|(name, version)| format!("{name}\t{version}\n")).collect()
    }
}

/// What asks rpm for every package. `tree` is the root of a host that does not run.
#[must_use]
pub fn rpm_query(tree: Option<&Path>) -> Invocation {
    let format = "%{NAME}\t%|EPOCH?{%{EPOCH}:}:{}|%{VERSION}-%{RELEASE}\n";
    let root = tree.map(|tree| vec!["--root".to_owned(), tree.display().to_string()]).unwrap_or_default();
    let args = root.into_iter().chain(["-qa", "--qf", format].map(str::to_owned));
    Invocation::new("rpm", args)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dpkg_counts_what_is_unpacked_and_knows_holds() {
        let status = b"Package: kubelet\nStatus: hold ok installed\nDescription: x\n Version: no\nVersion: 1.34.2-1.1\n\n\
            Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n\
            Package: cut\nStatus: install ok not-installed\n\nPackage: half\nStatus: install ok unpacked\nVersion: 2\n";
        let found = Installed::of_dpkg(status);
        assert_eq!(found.to_text(), "half\t2\nkubelet\t1.34.2-1.1\n");
        assert_eq!(found.held, ["kubelet"]);
        assert_eq!(found.chosen, ["cut"]);
    }

    #[test]
    fn rpm_lines_are_name_and_version() {
        let found = Installed::of_rpm("kubelet\t1.34.2-150500.1.1\ncri-o\t1:1.34.1-1\n");
        assert_eq!(found.versions.get("cri-o").map(String::as_str), Some("1:1.34.1-1"));
    }
}
