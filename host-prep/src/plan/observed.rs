//! What was seen on a host of all that a plan is about.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::node::Node;
use crate::facts::Facts;
use crate::fs::Found;
use crate::ground::error::chain;
use crate::{Error, Host, Invocation, Owner, UnfitFile};

/// A snapshot of the files, directories and kernel values that the resources of a
/// [`Desired`](crate::Desired) look at. Planning reads nothing else.
///
/// A [`Resource`](crate::resource::Resource) of one's own adds what it needs in `observe` and asks
/// for it in `plan`; what was not added is an error there, never a look at the host.
///
/// ```
/// use host_prep::{Host, Observed, fs::Root};
/// use std::path::Path;
///
/// # let dir = tempfile::tempdir()?;
/// let host = Host::offline(Root::open(dir.path())?);
/// let mut seen = Observed::of(&host);
/// seen.look(&host, Path::new("/etc/motd"));
/// assert_eq!(seen.bytes(Path::new("/etc/motd")), b"");
/// assert!(seen.file(Path::new("/etc/issue")).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Observed {
    running: bool,
    owner: Owner,
    facts: Option<Facts>,
    looks: BTreeMap<PathBuf, Result<Look, String>>,
    values: BTreeMap<PathBuf, Result<Option<String>, String>>,
    lists: BTreeMap<PathBuf, Result<Vec<OsString>, String>>,
    /// The tree of a host that is looked at from outside; `None` for the running one.
    tree: Option<PathBuf>,
    answers: BTreeMap<String, Result<String, String>>,
}

/// A file as it was seen.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Look {
    /// Where it is, its own symbolic links followed.
    pub target: PathBuf,
    /// What is there.
    pub node: Node,
    /// Why it could not be replaced.
    pub unfit: Option<UnfitFile>,
}

impl Observed {
    /// An empty snapshot of `host`.
    #[must_use]
    pub fn of(host: &Host) -> Self {
        let tree = host.image_root().map(Path::to_owned);
        Self { running: host.is_running(), owner: host.owner().clone(), tree, ..Self::default() }
    }

