//! Opening a path below a directory without ever leaving it, for kernels without `openat2` (before
//! 5.6).

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Mode, OFlags, Stat};
use rustix::io::{Errno, Result};

/// As many links as the kernel follows in one path.
const MAX_LINKS: usize = 40;

/// Opens `path` as if `root` were `/`: absolute links start there again and `..` stops there.
///
/// Every directory on the way is held open, so one that is moved or swapped for a link meanwhile
/// leads nowhere else.
pub(super) fn open(root: BorrowedFd<'_>, path: &Path, flags: OFlags) -> Result<OwnedFd> {
    open_seeing(root, path, flags, &mut |_, _| Ok(()))
}

/// The same, and `see` is shown every directory that is entered, where links lead through too: its
/// failure ends the walk.
pub(super) fn open_seeing(
    root: BorrowedFd<'_>,
    path: &Path,
    flags: OFlags,
    see: &mut See<'_>,
) -> Result<OwnedFd> {
    see(&rustix::fs::fstat(root)?, Path::new("/"))?;
    let todo = parts(path.as_os_str()).collect();
    let mut walk = Walk { root, below: Vec::new(), names: Vec::new(), todo, links: 0, see };
    while let Some(name) = walk.todo.pop_front() {
        if name == ".." {
            walk.below.pop();
            walk.names.pop();
        } else if let Some(found) = walk.enter(&name, flags)? {
            return Ok(found);
        }
    }
    reopen(walk.here(), OsStr::new("."), flags)
}

/// Looks at a directory that a walk enters, and its path without links.
pub(super) type See<'a> = dyn FnMut(&Stat, &Path) -> Result<()> + 'a;

struct Walk<'a, 'b> {
    root: BorrowedFd<'a>,
    below: Vec<OwnedFd>,
    names: Vec<OsString>,
    todo: VecDeque<OsString>,
    links: usize,
    see: &'a mut See<'b>,
}

impl Walk<'_, '_> {
    fn here(&self) -> BorrowedFd<'_> {
        self.below.last().map_or(self.root, AsFd::as_fd)
    }

    /// One step down; the opened file when this was the last one.
    fn enter(&mut self, name: &OsStr, flags: OFlags) -> Result<Option<OwnedFd>> {
        let peek = rustix::fs::openat(
            self.here(),
            name,
            OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        let last = self.todo.is_empty();
        let stat = rustix::fs::fstat(&peek)?;
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Symlink if last && flags.contains(OFlags::NOFOLLOW) => {
                return if flags.contains(OFlags::PATH) { Ok(Some(peek)) } else { Err(Errno::LOOP) };
            }
            FileType::Symlink => self.follow(&peek)?,
            FileType::Directory => {
                self.names.push(name.to_owned());
                (self.see)(&stat, &Path::new("/").join(self.names.iter().collect::<PathBuf>()))?;
                self.below.push(peek);
            }
            _ if last => return reopen(self.here(), name, flags).map(Some),
            _ => return Err(Errno::NOTDIR),
        }
        Ok(None)
    }

    fn follow(&mut self, link: &OwnedFd) -> Result<()> {
        self.links += 1;
        if self.links > MAX_LINKS {
            return Err(Errno::LOOP);
        }
        let target = rustix::fs::readlinkat(link, "", Vec::new())?;
        let target = OsStr::from_bytes(target.as_bytes());
        if target.as_bytes().starts_with(b"/") {
            self.below.clear();
            self.names.clear();
        }
        for part in parts(target).collect::<Vec<_>>().into_iter().rev() {
            self.todo.push_front(part);
        }
        Ok(())
    }
}

/// `NOFOLLOW`, so that a link swapped in since the look is refused.
fn reopen(dir: BorrowedFd<'_>, name: &OsStr, flags: OFlags) -> Result<OwnedFd> {
    rustix::fs::openat(dir, name, flags | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}

fn parts(path: &OsStr) -> impl Iterator<Item = OsString> + '_ {
    path.as_bytes()
        .split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty() && *part != b".")
        .map(|part| OsStr::from_bytes(part).to_owned())
}
