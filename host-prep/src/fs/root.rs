//! The tree of a host: paths are followed in it and never out of it.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

use super::kind::Kind;
use super::overlay::{Over, Overlay};
use super::record::{Question, Tape};
use super::{retry, walk};
use crate::{Error, Owner, UnfitFile};

mod over;
mod taped;

use over::LaidAt;

/// Files larger than this are not read: nothing a host is configured by comes near it.
pub const MAX_FILE: u64 = 64 << 20;

/// Room for a file before its first read.
const AT_ONCE: usize = 8 << 10;

/// As many links as the kernel follows in one path.
pub(super) const MAX_LINKS: usize = 40;

/// The tree a host lives in: `/`, or the directory given with `--root`.
///
/// Paths given to a `Root` are absolute paths *of that host*. Symbolic links are followed the way
/// the host itself would follow them: an absolute target starts at the root again and `..` cannot
/// leave it, so a hostile tree leads nowhere else. Uses `openat2` (Linux 5.6) and walks the path
/// itself where the kernel lacks it.
///
/// ```
/// use host_prep::fs::{Kind, Root};
/// use std::path::Path;
///
/// # let dir = tempfile::tempdir()?;
/// # std::fs::create_dir(dir.path().join("etc"))?;
/// # std::os::unix::fs::symlink("/../../../etc", dir.path().join("out"))?;
/// let root = Root::open(dir.path())?;
/// // A link that climbs out for the host that is looking leads into the tree here.
/// assert_eq!(root.kind(Path::new("/out"))?, Some(Kind::Directory));
/// assert_eq!(root.list(Path::new("/out"))?, Some(Vec::new()));
/// assert_eq!(root.read(Path::new("/etc/os-release"))?, None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Root {
    fd: OwnedFd,
    path: PathBuf,
    walker: Walker,
    owner: Owner,
    tape: Option<Tape>,
    /// What is laid over the tree for reading.
    pub(super) overlay: Option<Overlay>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Walker {
    Kernel,
    Ours,
    /// There is no tree: what was answered once is answered again.
    Nobody,
}

/// Where a file is or would be: an open directory and a name in it, all links followed.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) dir: OwnedFd,
    pub(crate) name: OsString,
    /// The path inside the root after the file's own links were followed.
    pub(crate) path: PathBuf,
    /// Whose temporary files are laid beside it.
    pub(crate) owner: Owner,
}

impl Root {
    /// The same tree; temporary files in it are called after `owner`.
    #[must_use]
    pub fn owned_by(self, owner: Owner) -> Self {
        Self { owner, ..self }
    }

    /// Whose temporary files are laid in it.
    #[must_use]
    pub fn owner(&self) -> &Owner {
        &self.owner
    }
}

