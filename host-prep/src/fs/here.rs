//! Directories of our own on the running host, where something is made ready before it gets its
//! name: paths are the host's, as programs are told them.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use rustix::fs::OFlags;

use super::dir::{make, missing_above, remove_tree};
use super::root::Slot;
use super::{Mode, Root, on_this_host, retry};
use crate::Error;

/// Makes the directory `path` and those above it; one that is there is fine.
pub(crate) fn make_dirs(path: &Path) -> Result<(), Error> {
    let (root, path) = on_this_host(path)?;
    missing_above(&root, &path)?.iter().try_for_each(|dir| make(&root, dir, Mode::DIRECTORY))?;
    make(&root, &path, Mode::DIRECTORY)
}

/// Opens the file `path`, which is not there yet, to be written; `mode` whatever the umask is. The
/// directories above it are made. No link is followed.
pub(crate) fn create(root: &Root, path: &Path, mode: Mode) -> Result<File, Error> {
    missing_above(root, path)?.iter().try_for_each(|dir| make(root, dir, Mode::DIRECTORY))?;
    let slot = of(root, path)?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let bits = rustix::fs::Mode::from_raw_mode(mode.bits());
    let failed = || Error::write(root.shown(path));
    let file = retry(|| rustix::fs::openat(&slot.dir, &slot.name, flags, bits)).map_err(failed())?;
    retry(|| rustix::fs::fchmod(&file, bits)).map_err(failed())?;
    Ok(file.into())
}

/// [`create`] at a path of the running host.
pub(crate) fn create_here(path: &Path, mode: Mode) -> Result<File, Error> {
    let (root, path) = on_this_host(path)?;
    create(&root, &path, mode)
}

/// Copies a regular file, over what is at `to`.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    remove(to)?;
    let (root, from) = on_this_host(from)?;
    let mut source = root.open_regular(&from)?.ok_or_else(|| Error::Missing { path: from.clone() })?;
    let mut copy = create_here(to, Mode::PUBLIC)?;
    let copied = io::copy(&mut source, &mut copy);
    copied.map(drop).map_err(|source| Error::Write { path: to.to_owned(), source })
}

/// Writes a file for everybody to read, over what is at `path`. The directories above it are made.
pub(crate) fn lay(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    remove(path)?;
    let written = create_here(path, Mode::PUBLIC)?.write_all(bytes);
    written.map_err(|source| Error::Write { path: path.to_owned(), source })
}

/// Gives what is at `from` the name `to`, over a file of that name.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    let (root, to) = on_this_host(to)?;
    let (old, new) = (of(&root, &on_this_host(from)?.1)?, of(&root, &to)?);
    let renamed = retry(|| rustix::fs::renameat(&old.dir, &old.name, &new.dir, &new.name));
    renamed.map_err(Error::write(to))
}

/// Removes what is at `path`, a directory with all below it; nothing there is fine.
pub(crate) fn remove(path: &Path) -> Result<(), Error> {
    let (root, path) = on_this_host(path)?;
    remove_tree(&root, &path)
}

fn of(root: &Root, path: &Path) -> Result<Slot, Error> {
    let gone = || Error::Missing { path: root.shown(path) };
    root.slot_of_link(path)?.ok_or_else(gone)
}
