//! Repositories that files on the host name, and taking single ones out of use.

use std::path::{Path, PathBuf};

use crate::text::{Dialect, Document, Entry};

/// Put in front of an apt line that is out of use.
const MARKER: &str = " k8sprep: ";

/// Behind the id of a section that made room for one of ours.
const GIVEN_UP: &str = "-before-k8sprep";

/// A file that names repositories, understood by its name.
#[derive(Debug)]
pub(crate) struct RepoFile {
    kind: FileKind,
    document: Document,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum FileKind {
    /// `*.repo` of yum, dnf and zypper.
    Repo,
    /// `*.list` of apt: a repository on each line.
    List,
    /// `*.sources` of apt: a repository in each paragraph.
    Sources,
}

/// A repository that is in use.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Listed {
    place: Place,
    /// Addresses it is read from; for apt each with its suite after a space.
    pub(crate) addresses: Vec<String>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Place {
    Section(String),
    Record(String),
    Paragraph(usize),
}

impl RepoFile {
    /// Reads a file; `None` where its name is none that a package manager reads.
    pub(crate) fn parse(path: &Path, bytes: &[u8]) -> Option<Self> {
        let (kind, dialect) = match path.extension()?.to_str()? {
            "repo" => (FileKind::Repo, Dialect::Repo),
            // fstab and apt's lines agree: a record on each line, `#` comments.
            "list" => (FileKind::List, Dialect::Fstab),
            "sources" => (FileKind::Sources, Dialect::Deb822),
            _ => return None,
        };
        Some(Self { kind, document: Document::parse(bytes, dialect) })
    }

    /// The file as it is now.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        self.document.to_bytes()
    }

    /// The repositories that are in use.
    pub(crate) fn listed(&self) -> Vec<Listed> {
        match self.kind {
            FileKind::Repo => self.sections(),
            FileKind::List => self.document.entries().filter_map(|entry| line(&entry.value)).collect(),
            FileKind::Sources => self.paragraphs(),
        }
    }

    /// Files of keys that its sections name.
    pub(crate) fn key_files(&self) -> Vec<PathBuf> {
        let named =
            self.document.entries().filter(|entry| self.kind == FileKind::Repo && entry.key == "gpgkey");
        let files = named.flat_map(|entry| {
            let words =
                entry.value.split([' ', '\t', '\n', ',']).filter_map(|word| word.strip_prefix("file://"));
            words.map(PathBuf::from).collect::<Vec<_>>()
        });
        files.collect()
    }

    /// Those of `ids` that sections of the file have, in use or not.
    pub(crate) fn with_ids(&self, ids: &[&str]) -> Vec<String> {
        let mut found: Vec<String> = match self.kind {
            FileKind::Repo => self.document.sections().filter(|name| ids.contains(&name.as_str())).collect(),
            _ => Vec::new(),
        };
        found.dedup();
        found
    }

    /// Takes a section out of use whatever it names, and its id from it: of two with one id dnf and yum read the first only.
    pub(crate) fn give_up_id(&mut self, id: &str) {
        // A digit can be written in every ini file.
        let _ = self.document.set(Some(id), "enabled", "0");
        self.document.rename_section(id, &format!("{id}{GIVEN_UP}"));
    }

    /// Takes a repository out of use. The rest of the file stays byte for byte.
    pub(crate) fn disable(&mut self, listed: &Listed) {
        match &listed.place {
            Place::Section(name) => {
                // A digit can be written in every ini file.
                let _ = self.document.set(Some(name), "enabled", "0");
            }
            Place::Record(text) => {
                let found = self.document.entries().find(|entry| entry.value == *text);
                if let Some(entry) = found {
                    self.document.comment_out(entry.id, MARKER);
                }
            }
            Place::Paragraph(number) => self.disable_paragraph(*number),
        }
    }

    /// Gives a section another source of packages: the mirror list goes, `baseurl` comes.
    pub(crate) fn move_section(&mut self, listed: &Listed, baseurl: &str) {
        let Place::Section(name) = &listed.place else { return };
        for key in ["mirrorlist", "metalink"] {
            let entry = self.document.entries().find(|e| e.key == key && e.section.as_ref() == Some(name));
            if let Some(entry) = entry {
                self.document.comment_out(entry.id, MARKER);
            }
        }
        let _ = self.document.set(Some(name), "baseurl", baseurl);
    }

    /// Name of the section, for messages.
    pub(crate) fn name_of(listed: &Listed) -> String {
        match &listed.place {
            Place::Section(name) => format!("[{name}]"),
            Place::Record(text) => format!("`{text}`"),
            Place::Paragraph(number) => format!("paragraph {}", number + 1),
        }
    }