impl Root {
    /// Opens the tree at `path`; `/` is the running host.
    ///
    /// # Errors
    ///
    /// [`Error::Root`] when `path` is not a directory that can be opened.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        let path = path.into();
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let fd = match retry(|| rustix::fs::open(&path, flags, Mode::empty())) {
            Ok(fd) => fd,
            Err(errno) => return Err(Error::Root { path, source: errno.into() }),
        };
        // Old kernels answer ENOSYS, old container sandboxes EPERM.
        let probe = retry(|| rustix::fs::openat2(&fd, ".", flags, Mode::empty(), ResolveFlags::IN_ROOT));
        let walker = if probe.is_ok() { Walker::Kernel } else { Walker::Ours };
        Ok(Self { fd, path, walker, owner: Owner::default(), tape: None, overlay: None })
    }

    /// The directory this root was opened at.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether this is the tree the running host lives in.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.path == Path::new("/")
    }

    /// The host's `path` as seen from outside, for messages.
    #[must_use]
    pub fn shown(&self, path: &Path) -> PathBuf {
        self.path.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// The content of a regular file, links followed; `None` where there is nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] where the system refuses, [`Error::Refused`] for a directory, device, FIFO
    /// or socket and for a file above [`MAX_FILE`].
    pub fn read(&self, path: &Path) -> Result<Option<Vec<u8>>, Error> {
        self.ask(path, Question::Whole, || self.whole_now(path))
    }

    fn whole_now(&self, path: &Path) -> Result<Option<Vec<u8>>, Error> {
        let too_large = || Error::Refused { path: self.shown(path), why: UnfitFile::TooLarge(MAX_FILE) };
        let read = match self.laid_at(path)? {
            LaidAt::Tree(path) => match self.open_regular(&path)? {
                // What says that it is too large is not read. Files of /proc say that they are
                // empty.
                Some(file) if file.metadata().is_ok_and(|it| it.len() > MAX_FILE) => return Err(too_large()),
                Some(file) => Some(self.start_of(file, &path, MAX_FILE + 1)?),
                None => None,
            },
            LaidAt::File(bytes) => Some(bytes.to_vec()),
            LaidAt::Nothing => None,
        };
        let Some(mut bytes) = read else { return Ok(None) };
        if bytes.len() as u64 > MAX_FILE {
            return Err(too_large());
        }
        bytes.shrink_to_fit();
        Ok(Some(bytes))
    }

    /// At most the first `most` bytes of a regular file, however large, links followed; `None`
    /// where there is nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] where the system refuses, [`Error::Refused`] for what is no regular file.
    pub fn head(&self, path: &Path, most: u64) -> Result<Option<Vec<u8>>, Error> {
        self.ask(path, Question::Head(most), || self.head_now(path, most))
    }

    /// At most the last `most` bytes of a regular file, however large, links followed; `None` where
    /// there is nothing.
    ///
    /// # Errors
    ///
    /// As [`head`](Self::head).
    pub fn tail(&self, path: &Path, most: u64) -> Result<Option<Vec<u8>>, Error> {
        self.ask(path, Question::Tail(most), || {
            let path = &match self.laid_at(path)? {
                LaidAt::Tree(path) => path,
                LaidAt::File(bytes) => {
                    let most = usize::try_from(most).unwrap_or(usize::MAX);
                    return Ok(Some(bytes[bytes.len().saturating_sub(most)..].to_vec()));
                }
                LaidAt::Nothing => return Ok(None),
            };
            let Some(mut file) = self.open_regular(path)? else { return Ok(None) };
            let mut bytes = Vec::new();
            let mut read = || {
                let size = file.metadata()?.len();
                file.seek(SeekFrom::Start(size.saturating_sub(most)))?;
                (&mut file).take(most).read_to_end(&mut bytes)
            };
            read().map_err(|source| Error::Read { path: self.shown(path), source })?;
            Ok(Some(bytes))
        })
    }

    fn head_now(&self, path: &Path, most: u64) -> Result<Option<Vec<u8>>, Error> {
        let path = &match self.laid_at(path)? {
            LaidAt::Tree(path) => path,
            LaidAt::File(bytes) => {
                let most = usize::try_from(most).unwrap_or(usize::MAX).min(bytes.len());
                return Ok(Some(bytes[..most].to_vec()));
            }
            LaidAt::Nothing => return Ok(None),
        };
        let Some(file) = self.open_regular(path)? else { return Ok(None) };
        self.start_of(file, path, most).map(Some)
    }

    /// At most the first `most` bytes of an open file.
    fn start_of(&self, file: File, path: &Path, most: u64) -> Result<Vec<u8>, Error> {
        // The kernel makes some files of /proc anew for every read, and most files are smaller than
        // this.
        let mut bytes = Vec::with_capacity(AT_ONCE);
        file.take(most)
            .read_to_end(&mut bytes)
            .map_err(|source| Error::Read { path: self.shown(path), source })?;
        Ok(bytes)
    }

    /// The names in a directory in byte order; `None` where there is nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] where the system refuses or `path` is not a directory.
    pub fn list(&self, path: &Path) -> Result<Option<Vec<OsString>>, Error> {
        self.ask(path, Question::Names, || self.list_now(path))
    }

    fn list_now(&self, path: &Path) -> Result<Option<Vec<OsString>>, Error> {
        let shown = || Error::read(self.shown(path));
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let Some(fd) = found(self.open_at(path, flags)).map_err(shown())? else {
            return self.names_over(path, None);
        };
        let mut names = Dir::new(fd).and_then(names_in).map_err(shown())?;
        names.sort();
        self.names_over(path, Some(names))
    }

    /// What `path` leads to, links followed; `None` where that is nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] where the system refuses.
    pub fn kind(&self, path: &Path) -> Result<Option<Kind>, Error> {
        self.ask(path, Question::Kind, || self.kind_now(path))
    }

    fn kind_now(&self, path: &Path) -> Result<Option<Kind>, Error> {
        let over = self.over(path, true)?;
        match (over.kind(), over) {
            (Some(kind), _) => Ok(kind),
            (None, Over::Tree(path)) => self.kind_with(&path, OFlags::PATH),
            (None, _) => Ok(None),
        }
    }

    /// What is at `path` itself, the last link not followed; `None` where that is nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] where the system refuses.
    pub fn kind_of_link(&self, path: &Path) -> Result<Option<Kind>, Error> {
        self.ask(path, Question::KindOfLink, || match self.over(path, false)?.kind() {
            Some(kind) => Ok(kind),
            None => self.kind_with(path, OFlags::PATH | OFlags::NOFOLLOW),
        })
    }

    /// The target of the symbolic link at `path`; `None` where there is no link.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] where the system refuses.
    pub fn link_target(&self, path: &Path) -> Result<Option<PathBuf>, Error> {
        self.ask(path, Question::Link, || self.link_target_now(path))
    }

    fn link_target_now(&self, path: &Path) -> Result<Option<PathBuf>, Error> {
        match self.over(path, false)? {
            Over::Tree(_) => self.link_in_tree(path),
            Over::Link(target) => Ok(Some(target.to_owned())),
            _ => Ok(None),
        }
    }

    pub(super) fn link_in_tree(&self, path: &Path) -> Result<Option<PathBuf>, Error> {
        let shown = || Error::read(self.shown(path));
        let link = found(self.open_at(path, OFlags::PATH | OFlags::NOFOLLOW)).map_err(shown())?;
        let Some(link) = link else { return Ok(None) };
        match retry(|| rustix::fs::readlinkat(&link, "", Vec::new())) {
            Ok(target) => Ok(Some(OsString::from_vec(target.into_bytes()).into())),
            Err(Errno::INVAL | Errno::NOENT) => Ok(None),
            Err(errno) => Err(shown()(errno)),
        }
    }

    /// Bytes of what is at `path` itself, the last link not followed; 0 where there is nothing.
    pub(crate) fn size(&self, path: &Path) -> Result<u64, Error> {
        let shown = || Error::read(self.shown(path));
        let flags = OFlags::PATH | OFlags::NOFOLLOW;
        let Some(fd) = found(self.open_at(path, flags)).map_err(shown())? else { return Ok(0) };
        let stat = rustix::fs::fstat(&fd).map_err(shown())?;
        Ok(u64::try_from(stat.st_size).unwrap_or_default())
    }

    /// The permission bits of what `path` leads to, links followed; `None` where that is nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] where the system refuses.
    pub fn mode(&self, path: &Path) -> Result<Option<super::Mode>, Error> {
        self.ask(path, Question::Mode, || self.mode_now(path))
    }

    fn mode_now(&self, path: &Path) -> Result<Option<super::Mode>, Error> {
        let path = &match self.over(path, true)? {
            Over::Tree(path) => path,
            Over::File(_, mode) => return Ok(Some(mode)),
            Over::Directory => return Ok(Some(super::Mode::DIRECTORY)),
            Over::Nothing | Over::Link(_) => return Ok(None),
        };
        let shown = || Error::read(self.shown(path));
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let Some(fd) = found(self.open_at(path, flags)).map_err(shown())? else { return Ok(None) };
        let stat = rustix::fs::fstat(&fd).map_err(shown())?;
        Ok(Some(super::Mode::new(stat.st_mode)))
    }

    fn kind_with(&self, path: &Path, flags: OFlags) -> Result<Option<Kind>, Error> {
        let shown = || Error::read(self.shown(path));
        let Some(fd) = found(self.open_at(path, flags)).map_err(shown())? else { return Ok(None) };
        let stat = rustix::fs::fstat(&fd).map_err(shown())?;
        Ok(Some(match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Directory,
            FileType::Symlink => Kind::Symlink,
            _ => Kind::Other,
        }))
    }

    /// Looks before it opens: opening a FIFO waits and opening a device may act.
    pub(crate) fn open_regular(&self, path: &Path) -> Result<Option<File>, Error> {
        let shown = || Error::read(self.shown(path));
        let Some(peek) = found(self.open_at(path, OFlags::PATH)).map_err(shown())? else { return Ok(None) };
        self.refuse_irregular(path, &peek)?;
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        let Some(file) = found(self.open_at(path, flags)).map_err(shown())? else { return Ok(None) };
        self.refuse_irregular(path, &file)?;
        Ok(Some(file.into()))
    }

    fn refuse_irregular(&self, path: &Path, fd: &OwnedFd) -> Result<(), Error> {
        let stat = rustix::fs::fstat(fd).map_err(Error::read(self.shown(path)))?;
        regular(stat.st_mode).map_err(|why| Error::Refused { path: self.shown(path), why })
    }

    /// Opens `path` below the root; every link on the way stays inside.
    pub(crate) fn open_at(&self, path: &Path, flags: OFlags) -> rustix::io::Result<OwnedFd> {
        let below = path.strip_prefix("/").unwrap_or(path);
        let below = if below.as_os_str().is_empty() { Path::new(".") } else { below };
        match self.walker {
            Walker::Kernel => {
                let flags = flags | OFlags::CLOEXEC;
                // EAGAIN: something on the way was renamed during the look-up.
                rustix::io::retry_on_intr(|| {
                    loop {
                        match rustix::fs::openat2(
                            &self.fd,
                            below,
                            flags,
                            Mode::empty(),
                            ResolveFlags::IN_ROOT,
                        ) {
                            Err(Errno::AGAIN) => {}
                            done => return done,
                        }
                    }
                })
            }
            Walker::Ours => retry(|| walk::open(self.fd.as_fd(), below, flags)),
            Walker::Nobody => Err(Errno::ROFS),
        }
    }

    /// Opens the directory `path` and shows `see` every directory on the way there.
    pub(crate) fn open_seeing(&self, path: &Path, see: &mut walk::See<'_>) -> rustix::io::Result<OwnedFd> {
        if self.walker == Walker::Nobody {
            return Err(Errno::ROFS);
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        let below = path.strip_prefix("/").unwrap_or(path);
        retry(|| walk::open_seeing(self.fd.as_fd(), below, flags, see))
    }

    /// The directory this root was opened at, as it is now.
    pub(super) fn stat(&self) -> rustix::io::Result<rustix::fs::Stat> {
        rustix::fs::fstat(&self.fd)
    }

    /// Finds the directory and name `path` stands for, following links of the last component too.
    ///
    /// `None` when the directory does not exist.
    pub(crate) fn slot(&self, path: &Path) -> Result<Option<Slot>, Error> {
        let mut path = normal(path).ok_or_else(|| Error::NotAbsolute { path: path.to_owned() })?;
        let asked = path.clone();
        for _ in 0..=MAX_LINKS {
            let Some(slot) = self.slot_of_link(&path)? else { return Ok(None) };
            match retry(|| rustix::fs::readlinkat(&slot.dir, &slot.name, Vec::new())) {
                Ok(target) => {
                    let target = OsString::from_vec(target.into_bytes());
                    let next = path.parent().unwrap_or(Path::new("/")).join(target);
                    self.refuse_dangling(&asked, &next)?;
                    path = next;
                }
                Err(Errno::INVAL | Errno::NOENT) => return Ok(Some(slot)),
                Err(errno) => return Err(Error::read(self.shown(&asked))(errno)),
            }
        }
        Err(Error::read(self.shown(&asked))(Errno::LOOP))
    }

    /// Like [`Root::slot`], but a link at the end is the thing itself.
    pub(crate) fn slot_of_link(&self, path: &Path) -> Result<Option<Slot>, Error> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            let why = UnfitFile::NotRegular("directory");
            return Err(Error::Refused { path: self.shown(path), why });
        };
        self.may_change(path)?;
        let dir = self.open_at(parent, OFlags::RDONLY | OFlags::DIRECTORY);
        let Some(dir) = found(dir).map_err(Error::read(self.shown(path)))? else { return Ok(None) };
        Ok(Some(Slot { dir, name: name.to_owned(), path: path.to_owned(), owner: self.owner.clone() }))
    }

    /// Writing "through" a link to nothing would create a file somewhere nobody named.
    fn refuse_dangling(&self, asked: &Path, target: &Path) -> Result<(), Error> {
        match self.open_at(target, OFlags::PATH) {
            Err(Errno::NOENT | Errno::NOTDIR) => {
                let why = UnfitFile::DanglingLink(target.display().to_string());
                Err(Error::Refused { path: self.shown(asked), why })
            }
            _ => Ok(()),
        }
    }
}

