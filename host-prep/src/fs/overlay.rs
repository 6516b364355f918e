//! Files as they would be, laid over a tree for those who read it. Nothing is ever written to such a
//! tree.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use crate::ground::mode::Mode;

/// What is at a name.
#[derive(Clone, Debug)]
pub(crate) enum Laid {
    Absent,
    File(Vec<u8>, Mode),
    Link(PathBuf),
}

/// What is laid over a tree, by path.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overlay(BTreeMap<PathBuf, Laid>);

/// What a path leads to.
pub(super) enum Over<'a> {
    /// Whatever the tree has at that path.
    Tree(Cow<'a, Path>),
    File(&'a [u8], Mode),
    Link(&'a Path),
    /// Files are laid below it.
    Directory,
    Nothing,
}

impl Overlay {
    pub(crate) fn lay(&mut self, path: &Path, what: Laid) {
        self.0.insert(plain(path), what);
    }

    /// What is laid at that path.
    pub(crate) fn get(&self, path: &Path) -> Option<&Laid> {
        self.0.get(path)
    }

    /// What is laid in a directory itself: a name, and whether something is there.
    pub(super) fn names(&self, dir: &Path) -> BTreeMap<OsString, bool> {
        let mut names = BTreeMap::new();
        for (path, laid) in &self.0 {
            let Ok(below) = path.strip_prefix(dir) else { continue };
            let mut parts = below.components();
            let Some(Component::Normal(name)) = parts.next() else { continue };
            let there = !matches!(laid, Laid::Absent);
            let itself = parts.next().is_none();
            if there || itself {
                *names.entry(name.to_owned()).or_insert(false) |= there;
            }
        }
        names
    }
}

/// An absolute path without `.` and `..`.
pub(super) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::from("/");
    for part in path.components() {
        match part {
            Component::Normal(name) => plain.push(name),
            Component::ParentDir => drop(plain.pop()),
            _ => {}
        }
    }
    plain
}
