use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::Write;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, Gid, OFlags, RenameFlags, Timespec, Timestamps, Uid, XattrFlags};
use rustix::io::Errno;

use super::file::{Source, Time, xattrs};
use super::{Meta, Mode, Root, Slot, retry};
use crate::{Error, Refusal};

/// Directories whose reader takes every file in them, hidden or not: CRI-O parses all of `crio.conf.d`. A
/// half-written file must never appear there, so it is prepared one directory up.
const READ_AS_A_WHOLE: [&str; 1] = ["crio.conf.d"];

/// One file about to be created or replaced.
#[derive(Debug)]
pub(crate) struct Put<'a> {
    slot: &'a Slot,
    bytes: &'a [u8],
    mode: Mode,
    /// What the file gets besides content and mode; `None` leaves owner and attributes to the directory.
    meta: Option<&'a Meta>,
    /// Whether the times of `meta` are given back as well.
    times: Times,
    over: Option<&'a Source>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Times {
    Now,
    AsInMeta,
}

/// The hidden name a file is prepared under, known before it exists so that it can be found after a crash.
#[derive(Clone, Debug)]
pub(crate) struct TempName(OsString);

impl TempName {
    /// A name that no other run of this program uses.
    pub(crate) fn random(slot: &Slot) -> Self {
        Self::tagged(slot, &format!("{:016x}", RandomState::new().build_hasher().finish()))
    }

    pub(crate) fn tagged(slot: &Slot, tag: &str) -> Self {
        let mut name = OsString::from(".");
        name.push(&slot.name);
        name.push(format!(".k8sprep-{tag}"));
        Self(name)
    }
}

impl<'a> Put<'a> {
    /// A file that must not be there yet.
    pub(crate) fn new_file(slot: &'a Slot, bytes: &'a [u8], mode: Mode) -> Self {
        Self { slot, bytes, mode, meta: None, times: Times::Now, over: None }
    }

    /// New content for a file that was read; everything else stays.
    pub(crate) fn over(slot: &'a Slot, bytes: &'a [u8], source: &'a Source) -> Self {
        let meta = &source.image.meta;
        Self { slot, bytes, mode: meta.mode, meta: Some(meta), times: Times::Now, over: Some(source) }
    }

    /// A file as it once was, times included; `over` what is there now.
    pub(crate) fn back(slot: &'a Slot, bytes: &'a [u8], meta: &'a Meta, over: Option<&'a Source>) -> Self {
        Self { slot, bytes, mode: meta.mode, meta: Some(meta), times: Times::AsInMeta, over }
    }

    /// Prepares, syncs and renames; leaves nothing behind when it fails.
    pub(crate) fn run(&self, root: &Root, temp: &TempName) -> Result<(), Error> {
        let shown = root.shown(&self.slot.path);
        let stage = stage(root, self.slot)?;
        let stage_fd = stage.as_ref().unwrap_or(&self.slot.dir);
        let temp = Temp { dir: stage_fd, name: &temp.0, armed: true };
        self.prepare(&temp).map_err(|source| Error::Write { path: shown.clone(), source })?;
        if !self.unchanged().map_err(Error::read(&shown))? {
            return Err(self.conflict(root));
        }
        self.rename(temp).map_err(|errno| self.explain(root, errno))?;
        sync_dir(&self.slot.dir).map_err(Error::write(&shown))?;
        stage.map_or(Ok(()), |dir| sync_dir(&dir)).map_err(Error::write(&shown))
    }

    fn prepare(&self, temp: &Temp<'_>) -> std::io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        let mut file = File::from(retry(|| rustix::fs::openat(temp.dir, temp.name, flags, mode))?);
        file.write_all(self.bytes)?;
        self.dress(&file)?;
        Ok(retry(|| rustix::fs::fsync(&file))?)
    }

    /// Owner first: a change of owner clears setuid bits and may clear attributes.
    fn dress(&self, file: &File) -> rustix::io::Result<()> {
        if let Some(meta) = self.meta {
            let now = rustix::fs::fstat(file)?;
            if (now.st_uid, now.st_gid) != (meta.uid, meta.gid) {
                let (uid, gid) = (Uid::from_raw(meta.uid), Gid::from_raw(meta.gid));
                retry(|| rustix::fs::fchown(file, Some(uid), Some(gid)))?;
            }
        }
        retry(|| rustix::fs::fchmod(file, rustix::fs::Mode::from_raw_mode(self.mode.bits())))?;
        let Some(meta) = self.meta else { return Ok(()) };
        self.copy_xattrs(file, meta)?;
        if self.times == Times::AsInMeta {
            let times = Timestamps {
                last_access: timespec(meta.accessed),
                last_modification: timespec(meta.modified),
            };
            retry(|| rustix::fs::futimens(file, &times))?;
        }
        Ok(())
    }

