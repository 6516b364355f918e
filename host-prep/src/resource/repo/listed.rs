//! Repositories that files on the host name, and taking single ones out of use.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::Owner;
use crate::text::{Dialect, Document, Edits, Entry, EntryId};

/// Behind the id of a section that made room for one of ours.
const GIVEN_UP: &str = "-before-";

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
    Section {
        name: String,
        /// The entry that decides whether it is in use.
        enabled: Option<EntryId>,
        baseurl: Option<EntryId>,
        /// The entries that name lists of mirrors.
        lists: Vec<EntryId>,
        last: EntryId,
    },
    Record {
        text: String,
        at: EntryId,
    },
    Paragraph {
        number: usize,
        enabled: Option<EntryId>,
        first: EntryId,
    },
}

/// Changes of a file that are made at once.
#[derive(Debug)]
pub(crate) struct Changes {
    edits: Edits,
    /// Put in front of a line that is out of use.
    mark: String,
}

impl Changes {
    /// None yet, in the name of `owner`.
    pub(crate) fn by(owner: &Owner) -> Self {
        Self { edits: Edits::default(), mark: owner.mark() }
    }

    /// Takes a repository out of use. The rest of the file stays byte for byte.
    pub(crate) fn disable(&mut self, listed: &Listed) {
        match &listed.place {
            Place::Section { enabled: Some(at), .. } => self.edits.replace_value(*at, "0"),
            Place::Section { enabled: None, last, .. } => self.edits.insert_after(*last, "enabled=0"),
            Place::Record { at, .. } => self.edits.comment_out(*at, self.mark.as_str()),
            Place::Paragraph { enabled: Some(at), .. } => self.edits.replace_value(*at, "no"),
            Place::Paragraph { enabled: None, first, .. } => self.edits.insert_before(*first, "Enabled: no"),
        }
    }

    /// Gives a section another source of packages: the mirror list goes, `baseurl` comes.
    pub(crate) fn move_section(&mut self, listed: &Listed, url: &str) {
        let Place::Section { baseurl, lists, last, .. } = &listed.place else { return };
        lists.iter().for_each(|at| self.edits.comment_out(*at, self.mark.as_str()));
        let line = format!("baseurl={url}");
        match (baseurl, last, lists.first()) {
            (Some(at), ..) => self.edits.replace_value(*at, url),
            // After what stays; before what does not where that is all.
            (None, last, Some(list)) if lists.contains(last) => self.edits.insert_before(*list, &line),
            (None, last, _) => self.edits.insert_after(*last, &line),
        }
    }
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
            FileKind::List => self.document.entries().filter_map(|entry| line(&entry)).collect(),
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

    /// Takes a section out of use whatever it names, and its id from it: of two with one id dnf and
    /// yum read the first only.
    pub(crate) fn give_up_id(&mut self, id: &str, owner: &Owner) {
        // A digit can be written in every ini file.
        let _ = self.document.set(Some(id), "enabled", "0");
        self.document.rename_section(id, &format!("{id}{GIVEN_UP}{owner}"));
    }

    /// Makes all of the `changes`.
    pub(crate) fn change(&mut self, changes: &Changes) {
        self.document.edit(&changes.edits);
    }

    /// Name of the section, for messages.
    pub(crate) fn name_of(listed: &Listed) -> String {
        match &listed.place {
            Place::Section { name, .. } => format!("[{name}]"),
            Place::Record { text, .. } => format!("`{text}`"),
            Place::Paragraph { number, .. } => format!("paragraph {}", number + 1),
        }
    }

    fn sections(&self) -> Vec<Listed> {
        let mut sections: Vec<Section> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        for entry in self.document.entries() {
            let Some(name) = entry.section.clone() else { continue };
            let at = *known.entry(name).or_insert(sections.len());
            if at == sections.len() {
                sections.push(Section::default());
            }
            sections[at].add(entry);
        }
        sections.into_iter().filter_map(Section::listed).collect()
    }

    fn paragraphs(&self) -> Vec<Listed> {
        let entries: Vec<Entry> = self.document.entries().collect();
        entries.chunk_by(|one, other| one.paragraph == other.paragraph).filter_map(paragraph).collect()
    }
}

/// What the entries of one section come to: of two with one key the last one counts.
#[derive(Default)]
struct Section {
    name: String,
    enabled: Option<Entry>,
    /// `baseurl`, `mirrorlist`, `metalink`.
    sources: [Option<Entry>; 3],
    lists: Vec<EntryId>,
    last: Option<EntryId>,
}

impl Section {
    fn add(&mut self, entry: Entry) {
        self.last = Some(entry.id);
        self.name = entry.section.clone().unwrap_or_default();
        match entry.key.as_str() {
            "enabled" => self.enabled = Some(entry),
            "baseurl" => self.sources[0] = Some(entry),
            "mirrorlist" | "metalink" => {
                self.lists.push(entry.id);
                let place = if entry.key == "mirrorlist" { 1 } else { 2 };
                self.sources[place] = Some(entry);
            }
            _ => {}
        }
    }

    fn listed(self) -> Option<Listed> {
        let off = self.enabled.as_ref().is_some_and(|entry| {
            ["0", "no", "false", "off"].contains(&entry.value.to_ascii_lowercase().as_str())
        });
        let split = |entry: &Entry| {
            let urls = entry.value.split([' ', '\t', '\n', ',']).filter(|url| !url.is_empty());
            urls.map(str::to_owned).collect::<Vec<_>>()
        };
        let addresses: Vec<String> = self.sources.iter().flatten().flat_map(split).collect();
        let place = Place::Section {
            name: self.name,
            enabled: self.enabled.map(|entry| entry.id),
            baseurl: self.sources[0].as_ref().map(|entry| entry.id),
            lists: self.lists,
            last: self.last?,
        };
        (!off && !addresses.is_empty()).then_some(Listed { place, addresses })
    }
}

/// The repositories of one paragraph, which has an entry.
fn paragraph(entries: &[Entry]) -> Option<Listed> {
    // Field names are read whatever their case, and the first one of a name counts.
    let field = |key: &str| entries.iter().find(|entry| entry.key.eq_ignore_ascii_case(key));
    let value = |key: &str| field(key).map(|entry| entry.value.as_str()).unwrap_or_default();
    let off = ["no", "false", "without", "off", "disable"]
        .contains(&value("Enabled").to_ascii_lowercase().as_str());
    let each = |uri: &str| {
        value("Suites").split_whitespace().map(|suite| format!("{uri} {suite}")).collect::<Vec<_>>()
    };
    let addresses: Vec<String> = value("URIs").split_whitespace().flat_map(each).collect();
    let first = entries.first()?;
    let enabled = field("Enabled").map(|entry| entry.id);
    let place = Place::Paragraph { number: first.paragraph, enabled, first: first.id };
    (!off && !addresses.is_empty()).then_some(Listed { place, addresses })
}

/// One line of a `.list` file: `deb [options] URI suite component...`.
fn line(entry: &Entry) -> Option<Listed> {
    let text = &entry.value;
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
    Some(Listed { place: Place::Record { text: text.clone(), at: entry.id }, addresses })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without(name: &str, text: &str, part: &str) -> String {
        let mut file = RepoFile::parse(Path::new(name), text.as_bytes()).unwrap();
        let mut changes = Changes::by(&Owner::default());
        for listed in file.listed() {
            if listed.addresses.iter().any(|address| address.contains(part)) {
                changes.disable(&listed);
            }
        }
        file.change(&changes);
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
        file.give_up_id("kubernetes", &Owner::default());
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