/// "Nothing there" is an answer, not an error.
fn found<T>(result: rustix::io::Result<T>) -> rustix::io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
        Err(errno) => Err(errno),
    }
}

/// Whether something with this `st_mode` may be read and replaced as a file.
pub(crate) fn regular(mode: u32) -> Result<(), UnfitFile> {
    Err(UnfitFile::NotRegular(match FileType::from_raw_mode(mode) {
        FileType::RegularFile => return Ok(()),
        FileType::Directory => "directory",
        FileType::Symlink => "symbolic link",
        FileType::Fifo => "FIFO",
        FileType::Socket => "socket",
        FileType::CharacterDevice => "character device",
        FileType::BlockDevice => "block device",
        _ => "thing of unknown kind",
    }))
}

/// `path` without `.` and doubled slashes; `None` unless it is absolute. `..` stays: only the walk
/// knows what it means.
fn normal(path: &Path) -> Option<PathBuf> {
    path.is_absolute().then(|| path.components().filter(|part| *part != Component::CurDir).collect())
}

/// Whether something is at `name` in `dir`, links not followed.
pub(crate) fn stat_in(slot: &Slot) -> rustix::io::Result<Option<rustix::fs::Stat>> {
    found(retry(|| rustix::fs::statat(&slot.dir, &slot.name, AtFlags::SYMLINK_NOFOLLOW)))
}

/// How many names a file has.
#[expect(clippy::unnecessary_cast, reason = "the fields of struct stat differ between architectures")]
pub(crate) fn links(stat: &rustix::fs::Stat) -> u64 {
    stat.st_nlink as u64
}

/// The names in an open directory, as the system gives them.
pub(super) fn names_in(dir: Dir) -> rustix::io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in dir {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            names.push(OsStr::from_bytes(name).to_owned());
        }
    }
    Ok(names)
}

#[cfg(test)]
impl Root {
    /// The same root as an older kernel would see it.
    pub(crate) fn without_openat2(mut self) -> Self {
        self.walker = Walker::Ours;
        self
    }
}
