//! Putting a file, a link or nothing in the place of what was found.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Gid, OFlags, Timespec, Timestamps, Uid, XattrFlags};
use rustix::io::Errno;

use super::file::{Found, Time, xattrs};
use super::temp::{Place, Temp, TempName};
use super::{Meta, Mode, Root, Slot, retry};
use crate::Error;

/// Directories whose reader takes every file in them, hidden or not: CRI-O parses all of
/// `crio.conf.d`. A half-written file must never appear there, so it is prepared one directory up.
const READ_AS_A_WHOLE: [&str; 1] = ["crio.conf.d"];

/// What a name shall stand for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted<'a> {
    Nothing,
    File { bytes: &'a [u8], mode: Mode, dress: Dress<'a> },
    Link { target: &'a Path, dress: Dress<'a> },
}

/// What an entry gets besides content and mode.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Dress<'a> {
    /// Owner and attributes that the directory gives.
    Fresh,
    /// Owner and attributes of the file it replaces.
    Like(&'a Meta),
    /// The same with its times: the file as it was.
    Exactly(&'a Meta),
}

/// Makes the name in `slot`, which was read as `over`, stand for what is `wanted`: prepares, syncs
/// and renames. Leaves nothing behind when it fails.
pub(crate) fn put(
    root: &Root,
    slot: &Slot,
    over: &Found,
    wanted: Wanted<'_>,
    temp: &TempName,
) -> Result<(), Error> {
    let shown = root.shown(&slot.path);
    if let Some(why) = over.unfit() {
        return Err(Error::Refused { path: shown, why: why.clone() });
    }
    let failed = || Error::write(shown.clone());
    let stage = stage(root, slot)?;
    let dir = stage.as_ref().unwrap_or(&slot.dir);
    let mut temp = Temp::new(dir, temp);
    prepare(&temp, wanted).map_err(|source| Error::Write { path: shown.clone(), source })?;
    let place = Place { root, slot, over };
    if !over.is_still_in(slot).map_err(Error::read(&shown))? {
        return Err(place.conflict());
    }
    match (wanted, over) {
        (Wanted::Nothing, Found::Nothing) => return Ok(()),
        (Wanted::Nothing, _) => temp.take_out(&place),
        (_, Found::Nothing) => temp.become_new(&place),
        _ => temp.replace(&place),
    }?;
    sync_dir(&slot.dir).map_err(failed())?;
    stage.as_ref().map_or(Ok(()), sync_dir).map_err(failed())
}

/// Lays the new entry under its hidden name, complete and synced. What is there under that name was
/// left by a run that was killed and whose journal is gone: nobody else gives such names.
fn prepare(temp: &Temp<'_>, wanted: Wanted<'_>) -> std::io::Result<()> {
    match lay(temp, wanted) {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            temp.unlink()?;
            lay(temp, wanted)
        }
        done => done,
    }
}

fn lay(temp: &Temp<'_>, wanted: Wanted<'_>) -> std::io::Result<()> {
    match wanted {
        Wanted::Nothing => Ok(()),
        Wanted::Link { target, dress } => {
            retry(|| rustix::fs::symlinkat(target, temp.dir, temp.name))?;
            Ok(dress_link(temp, dress)?)
        }
        Wanted::File { bytes, mode, dress } => {
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let own = rustix::fs::Mode::from_raw_mode(0o600);
            let mut file = File::from(retry(|| rustix::fs::openat(temp.dir, temp.name, flags, own))?);
            file.write_all(bytes)?;
            dress_file(&file, mode, dress)?;
            Ok(retry(|| rustix::fs::fsync(&file))?)
        }
    }
}

/// Owner first: a change of owner clears setuid bits and may clear attributes.
fn dress_file(file: &File, mode: Mode, dress: Dress<'_>) -> rustix::io::Result<()> {
    if let Dress::Like(meta) | Dress::Exactly(meta) = dress {
        let now = rustix::fs::fstat(file)?;
        if (now.st_uid, now.st_gid) != (meta.uid, meta.gid) {
            let (uid, gid) = (Uid::from_raw(meta.uid), Gid::from_raw(meta.gid));
            retry(|| rustix::fs::fchown(file, Some(uid), Some(gid)))?;
        }
    }
    retry(|| rustix::fs::fchmod(file, rustix::fs::Mode::from_raw_mode(mode.bits())))?;
    if let Dress::Like(meta) | Dress::Exactly(meta) = dress {
        copy_xattrs(file, meta)?;
    }
    if let Dress::Exactly(meta) = dress {
        retry(|| rustix::fs::futimens(file, &times(meta)))?;
    }
    Ok(())
}

