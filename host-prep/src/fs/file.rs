//! A file as it is found: content, owner, mode, times, attributes, and what makes it unfit to be
//! replaced.

use std::collections::BTreeMap;
use std::ffi::{CStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use rustix::fs::{AtFlags, FileType, IFlags, OFlags, Stat, StatxAttributes, StatxFlags};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use super::root::{MAX_FILE, Root, Slot, links, regular, stat_in};
use super::{Mode, retry};
use crate::{Error, UnfitFile};

/// Hashes of the content that the kernel or its tools keep in attributes: wrong on any other
/// content.
const BOUND_TO_CONTENT: [&str; 2] = ["security.ima", "security.evm"];

/// A point in time as a file system keeps it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the two numbers of struct timespec")]
pub struct Time {
    /// Seconds since 1970.
    pub seconds: i64,
    /// Nanoseconds into that second.
    pub nanos: u32,
}

/// Everything about a file except its content.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Meta {
    /// Permission bits.
    pub mode: Mode,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Last access.
    pub accessed: Time,
    /// Last change of the content.
    pub modified: Time,
    /// Extended attributes by full name: SELinux label, ACL, `user.*`.
    pub xattrs: BTreeMap<String, Vec<u8>>,
}

impl Meta {
    /// Whether a person would call both the same: times and labels set by policy aside.
    #[must_use]
    pub fn same_intent(&self, other: &Self) -> bool {
        let chosen = |meta: &Self| -> Vec<(String, Vec<u8>)> {
            let kept = meta.xattrs.iter().filter(|(name, _)| !name.starts_with("security."));
            kept.map(|(name, value)| (name.clone(), value.clone())).collect()
        };
        (self.mode, self.uid, self.gid) == (other.mode, other.uid, other.gid) && chosen(self) == chosen(other)
    }
}

/// A file as it was found or shall be: content and everything about it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct FileImage {
    /// The content.
    pub bytes: Vec<u8>,
    /// Owner, mode, times, attributes.
    pub meta: Meta,
}

/// What a name stood for when it was looked at, in order to replace it.
#[derive(Debug)]
pub(crate) enum Found {
    Nothing,
    File(Source),
    Link(Link),
}

/// A file that was read.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) image: FileImage,
    /// What makes it unfit to be replaced.
    pub(crate) unfit: Option<UnfitFile>,
    stamp: Stamp,
}

/// A symbolic link that was read.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) target: PathBuf,
    /// Owner and times; a link has no mode of its own.
    pub(crate) meta: Meta,
    stamp: Stamp,
}

/// What tells one state of a directory entry from another without reading it again.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Stamp([u64; 8]);

impl Found {
    /// Looks at the entry in `slot` itself: a link is a link.
    pub(crate) fn read(root: &Root, slot: &Slot) -> Result<Self, Error> {
        let shown = || root.shown(&slot.path);
        let Some(stat) = stat_in(slot).map_err(Error::read(shown()))? else { return Ok(Self::Nothing) };
        if FileType::from_raw_mode(stat.st_mode) == FileType::Symlink {
            let target = retry(|| rustix::fs::readlinkat(&slot.dir, &slot.name, Vec::new()));
            let target = OsString::from_vec(target.map_err(Error::read(shown()))?.into_bytes()).into();
            let meta = Meta::of(&stat, BTreeMap::new());
            return Ok(Self::Link(Link { target, meta, stamp: Stamp::of(&stat) }));
        }
        regular(stat.st_mode).map_err(|why| Error::Refused { path: shown(), why })?;
        Source::read(root, slot).map(Self::File)
    }

    /// Whether the entry in `slot` is still what was read.
    pub(crate) fn is_still_in(&self, slot: &Slot) -> rustix::io::Result<bool> {
        let stamp = stat_in(slot)?.map(|stat| Stamp::of(&stat));
        Ok(match self {
            Self::Nothing => stamp.is_none(),
            Self::File(Source { stamp: then, .. }) | Self::Link(Link { stamp: then, .. }) => {
                stamp == Some(*then)
            }
        })
    }

    /// Whether this is what `other` was, under whatever name: content and everything about it but
    /// when it was last read.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let unread = |meta: &Meta| Meta { accessed: meta.modified, ..meta.clone() };
        match (self, other) {
            (Self::Nothing, Self::Nothing) => true,
            (Self::File(one), Self::File(two)) => {
                one.unfit == two.unfit
                    && one.image.bytes == two.image.bytes
                    && unread(&one.image.meta) == unread(&two.image.meta)
            }
            (Self::Link(one), Self::Link(two)) => {
                one.target == two.target && unread(&one.meta) == unread(&two.meta)
            }
            _ => false,
        }
    }

    pub(crate) fn unfit(&self) -> Option<&UnfitFile> {
        if let Self::File(source) = self { source.unfit.as_ref() } else { None }
    }
}