    /// In whose name the host is changed.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        &self.owner
    }

    pub(crate) fn with_facts(self, facts: Option<Facts>) -> Self {
        Self { facts, ..self }
    }

    /// What is so on the host, if a resource [asked](crate::resource::Resource::asks) for it.
    #[must_use]
    pub fn facts(&self) -> Option<&Facts> {
        self.facts.as_ref()
    }

    /// Whether the host has a running kernel; without one only files count.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.running
    }

    /// Adds the file at `path`, symbolic links followed.
    pub fn look(&mut self, host: &Host, path: &Path) {
        let seen = look(host, path).map_err(|error| chain(&error));
        self.looks.insert(path.to_owned(), seen);
    }

    /// Adds what is at `path` itself: a symbolic link is a link.
    pub fn look_itself(&mut self, host: &Host, path: &Path) {
        let seen = look_itself(host, path).map_err(|error| chain(&error));
        self.looks.insert(path.to_owned(), seen);
    }

    /// Adds the names in the directory `path` and everything that is there under them.
    pub fn look_into(&mut self, host: &Host, path: &Path) {
        let listed = host.root().list(path).map(Option::unwrap_or_default).map_err(|error| chain(&error));
        for name in listed.iter().flatten() {
            self.look(host, &path.join(name));
        }
        self.lists.insert(path.to_owned(), listed);
    }

    /// Adds a kernel value, such as `/proc/sys/net/ipv4/ip_forward`.
    pub fn look_at_value(&mut self, host: &Host, path: &Path) {
        let value = match host.root().read(path) {
            Ok(bytes) => Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).trim_end().to_owned())),
            Err(error) => Err(chain(&error)),
        };
        self.values.insert(path.to_owned(), value);
    }

    /// Adds what a program answers that only asks, under the name `question`. It is asked once.
    pub fn ask(&mut self, host: &Host, question: &str, invocation: &Invocation) {
        if !self.answers.contains_key(question) {
            let answer =
                host.run(invocation).map(|outcome| String::from_utf8_lossy(&outcome.stdout).into_owned());
            self.answers.insert(question.to_owned(), answer.map_err(|error| chain(&error)));
        }
    }

    /// Whether `question` has an answer, or was asked in vain.
    pub(crate) fn was_asked(&self, question: &str) -> bool {
        self.answers.contains_key(question)
    }

    /// Adds what a program answered to `question`, asked together with others.
    pub(crate) fn told(&mut self, question: String, answer: Result<String, String>) {
        self.answers.insert(question, answer);
    }

    /// What a program answered to `question`.
    ///
    /// # Errors
    ///
    /// The reason why it is not known.
    pub fn answer(&self, question: &str) -> Result<&str, String> {
        match self.answers.get(question) {
            Some(answer) => answer.as_deref().map_err(Clone::clone),
            None => Err(format!("`{question}` was not asked")),
        }
    }

    /// The tree that programs have to be pointed at; `None` where they run in it.
    #[must_use]
    pub fn tree(&self) -> Option<&Path> {
        self.tree.as_deref()
    }

    /// What was seen at `path`.
    ///
    /// # Errors
    ///
    /// The reason why it is not known.
    pub fn file(&self, path: &Path) -> Result<&Look, String> {
        match self.looks.get(path) {
            Some(seen) => seen.as_ref().map_err(Clone::clone),
            None => Err(format!("{} was not looked at", path.display())),
        }
    }

    /// The content of the regular file at `path`; empty where there is none or it is not known.
    #[must_use]
    pub fn bytes(&self, path: &Path) -> &[u8] {
        self.file(path).ok().and_then(|look| look.node.bytes()).unwrap_or_default()
    }

    /// The names seen in a directory; none where it does not exist or could not be read.
    pub fn names(&self, path: &Path) -> impl Iterator<Item = &OsString> {
        self.lists.get(path).into_iter().flatten().flatten()
    }

    /// The kernel value at `path`; `None` where this kernel has none.
    ///
    /// # Errors
    ///
    /// The reason why it is not known.
    pub fn value(&self, path: &Path) -> Result<Option<&str>, String> {
        match self.values.get(path) {
            Some(seen) => seen.as_ref().map(Option::as_deref).map_err(Clone::clone),
            None => Err(format!("{} was not looked at", path.display())),
        }
    }
}

fn look(host: &Host, path: &Path) -> Result<Look, Error> {
    match host.root().slot(path)? {
        Some(slot) => Ok(Look::of(slot.path.clone(), &Found::read(host.root(), &slot)?)),
        None => leads_somewhere(host, path).map(|()| Look::of(path.to_owned(), &Found::Nothing)),
    }
}

fn look_itself(host: &Host, path: &Path) -> Result<Look, Error> {
    match host.root().slot_of_link(path)? {
        Some(slot) => Ok(Look::of(path.to_owned(), &Found::read(host.root(), &slot)?)),
        None => leads_somewhere(host, path).map(|()| Look::of(path.to_owned(), &Found::Nothing)),
    }
}

/// Directories that are not there yet can be made, but not where one on the way is a link to
/// nowhere in this tree.
fn leads_somewhere(host: &Host, path: &Path) -> Result<(), Error> {
    for dir in path.ancestors().skip(1) {
        if host.root().kind(dir)?.is_some() {
            break;
        }
        if let Some(target) = host.root().link_target(dir)? {
            let why = UnfitFile::DanglingLink(target.display().to_string());
            return Err(Error::Refused { path: dir.to_owned(), why });
        }
    }
    Ok(())
}

impl Look {
    fn of(target: PathBuf, found: &Found) -> Self {
        let node = match found {
            Found::Nothing => Node::Absent,
            Found::File(source) => Node::of(&source.image),
            Found::Link(link) => Node::Link { target: link.target.clone() },
        };
        Self { target, node, unfit: found.unfit().cloned() }
    }
}
