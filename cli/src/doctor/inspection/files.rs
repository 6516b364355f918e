//! Files of a host, each read once; what cannot be read is said, and is never "not there".

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use host_prep::Host;
use host_prep::fs::{Kind, Mode, Root};

use crate::doctor::finding::{Evidence, Unread};

/// A file's bytes, and the path it was asked for by.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct File {
    /// Path on the host.
    pub path: PathBuf,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// A file that is there, or that none is.
///
/// Shared, because many rules ask for the same file.
type Found = Option<Rc<File>>;

/// The files of a host. Links are followed inside its tree.
#[derive(Debug)]
pub struct Files<'a> {
    root: &'a Root,
    running: bool,
    read: RefCell<BTreeMap<PathBuf, Result<Found, Unread>>>,
}

impl File {
    /// Its text; bytes that are not UTF-8 are replaced.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }

    /// The file as evidence.
    pub fn evidence(&self) -> Evidence {
        Evidence::file(&self.path)
    }
}

impl<'a> Files<'a> {
    /// Nothing is read yet.
    pub(super) fn of(host: &'a Host) -> Self {
        Self { root: host.root(), running: host.is_running(), read: RefCell::default() }
    }

    /// A regular file, links followed; `None`: there is none.
    ///
    /// # Errors
    ///
    /// Where it cannot be read: permissions, or it is no regular file.
    pub fn file(&self, path: impl AsRef<Path>) -> Result<Found, Unread> {
        let path = path.as_ref();
        if let Some(known) = self.read.borrow().get(path) {
            return known.clone();
        }
        let read = self.root.read(path).map_err(|error| unread(path, &error));
        let read = read.map(|bytes| bytes.map(|bytes| Rc::new(File { path: path.to_owned(), bytes })));
        self.read.borrow_mut().insert(path.to_owned(), read.clone());
        read
    }

    /// At most the first `most` bytes of a regular file, which may be large; `None`: there is none.
    ///
    /// # Errors
    ///
    /// As [`file`](Self::file).
    pub fn head(&self, path: impl AsRef<Path>, most: u64) -> Result<Option<Vec<u8>>, Unread> {
        self.root.head(path.as_ref(), most).map_err(|error| unread(path.as_ref(), &error))
    }

    /// A file that only the running host has: below `/proc`, `/sys` and `/run`.
    ///
    /// # Errors
    ///
    /// As [`file`](Self::file), and in a tree.
    pub fn live(&self, path: impl AsRef<Path>) -> Result<Found, Unread> {
        if !self.running {
            return Err(Unread::not_running(path.as_ref().display().to_string()));
        }
        self.file(path)
    }

    /// What a path leads to, links followed; `None`: nothing.
    ///
    /// # Errors
    ///
    /// Where the system refuses to look.
    pub fn kind(&self, path: impl AsRef<Path>) -> Result<Option<Kind>, Unread> {
        self.root.kind(path.as_ref()).map_err(|error| unread(path.as_ref(), &error))
    }

    /// Where the link at a path leads to; `None`: it is no link.
    ///
    /// # Errors
    ///
    /// Where the system refuses to look.
    pub fn link(&self, path: impl AsRef<Path>) -> Result<Option<PathBuf>, Unread> {
        self.root.link_target(path.as_ref()).map_err(|error| unread(path.as_ref(), &error))
    }

    /// The permission bits of what a path leads to; `None`: nothing.
    ///
    /// # Errors
    ///
    /// Where the system refuses to look.
    pub fn mode(&self, path: impl AsRef<Path>) -> Result<Option<Mode>, Unread> {
        self.root.mode(path.as_ref()).map_err(|error| unread(path.as_ref(), &error))
    }

    /// The names in a directory, sorted; none where there is no directory.
    ///
    /// # Errors
    ///
    /// Where it cannot be read, or is no directory.
    pub fn list(&self, path: impl AsRef<Path>) -> Result<Vec<String>, Unread> {
        let names = self.root.list(path.as_ref()).map_err(|error| unread(path.as_ref(), &error))?;
        Ok(names.unwrap_or_default().iter().map(|name| name.to_string_lossy().into_owned()).collect())
    }
}

/// With all the causes.
fn unread(path: &Path, error: &host_prep::Error) -> Unread {
    Unread::because(path.display().to_string(), error)
}