impl Source {
    /// Reads the regular file in `slot`.
    fn read(root: &Root, slot: &Slot) -> Result<Self, Error> {
        let shown = || root.shown(&slot.path);
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let fd = retry(|| rustix::fs::openat(&slot.dir, &slot.name, flags, rustix::fs::Mode::empty()))
            .map_err(Error::read(shown()))?;
        let before = rustix::fs::fstat(&fd).map_err(Error::read(shown()))?;
        regular(before.st_mode).map_err(|why| Error::Refused { path: shown(), why })?;
        let unfit = unfit(&fd, &before);
        let xattrs = xattrs(&fd).map_err(Error::read(shown()))?;
        let file = File::from(fd);
        let bytes = read_all(&file).map_err(|source| Error::Read { path: shown(), source })?;
        let after = rustix::fs::fstat(&file).map_err(Error::read(shown()))?;
        if Stamp::of(&before) != Stamp::of(&after) {
            return Err(Error::Changed { path: shown() });
        }
        let image = FileImage { bytes, meta: Meta::of(&before, xattrs) };
        Ok(Self { image, unfit, stamp: Stamp::of(&before) })
    }
}

#[expect(clippy::unnecessary_cast, reason = "the fields of struct stat differ between architectures")]
#[expect(clippy::cast_sign_loss, reason = "only compared for equality")]
impl Stamp {
    fn of(stat: &Stat) -> Self {
        Self([
            stat.st_dev as u64,
            stat.st_ino as u64,
            stat.st_size as u64,
            stat.st_nlink as u64,
            stat.st_mtime as u64,
            stat.st_mtime_nsec as u64,
            stat.st_ctime as u64,
            stat.st_ctime_nsec as u64,
        ])
    }
}

#[expect(clippy::unnecessary_cast, reason = "the fields of struct stat differ between architectures")]
impl Meta {
    fn of(stat: &Stat, xattrs: BTreeMap<String, Vec<u8>>) -> Self {
        Self {
            mode: Mode::new(stat.st_mode as u32),
            uid: stat.st_uid,
            gid: stat.st_gid,
            accessed: Time { seconds: stat.st_atime as i64, nanos: stat.st_atime_nsec as u32 },
            modified: Time { seconds: stat.st_mtime as i64, nanos: stat.st_mtime_nsec as u32 },
            xattrs,
        }
    }
}

/// What would go wrong if this file were renamed over.
fn unfit(fd: &OwnedFd, stat: &Stat) -> Option<UnfitFile> {
    if stat.st_nlink > 1 {
        return Some(UnfitFile::HardLinks(links(stat)));
    }
    // File systems without flags answer ENOTTY or EOPNOTSUPP: then there is no such flag to respect.
    let flags = rustix::fs::ioctl_getflags(fd).unwrap_or(IFlags::empty());
    if flags.contains(IFlags::IMMUTABLE) {
        return Some(UnfitFile::Immutable);
    }
    if flags.contains(IFlags::APPEND) {
        return Some(UnfitFile::AppendOnly);
    }
    // Linux before 5.8 does not tell; there the rename itself fails with EBUSY.
    let mounted = rustix::fs::statx(fd, "", AtFlags::EMPTY_PATH, StatxFlags::empty())
        .is_ok_and(|found| found.stx_attributes.contains(StatxAttributes::MOUNT_ROOT));
    mounted.then_some(UnfitFile::MountPoint)
}

fn read_all(file: &File) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(std::io::Error::other(UnfitFile::TooLarge(MAX_FILE)));
    }
    Ok(bytes)
}

/// All extended attributes that may travel to another content.
pub(crate) fn xattrs(fd: impl AsFd) -> rustix::io::Result<BTreeMap<String, Vec<u8>>> {
    let mut list = vec![0; 1 << 16];
    let len = match retry(|| rustix::fs::flistxattr(&fd, list.as_mut_slice())) {
        Ok(len) => len,
        Err(Errno::OPNOTSUPP) => 0,
        Err(errno) => return Err(errno),
    };
    let mut found = BTreeMap::new();
    for name in list[..len].split_inclusive(|byte| *byte == 0) {
        let Ok(name) = CStr::from_bytes_with_nul(name).map(CStr::to_string_lossy) else { continue };
        if BOUND_TO_CONTENT.contains(&&*name) {
            continue;
        }
        let mut value = vec![0; 1 << 16];
        match retry(|| rustix::fs::fgetxattr(&fd, &*name, value.as_mut_slice())) {
            Ok(len) => found.insert(name.into_owned(), value[..len].to_vec()),
            Err(Errno::NODATA) => continue,
            Err(errno) => return Err(errno),
        };
    }
    Ok(found)
}
