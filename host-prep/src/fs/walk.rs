//! Opening a path below a directory without ever leaving it, for kernels without `openat2` (before 5.6).

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::{Errno, Result};

/// As many links as the kernel follows in one path.
const MAX_LINKS: usize = 40;

/// Opens `path` as if `root` were `/`: absolute links start there again and `..` stops there.
///
/// Every directory on the way is held open, so one that is moved or swapped for a link meanwhile leads nowhere else.
pub(super) fn open(root: BorrowedFd<'_>, path: &Path, flags: OFlags) -> Result<OwnedFd> {
    let mut walk = Walk { root, below: Vec::new(), todo: parts(path.as_os_str()).collect(), links: 0 };
    while let Some(name) = walk.todo.pop_front() {
        if name == ".." {
            walk.below.pop();
        } else if let Some(found) = walk.enter(&name, flags)? {
            return Ok(found);
        }
    }
    reopen(walk.here(), OsStr::new("."), flags)
}

struct Walk<'a> {
    root: BorrowedFd<'a>,
    below: Vec<OwnedFd>,
    todo: VecDeque<OsString>,
    links: usize,
}

impl Walk<'_> {
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
        match FileType::from_raw_mode(rustix::fs::fstat(&peek)?.st_mode) {
            FileType::Symlink if last && flags.contains(OFlags::NOFOLLOW) => {
                return if flags.contains(OFlags::PATH) { Ok(Some(peek)) } else { Err(Errno::LOOP) };
            }
            FileType::Symlink => self.follow(&peek)?,
            FileType::Directory => self.below.push(peek),
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
