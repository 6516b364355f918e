//! Reading for the observers: what cannot be read is a reason, not an error that ends the scan.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::fs::{Kind, Root};
use crate::ground::error::chain;
use crate::{Error, Host};

/// What is known about one thing, or why nothing is.
///
/// In JSON a known value stands for itself and an unknown one is `{"unknown": "reason"}`.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(clippy::exhaustive_enums, reason = "there is no third")]
pub enum Fact<T> {
    /// It was read.
    Known(T),
    /// It could not be.
    Unknown {
        /// Why not.
        #[serde(rename = "unknown")]
        reason: String,
    },
}

/// A line of a file.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[non_exhaustive]
pub struct Origin {
    /// Path on the host.
    pub file: PathBuf,
    /// Line number from 1.
    pub line: usize,
}

/// A file's path and bytes.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FileText {
    /// Path on the host.
    pub path: PathBuf,
    /// Content as it is on disk; JSON has it as text.
    #[serde(serialize_with = "as_text", rename = "text")]
    pub bytes: Vec<u8>,
}

impl<T> Fact<T> {
    /// The value, if it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown { .. } => None,
        }
    }

    /// The reason, if it is not known.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Known(_) => None,
            Self::Unknown { reason } => Some(reason),
        }
    }

    pub(crate) fn unknown(reason: impl fmt::Display) -> Self {
        Self::Unknown { reason: reason.to_string() }
    }

    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Fact<U> {
        self.and_then(|value| Fact::Known(change(value)))
    }

    pub(crate) fn and_then<U>(self, change: impl FnOnce(T) -> Fact<U>) -> Fact<U> {
        match self {
            Self::Known(value) => change(value),
            Self::Unknown { reason } => Fact::Unknown { reason },
        }
    }
}

impl<T: Default> Fact<T> {
    pub(crate) fn or_default(self) -> T {
        match self {
            Self::Known(value) => value,
            Self::Unknown { .. } => T::default(),
        }
    }
}

impl<T: fmt::Display> fmt::Display for Fact<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(value) => value.fmt(f),
            Self::Unknown { reason } => write!(f, "unknown ({reason})"),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file.display(), self.line)
    }
}

impl FileText {
    /// The content as text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }
}

/// Where facts come from: a tree, and whether a kernel runs under it.
#[derive(Debug)]
pub(super) struct Source<'a> {
    root: &'a Root,
    running: bool,
}

/// A file found in one of several configuration directories.
#[derive(Debug)]
pub(super) struct ConfFile {
    pub(super) path: PathBuf,
    /// A link to `/dev/null`: it hides the files of this name and says nothing itself.
    pub(super) masks: bool,
}

impl<'a> Source<'a> {
    pub(super) fn new(host: &'a Host) -> Self {
        Self { root: host.root(), running: host.is_running() }
    }

    pub(super) fn is_running(&self) -> bool {
        self.running
    }

    /// Whether the tree is the one this process runs in, so that system calls tell about it.
    pub(super) fn is_this_process(&self) -> bool {
        self.running && self.root.is_live()
    }

    pub(super) fn bytes(&self, path: impl AsRef<Path>) -> Fact<Option<Vec<u8>>> {
        self.root.read(path.as_ref()).into()
    }

    pub(super) fn file(&self, path: impl AsRef<Path>) -> Fact<Option<FileText>> {
        let path = path.as_ref();
        self.bytes(path).map(|found| found.map(|bytes| FileText { path: path.to_owned(), bytes }))
    }

    pub(super) fn text(&self, path: impl AsRef<Path>) -> Fact<Option<String>> {
        self.bytes(path).map(|found| found.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Only the running kernel has an answer: files below `/proc`, `/sys` and `/run`.
    pub(super) fn live_text(&self, path: &str) -> Fact<Option<String>> {
        self.live(|| self.text(path))
    }

    pub(super) fn live<T>(&self, look: impl FnOnce() -> Fact<T>) -> Fact<T> {
        if self.running { look() } else { Fact::unknown("this is a tree, not a running host") }
    }

    /// What is at `path`, links followed.
    pub(super) fn kind(&self, path: impl AsRef<Path>) -> Fact<Option<Kind>> {
        self.root.kind(path.as_ref()).into()
    }

    pub(super) fn exists(&self, path: impl AsRef<Path>) -> Fact<bool> {
        self.kind(path).map(|kind| kind.is_some())
    }

    pub(super) fn link_target(&self, path: impl AsRef<Path>) -> Fact<Option<PathBuf>> {
        self.root.link_target(path.as_ref()).into()
    }

    /// What a system call says, as text.
    pub(super) fn system(
        &self,
        question: &str,
        look: impl FnOnce() -> std::io::Result<String>,
    ) -> Fact<String> {
        let said: Fact<Vec<u8>> = self.root.system(question, || look().map(String::into_bytes)).into();
        said.map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The names in a directory, sorted; none where there is no directory.
    pub(super) fn list(&self, path: impl AsRef<Path>) -> Fact<Vec<String>> {
        let found: Fact<Option<Vec<_>>> = self.root.list(path.as_ref()).into();
        found
            .map(|names| names.unwrap_or_default().iter().map(|n| n.to_string_lossy().into_owned()).collect())
    }

    /// The files systemd would read from several directories, in its order: by name, where an
    /// earlier directory hides files of the same name in later ones. Hidden files do not count.
    pub(super) fn conf_files(&self, dirs: &[String], suffix: &str) -> Fact<Vec<ConfFile>> {
        let mut found: Vec<(String, ConfFile)> = Vec::new();
        for dir in dirs {
            let names = match self.list(dir) {
                Fact::Known(names) => names,
                Fact::Unknown { reason } => return Fact::Unknown { reason },
            };
            for name in names.into_iter().filter(|n| n.ends_with(suffix) && !n.starts_with('.')) {
                if !found.iter().any(|(known, _)| *known == name) {
                    let path = Path::new(dir).join(&name);
                    let masks = self.is_masked(&path);
                    found.push((name, ConfFile { path, masks }));
                }
            }
        }
        found.sort_by(|(a, _), (b, _)| a.cmp(b));
        Fact::Known(found.into_iter().map(|(_, file)| file).collect())
    }

    /// Whether `path` leads to a regular file without a byte.
    pub(super) fn is_empty(&self, path: impl AsRef<Path>) -> bool {
        let path = path.as_ref();
        let head = || Fact::from(self.root.head(path, 1));
        self.kind(path).known() == Some(&Some(Kind::File))
            && head().known().is_some_and(|head| head.as_ref().is_some_and(Vec::is_empty))
    }

    /// Whether `path` is a link to `/dev/null`.
    pub(super) fn is_masked(&self, path: impl AsRef<Path>) -> bool {
        self.link_target(path).known().is_some_and(|target| target.as_deref() == Some(Path::new("/dev/null")))
    }
}

/// `/etc`, `/run`, `/usr/local/lib`, `/usr/lib` and `/lib`, first one first, each with `below`.
pub(super) fn conf_dirs(below: &str) -> Vec<String> {
    ["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"].map(|dir| format!("{dir}/{below}")).into()
}

impl<T> From<Result<T, Error>> for Fact<T> {
    fn from(result: Result<T, Error>) -> Self {
        match result {
            Ok(value) => Self::Known(value),
            Err(error) => Self::unknown(chain(&error)),
        }
    }
}

fn as_text<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&String::from_utf8_lossy(bytes))
}
