//! A hidden name beside a file: the new one is laid there, and takes the place of the one that was
//! read and of no other.

use std::ffi::{OsStr, OsString};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::os::fd::OwnedFd;

use rustix::fs::{AtFlags, RenameFlags};
use rustix::io::Errno;

use super::file::Found;
use super::{Root, Slot, retry};
use crate::{Error, UnfitFile};

/// The hidden name a file is prepared under, known before it exists so that it can be found after a
/// crash.
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
        name.push(format!(".{}-{tag}", slot.owner));
        Self(name)
    }

    pub(super) fn name(&self) -> &OsStr {
        &self.0
    }
}

/// A file under construction, or one that made room: gone when it goes out of scope.
pub(super) struct Temp<'a> {
    pub(super) dir: &'a OwnedFd,
    pub(super) name: &'a OsStr,
    armed: bool,
}

/// Where something is put, and what was found there when it was read.
pub(super) struct Place<'a> {
    pub(super) root: &'a Root,
    pub(super) slot: &'a Slot,
    pub(super) over: &'a Found,
}

impl Place<'_> {
    /// Somebody else was faster.
    pub(super) fn conflict(&self) -> Error {
        let path = self.root.shown(&self.slot.path);
        if matches!(self.over, Found::Nothing) { Error::Exists { path } } else { Error::Changed { path } }
    }

    fn explain(&self, errno: Errno) -> Error {
        let path = self.root.shown(&self.slot.path);
        match errno {
            Errno::EXIST => self.conflict(),
            Errno::NOENT if !matches!(self.over, Found::Nothing) => self.conflict(),
            Errno::BUSY => Error::Refused { path, why: UnfitFile::MountPoint },
            errno => Error::write(path)(errno),
        }
    }
}

impl<'a> Temp<'a> {
    pub(super) fn new(dir: &'a OwnedFd, name: &'a TempName) -> Self {
        Self { dir, name: name.name(), armed: true }
    }

    /// Changes places with what is there, looks at what came out, and gives it back where that is
    /// not what was read: it was changed in the moment between the last look and now. File
    /// systems without such an exchange (NFS, Linux before 3.15) have that moment.
    pub(super) fn replace(&mut self, place: &Place<'_>) -> Result<(), Error> {
        let (out, own) = (self.slot(place)?, self.identity());
        match self.rename(place.slot, RenameFlags::EXCHANGE) {
            Ok(()) => {}
            Err(Errno::INVAL | Errno::NOSYS) => {
                let done =
                    retry(|| rustix::fs::renameat(self.dir, self.name, &place.slot.dir, &place.slot.name));
                self.armed = done.is_err();
                return done.map_err(|errno| place.explain(errno));
            }
            Err(errno) => return Err(place.explain(errno)),
        }
        match expected(place, &out) {
            Ok(()) => self.remove(place),
            Err(error) => {
                self.give_back(place.slot, own);
                Err(error)
            }
        }
    }

    /// Theirs goes back to its place, and what it comes out for is ours: unless that was replaced
    /// meanwhile too, by something newer that stays.
    fn give_back(&mut self, slot: &Slot, own: Option<(u64, u64)>) {
        let theirs = self.identity();
        if self.rename(slot, RenameFlags::EXCHANGE).is_err() {
            let back = retry(|| rustix::fs::renameat(self.dir, self.name, &slot.dir, &slot.name));
            // Where nothing works, at least theirs is not removed.
            self.armed = back.is_ok();
        } else if ![own, theirs].contains(&self.identity()) {
            self.armed = self.rename(slot, RenameFlags::EXCHANGE).is_ok();
        }
    }

    #[expect(clippy::unnecessary_cast, reason = "the fields of struct stat differ between architectures")]
    fn identity(&self) -> Option<(u64, u64)> {
        let stat = retry(|| rustix::fs::statat(self.dir, self.name, AtFlags::SYMLINK_NOFOLLOW));
        stat.ok().map(|stat| (stat.st_dev as u64, stat.st_ino as u64))
    }

    /// Takes what is there out to the hidden name, looks at it, and removes it or puts it back.
    pub(super) fn take_out(&mut self, place: &Place<'_>) -> Result<(), Error> {
        let (slot, out) = (place.slot, self.slot(place)?);
        let away = || {
            let to = RenameFlags::NOREPLACE;
            retry(|| rustix::fs::renameat_with(&slot.dir, &slot.name, self.dir, self.name, to))
        };
        let done = match away() {
            // What a run left that was killed.
            Err(Errno::EXIST) => self.unlink().and_then(|()| away()),
            done => done,
        };
        match done {
            Ok(()) => {}
            Err(Errno::INVAL | Errno::NOSYS) => {
                let gone = retry(|| rustix::fs::unlinkat(&slot.dir, &slot.name, AtFlags::empty()));
                return gone.map_err(|errno| place.explain(errno));
            }
            Err(errno) => return Err(place.explain(errno)),
        }
        expected(place, &out).and_then(|()| self.remove(place)).inspect_err(|_| {
            // Where somebody made a new one meanwhile, that one stays.
            let back = self.rename(slot, RenameFlags::NOREPLACE);
            self.armed = matches!(back, Ok(()) | Err(Errno::EXIST));
        })
    }

    pub(super) fn become_new(&mut self, place: &Place<'_>) -> Result<(), Error> {
        let slot = place.slot;
        let done = match self.rename(slot, RenameFlags::NOREPLACE) {
            Ok(()) => {
                self.armed = false;
                Ok(())
            }
            // Old kernels and some file systems: a second name does the same, and `drop` takes the first
            // away.
            Err(Errno::INVAL | Errno::NOSYS) => {
                retry(|| rustix::fs::linkat(self.dir, self.name, &slot.dir, &slot.name, AtFlags::empty()))
            }
            Err(errno) => Err(errno),
        };
        done.map_err(|errno| place.explain(errno))
    }

    fn rename(&self, slot: &Slot, flags: RenameFlags) -> rustix::io::Result<()> {
        retry(|| rustix::fs::renameat_with(self.dir, self.name, &slot.dir, &slot.name, flags))
    }

    /// What came out goes: it was read and backed up.
    fn remove(&mut self, place: &Place<'_>) -> Result<(), Error> {
        self.unlink().map_err(Error::write(place.root.shown(&place.slot.path)))?;
        self.armed = false;
        Ok(())
    }

    pub(super) fn unlink(&self) -> rustix::io::Result<()> {
        retry(|| rustix::fs::unlinkat(self.dir, self.name, AtFlags::empty()))
    }

    /// The hidden name to be looked at like any other.
    fn slot(&self, place: &Place<'_>) -> Result<Slot, Error> {
        let path = place.slot.path.clone();
        let dir = rustix::io::fcntl_dupfd_cloexec(self.dir, 0);
        let dir = dir.map_err(Error::read(place.root.shown(&path)))?;
        Ok(Slot { dir, name: self.name.to_owned(), path, owner: place.slot.owner.clone() })
    }
}

/// Whether what came out is what was read.
fn expected(place: &Place<'_>, out: &Slot) -> Result<(), Error> {
    match Found::read(place.root, out) {
        Ok(found) if found.is_same(place.over) => Ok(()),
        Ok(_) | Err(Error::Refused { .. } | Error::Changed { .. }) => Err(place.conflict()),
        Err(error) => Err(error),
    }
}

impl Drop for Temp<'_> {
    fn drop(&mut self) {
        if self.armed {
            // Nothing more can be done about a failure here: the hidden name harms no reader.
            let _ = self.unlink();
        }
    }
}