    fn sections(&self) -> Vec<Listed> {
        let mut sections: Vec<String> = Vec::new();
        for entry in self.document.entries() {
            if let Some(name) = entry.section.filter(|name| !sections.contains(name)) {
                sections.push(name);
            }
        }
        let listed = sections.into_iter().filter_map(|name| {
            let value = |key| self.document.value(Some(&name), key);
            let off = value("enabled").is_some_and(|text| {
                ["0", "no", "false", "off"].contains(&text.to_ascii_lowercase().as_str())
            });
            let split = |text: String| {
                text.split([' ', '\t', '\n', ','])
                    .filter(|url| !url.is_empty())
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            let keys = ["baseurl", "mirrorlist", "metalink"];
            let addresses: Vec<String> = keys.into_iter().filter_map(value).flat_map(split).collect();
            (!off && !addresses.is_empty()).then_some(Listed { place: Place::Section(name), addresses })
        });
        listed.collect()
    }

    fn paragraphs(&self) -> Vec<Listed> {
        let entries: Vec<Entry> = self.document.entries().collect();
        let last = entries.last().map_or(0, |entry| entry.paragraph + 1);
        let listed = (0..last).filter_map(|number| {
            // Field names are read whatever their case.
            let value = |key: &str| {
                let mut same =
                    entries.iter().filter(|e| e.paragraph == number && e.key.eq_ignore_ascii_case(key));
                same.next().map(|entry| entry.value.clone()).unwrap_or_default()
            };
            let (uris, suites) = (value("URIs"), value("Suites"));
            let off = ["no", "false", "without", "off", "disable"]
                .contains(&value("Enabled").to_ascii_lowercase().as_str());
            let each = |uri: &str| {
                suites.split_whitespace().map(|suite| format!("{uri} {suite}")).collect::<Vec<_>>()
            };
            let addresses: Vec<String> = uris.split_whitespace().flat_map(each).collect();
            (!off && !addresses.is_empty()).then_some(Listed { place: Place::Paragraph(number), addresses })
        });
        listed.collect()
    }

    fn disable_paragraph(&mut self, number: usize) {
        let of = |entry: &Entry| entry.paragraph == number;
        let enabled = self.document.entries().find(|e| of(e) && e.key.eq_ignore_ascii_case("enabled"));
        if let Some(entry) = enabled {
            let _ = self.document.replace_value(entry.id, "no");
            return;
        }
        let first = self.document.entries().find(of);
        if let Some(first) = first {
            self.document.insert_before(first.id, "Enabled: no");
        }
    }
}

/// One line of a `.list` file: `deb [options] URI suite component...`.
fn line(text: &str) -> Option<Listed> {
    let active = text.split('#').next().unwrap_or_default();
    let (kind, rest) = active.trim().split_once(char::is_whitespace)?;
    if !["deb", "deb-src"].contains(&kind) {
        return None;
    }
    let rest = rest.trim_start();
    let rest = if rest.starts_with('[') { rest.split_once(']')?.1 } else { rest };
    let mut words = rest.split_whitespace();
    let (uri, suite) = (words.next()?, words.next()?);
    let addresses = vec![format!("{uri} {suite}")];
    Some(Listed { place: Place::Record(text.to_owned()), addresses })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(name: &str, text: &str, part: &str) -> String {
        let mut file = RepoFile::parse(Path::new(name), text.as_bytes()).unwrap();
        for listed in file.listed() {
            if listed.addresses.iter().any(|address| address.contains(part)) {
                file.disable(&listed);
            }
        }
        assert!(file.listed().iter().all(|one| one.addresses.iter().all(|address| !address.contains(part))));
        String::from_utf8(file.to_bytes()).unwrap()
    }

    #[test]
    fn a_section_is_switched_off_and_nothing_else_changes() {
        let text = "# mine\n[kubernetes]\nname = K\nbaseurl = https://a/\n\thttps://old/\nenabled = 1\n[base]\nbaseurl=https://b/\n";
        assert_eq!(without("x.repo", text, "old"), text.replace("enabled = 1", "enabled = 0"));
        let bare = "[kubernetes]\nbaseurl=https://old/\n\n[base]\nbaseurl=https://b/\n";
        assert_eq!(
            without("x.repo", bare, "old"),
            "[kubernetes]\nbaseurl=https://old/\nenabled=0\n\n[base]\nbaseurl=https://b/\n"
        );
    }

    #[test]
    fn an_id_is_given_up_by_a_section_in_use_or_not() {
        let text = "[kubernetes] # theirs\r\nbaseurl=https://old/\r\nenabled=0\r\n[kubernetes-x]\r\nbaseurl=https://b/\r\n";
        let mut file = RepoFile::parse(Path::new("x.repo"), text.as_bytes()).unwrap();
        assert_eq!(file.with_ids(&["kubernetes", "cri-o"]), ["kubernetes"]);
        file.give_up_id("kubernetes");
        let expected = text.replace("[kubernetes]", "[kubernetes-before-k8sprep]");
        assert_eq!(String::from_utf8(file.to_bytes()).unwrap(), expected);
        assert!(file.with_ids(&["kubernetes"]).is_empty());
    }

    #[test]
    fn a_line_becomes_a_comment() {
        let text =
            "deb http://debian/ bookworm main # old\ndeb [signed-by=/k arch=amd64] https://old/ / # k\n";
        assert_eq!(
            without("x.list", text, "old/ /"),
            "deb http://debian/ bookworm main # old\n# k8sprep: deb [signed-by=/k arch=amd64] https://old/ / # k\n"
        );
    }

    #[test]
    fn a_paragraph_is_switched_off_in_place() {
        let text = "Types: deb\nURIs: https://debian/\nSuites: bookworm\n\n# theirs\nTypes: deb\nuris: https://old/\nSuites: /\n";
        assert_eq!(
            without("x.sources", text, "old"),
            "Types: deb\nURIs: https://debian/\nSuites: bookworm\n\n# theirs\nEnabled: no\nTypes: deb\nuris: https://old/\nSuites: /\n"
        );
        let on = "Types: deb\nEnabled: yes\nURIs: https://old/\nSuites: /\n";
        assert_eq!(without("x.sources", on, "old"), on.replace("yes", "no"));
    }
}
