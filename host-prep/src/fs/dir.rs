//! Directories that are made and removed, and kernel values, which are written in place.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, OFlags};
use rustix::io::Errno;

use super::kind::Kind;
use super::put::sync_dir;
use super::root::{Root, Slot, names_in};
use super::{Mode, retry};
use crate::Error;

/// The directories above `path` that do not exist, outermost first.
pub(crate) fn missing_above(root: &Root, path: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut missing = Vec::new();
    for dir in path.ancestors().skip(1) {
        // A link to nothing in the way is found out when the directory is made.
        if root.kind_of_link(dir)?.is_some() {
            break;
        }
        missing.push(dir.to_owned());
    }
    missing.reverse();
    Ok(missing)
}

/// Makes one directory and makes that last; one that is there already is fine.
pub(crate) fn make(root: &Root, path: &Path, mode: Mode) -> Result<(), Error> {
    let Some(slot) = root.slot_of_link(path)? else {
        return Err(Error::Missing { path: root.shown(path.parent().unwrap_or(path)) });
    };
    let bits = rustix::fs::Mode::from_raw_mode(mode.bits());
    let failed = || Error::write(root.shown(path));
    match retry(|| rustix::fs::mkdirat(&slot.dir, &slot.name, bits)) {
        Ok(()) => {
            // What the umask took away is given back: to the directory itself, not to what its name may be by
            // now.
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let none = rustix::fs::Mode::empty();
            let made = retry(|| rustix::fs::openat(&slot.dir, &slot.name, flags, none)).map_err(failed())?;
            retry(|| rustix::fs::fchmod(&made, bits)).map_err(failed())?;
        }
        Err(Errno::EXIST) if root.kind(path)? == Some(Kind::Directory) => return Ok(()),
        Err(errno) => return Err(failed()(errno)),
    }
    sync_dir(&slot.dir).map_err(failed())
}

/// Removes a directory if it is empty. Whether it is gone.
pub(crate) fn remove_if_empty(root: &Root, path: &Path) -> Result<bool, Error> {
    let Some(Slot { dir, name, .. }) = root.slot_of_link(path)? else { return Ok(true) };
    match retry(|| rustix::fs::unlinkat(&dir, &name, AtFlags::REMOVEDIR)) {
        Ok(()) => sync_dir(&dir).map_err(Error::write(root.shown(path))).map(|()| true),
        Err(Errno::NOENT) => Ok(true),
        Err(Errno::NOTEMPTY | Errno::EXIST | Errno::NOTDIR | Errno::BUSY) => Ok(false),
        Err(errno) => Err(Error::write(root.shown(path))(errno)),
    }
}

/// Removes what is at `path`, a directory with everything in it. Links are removed and never
/// followed; nothing there is fine.
pub(crate) fn remove_tree(root: &Root, path: &Path) -> Result<(), Error> {
    let Some(slot) = root.slot_of_link(path)? else { return Ok(()) };
    remove_below(&slot.dir, &slot.name).map_err(Error::write(root.shown(path)))
}

fn remove_below(dir: &OwnedFd, name: &OsStr) -> rustix::io::Result<()> {
    match retry(|| rustix::fs::unlinkat(dir, name, AtFlags::empty())) {
        Ok(()) | Err(Errno::NOENT) => return Ok(()),
        // unlink(2): Linux says EISDIR of a directory, POSIX EPERM.
        Err(Errno::ISDIR | Errno::PERM) => {}
        Err(errno) => return Err(errno),
    }
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let below = retry(|| rustix::fs::openat(dir, name, flags, rustix::fs::Mode::empty()))?;
    let names = names_in(Dir::read_from(&below)?)?;
    names.iter().try_for_each(|name| remove_below(&below, name))?;
    retry(|| rustix::fs::unlinkat(dir, name, AtFlags::REMOVEDIR))
}

/// Writes to a file in place, in one call: a kernel value takes nothing else.
pub(crate) fn write_value(root: &Root, path: &Path, value: &str) -> Result<(), Error> {
    let failed = || Error::write(root.shown(path));
    let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let fd = root.open_at(path, flags).map_err(failed())?;
    let line = format!("{value}\n");
    let taken = retry(|| rustix::io::write(&fd, line.as_bytes())).map_err(failed())?;
    if taken == line.len() { Ok(()) } else { Err(failed()(Errno::IO)) }
}