/// A link has an owner and times, but no mode.
fn dress_link(temp: &Temp<'_>, dress: Dress<'_>) -> rustix::io::Result<()> {
    let (Dress::Like(meta) | Dress::Exactly(meta)) = dress else { return Ok(()) };
    let now = rustix::fs::statat(temp.dir, temp.name, AtFlags::SYMLINK_NOFOLLOW)?;
    if (now.st_uid, now.st_gid) != (meta.uid, meta.gid) {
        let owner = (Some(Uid::from_raw(meta.uid)), Some(Gid::from_raw(meta.gid)));
        retry(|| rustix::fs::chownat(temp.dir, temp.name, owner.0, owner.1, AtFlags::SYMLINK_NOFOLLOW))?;
    }
    if let Dress::Exactly(meta) = dress {
        retry(|| rustix::fs::utimensat(temp.dir, temp.name, &times(meta), AtFlags::SYMLINK_NOFOLLOW))?;
    }
    Ok(())
}

/// Sets only what differs: without privileges the label the kernel gave by itself is often right
/// already. Attributes the directory's defaults added are taken away again.
fn copy_xattrs(file: &File, meta: &Meta) -> rustix::io::Result<()> {
    let now = xattrs(file)?;
    for (name, value) in meta.xattrs.iter().filter(|(name, value)| now.get(*name) != Some(*value)) {
        retry(|| rustix::fs::fsetxattr(file, name.as_str(), value, XattrFlags::empty()))?;
    }
    let surplus = now.keys().filter(|name| !meta.xattrs.contains_key(*name));
    for name in surplus.filter(|name| !name.starts_with("security.")) {
        retry(|| rustix::fs::fremovexattr(file, name.as_str()))?;
    }
    Ok(())
}

/// Takes a temporary file away that a killed run left behind.
pub(crate) fn sweep(root: &Root, slot: &Slot, temp: &TempName) -> Result<(), Error> {
    let stage = stage(root, slot)?;
    let dir = stage.as_ref().unwrap_or(&slot.dir);
    match retry(|| rustix::fs::unlinkat(dir, temp.name(), AtFlags::empty())) {
        Ok(()) => sync_dir(dir).map_err(Error::write(root.shown(&slot.path))),
        Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(Error::write(root.shown(&slot.path))(errno)),
    }
}

/// A hidden name for `what` of the entry in `slot`, called after the owner, that no reader of its
/// directory takes.
pub(crate) fn beside(slot: &Slot, what: &str) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(&slot.name);
    name.push(format!(".{}-{what}", slot.owner));
    read_as_a_whole(&slot.path).unwrap_or(slot.path.parent().unwrap_or(Path::new("/"))).join(name)
}

/// The directory to prepare a file in when its own one is read as a whole.
fn stage(root: &Root, slot: &Slot) -> Result<Option<OwnedFd>, Error> {
    let Some(above) = read_as_a_whole(&slot.path) else { return Ok(None) };
    let opened = root.open_at(above, OFlags::RDONLY | OFlags::DIRECTORY);
    opened.map(Some).map_err(Error::read(root.shown(above)))
}

/// The directory above the one that is read as a whole, if `path` is in such a one.
fn read_as_a_whole(path: &Path) -> Option<&Path> {
    let whole = |dir: &&Path| READ_AS_A_WHOLE.iter().any(|name| dir.file_name() == Some(OsStr::new(name)));
    path.ancestors().skip(1).find(whole)?.parent()
}

/// Makes what happened in a directory last. Some file systems cannot, and say so with EINVAL.
pub(crate) fn sync_dir(dir: impl AsFd) -> rustix::io::Result<()> {
    match retry(|| rustix::fs::fsync(&dir)) {
        Err(Errno::INVAL) => Ok(()),
        done => done,
    }
}

fn times(meta: &Meta) -> Timestamps {
    let timespec = |time: Time| Timespec { tv_sec: time.seconds, tv_nsec: time.nanos.into() };
    Timestamps { last_access: timespec(meta.accessed), last_modification: timespec(meta.modified) }
}