    /// Sets only what differs: without privileges the label the kernel gave by itself is often right already. Attributes
    /// the directory's defaults added are taken away again.
    fn copy_xattrs(&self, file: &File, meta: &Meta) -> rustix::io::Result<()> {
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

    fn unchanged(&self) -> rustix::io::Result<bool> {
        match self.over {
            Some(source) => source.is_still_in(self.slot),
            None => Ok(super::root::stat_in(self.slot)?.is_none()),
        }
    }

    fn rename(&self, mut temp: Temp<'_>) -> rustix::io::Result<()> {
        let (dir, name) = (&self.slot.dir, self.slot.name.as_os_str());
        if self.over.is_some() {
            retry(|| rustix::fs::renameat(temp.dir, temp.name, dir, name))?;
            temp.armed = false;
            return Ok(());
        }
        match retry(|| rustix::fs::renameat_with(temp.dir, temp.name, dir, name, RenameFlags::NOREPLACE)) {
            Ok(()) => temp.armed = false,
            // Old kernels and some file systems: a second name does the same, and the guard takes the first away.
            Err(Errno::INVAL | Errno::NOSYS) => {
                retry(|| rustix::fs::linkat(temp.dir, temp.name, dir, name, AtFlags::empty()))?;
            }
            Err(errno) => return Err(errno),
        }
        Ok(())
    }

    fn conflict(&self, root: &Root) -> Error {
        let path = root.shown(&self.slot.path);
        if self.over.is_some() { Error::Changed { path } } else { Error::Exists { path } }
    }

    fn explain(&self, root: &Root, errno: Errno) -> Error {
        let path = root.shown(&self.slot.path);
        match errno {
            Errno::EXIST => self.conflict(root),
            Errno::BUSY => Error::Refused { path, why: Refusal::MountPoint },
            errno => Error::write(path)(errno),
        }
    }
}

/// Takes a temporary file away that a killed run left behind.
pub(crate) fn sweep(root: &Root, slot: &Slot, temp: &TempName) -> Result<(), Error> {
    let stage = stage(root, slot)?;
    let dir = stage.as_ref().unwrap_or(&slot.dir);
    match retry(|| rustix::fs::unlinkat(dir, &temp.0, AtFlags::empty())) {
        Ok(()) => sync_dir(dir).map_err(Error::write(root.shown(&slot.path))),
        Err(Errno::NOENT) => Ok(()),
        Err(errno) => Err(Error::write(root.shown(&slot.path))(errno)),
    }
}

/// The directory to prepare a file in when its own one is read as a whole.
fn stage(root: &Root, slot: &Slot) -> Result<Option<OwnedFd>, Error> {
    let whole = |name: Option<&OsStr>| {
        name.and_then(OsStr::to_str).is_some_and(|name| READ_AS_A_WHOLE.contains(&name))
    };
    let Some(dir) = slot.path.ancestors().skip(1).find(|dir| whole(dir.file_name())) else { return Ok(None) };
    let above = dir.parent().unwrap_or(Path::new("/"));
    let opened = root.open_at(above, OFlags::RDONLY | OFlags::DIRECTORY);
    opened.map(Some).map_err(Error::read(root.shown(above)))
}

/// Makes what happened in a directory last. Some file systems cannot, and say so with EINVAL.
pub(crate) fn sync_dir(dir: impl AsFd) -> rustix::io::Result<()> {
    match retry(|| rustix::fs::fsync(&dir)) {
        Err(Errno::INVAL) => Ok(()),
        done => done,
    }
}

fn timespec(time: Time) -> Timespec {
    Timespec { tv_sec: time.seconds, tv_nsec: time.nanos.into() }
}

/// A file under construction; gone when it goes out of scope before its rename.
struct Temp<'a> {
    dir: &'a OwnedFd,
    name: &'a OsStr,
    armed: bool,
}

impl Drop for Temp<'_> {
    fn drop(&mut self) {
        if self.armed {
            // Nothing more can be done about a failure here: the hidden name harms no reader.
            let _ = retry(|| rustix::fs::unlinkat(self.dir, self.name, AtFlags::empty()));
        }
    }
}
