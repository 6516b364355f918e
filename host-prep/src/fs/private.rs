//! Directories and files that root believes what it reads from: who else could have written or
//! swapped them.
//!
//! Owner and mode of every directory on the way are looked at, as OpenSSH does for
//! `authorized_keys` (`safe_path` in misc.c) and sudo for its time stamps (`sudo_secure_path`).

use std::ffi::OsStr;
use std::fs::File;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, OFlags, Stat};
use rustix::io::Errno;

use super::dir::{make, missing_above};
use super::put::sync_dir;
use super::root::{MAX_FILE, Root, links, regular};
use super::{Mode, retry};
use crate::{Error, UnfitFile};

/// What a private directory has.
const MODE: Mode = Mode::new(0o700);

/// Opens the directory `path`; `None` where there is none.
///
/// # Errors
///
/// [`Error::Refused`] with the first directory on the way, those that links lead through among
/// them, that somebody else could have written to.
pub(crate) fn open_private(root: &Root, path: &Path) -> Result<Option<OwnedFd>, Error> {
    let owners = Owners::of(root)?;
    open_unless(root, path, |stat| owners.refuse(stat))
}

/// Opens the directory `path` unless `refuse` says something against it or one on the way; `None`
/// where there is none.
///
/// # Errors
///
/// As [`open_private`].
pub(crate) fn open_unless(
    root: &Root,
    path: &Path,
    refuse: impl Fn(&Stat) -> Option<UnfitFile>,
) -> Result<Option<OwnedFd>, Error> {
    let mut refused = None;
    let opened = root.open_seeing(path, &mut |stat, at| {
        refused = refuse(stat).map(|why| Error::Refused { path: root.shown(at), why });
        if refused.is_some() { Err(Errno::PERM) } else { Ok(()) }
    });
    match (opened, refused) {
        (_, Some(refused)) => Err(refused),
        (Ok(dir), None) => Ok(Some(dir)),
        (Err(Errno::NOENT), None) => Ok(None),
        (Err(errno), None) => Err(Error::read(root.shown(path))(errno)),
    }
}

/// Makes the directory `path` and those above it where they are missing, and opens it: from then on
/// it is as private as `0700` makes it, whatever the umask is and whatever mode it had.
///
/// # Errors
///
/// As [`open_private`]: what others could write to before is not trusted afterwards, so only who
/// may *read* is put right.
pub(crate) fn make_private(root: &Root, path: &Path) -> Result<OwnedFd, Error> {
    for dir in missing_above(root, path)? {
        make(root, &dir, Mode::DIRECTORY)?;
    }
    make(root, path, MODE)?;
    let gone = || Error::Missing { path: root.shown(path) };
    let dir = open_private(root, path)?.ok_or_else(gone)?;
    let failed = || Error::write(root.shown(path));
    let stat = rustix::fs::fstat(&dir).map_err(failed())?;
    if stat.st_mode & 0o777 != MODE.bits() {
        let bits = rustix::fs::Mode::from_raw_mode(MODE.bits());
        retry(|| rustix::fs::fchmod(&dir, bits)).map_err(failed())?;
        sync_dir(&dir).map_err(failed())?;
    }
    Ok(dir)
}

/// A file in a private directory.
#[derive(Debug)]
pub(crate) struct Own<'a> {
    pub(crate) dir: &'a OwnedFd,
    pub(crate) name: &'a OsStr,
    /// For messages.
    pub(crate) shown: PathBuf,
}

impl Own<'_> {
    /// Opens the file, which has to be a regular one of one name that nobody else could have
    /// written, and of no more than [`MAX_FILE`]; `None` where there is none. Nothing is waited
    /// for: a FIFO is not opened.
    pub(crate) fn open(&self, root: &Root, flags: OFlags) -> Result<Option<File>, Error> {
        let owners = Owners::of(root)?;
        let look = retry(|| rustix::fs::statat(self.dir, self.name, AtFlags::SYMLINK_NOFOLLOW));
        match look {
            Ok(stat) => self.check(&owners, &stat)?,
            Err(Errno::NOENT) if flags.contains(OFlags::CREATE) => {}
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(Error::read(&self.shown)(errno)),
        }
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let mode = rustix::fs::Mode::from_raw_mode(Mode::PRIVATE.bits());
        let file = match retry(|| rustix::fs::openat(self.dir, self.name, flags, mode)) {
            Ok(file) => file,
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(Error::read(&self.shown)(errno)),
        };
        self.check(&owners, &rustix::fs::fstat(&file).map_err(Error::read(&self.shown))?)?;
        Ok(Some(file.into()))
    }

    fn check(&self, owners: &Owners, stat: &Stat) -> Result<(), Error> {
        let why = match regular(stat.st_mode) {
            Err(why) => Some(why),
            Ok(()) if stat.st_nlink != 1 => Some(UnfitFile::HardLinks(links(stat))),
            Ok(()) if u64::try_from(stat.st_size).is_ok_and(|size| size > MAX_FILE) => {
                Some(UnfitFile::TooLarge(MAX_FILE))
            }
            Ok(()) => owners.refuse(stat),
        };
        why.map_or(Ok(()), |why| Err(Error::Refused { path: self.shown.clone(), why }))
    }
}

/// Who may own what is believed: root, whoever this runs as, and the owner of the tree's own root.
/// The last one can do what he likes in his tree anyway, and trees of containers belong to shifted
/// users.
struct Owners {
    users: [u32; 3],
    groups: [u32; 2],
}

impl Owners {
    fn of(root: &Root) -> Result<Self, Error> {
        let tree = root.stat().map_err(Error::read(root.path()))?;
        let (user, group) = (rustix::process::geteuid(), rustix::process::getegid());
        Ok(Self { users: [0, user.as_raw(), tree.st_uid], groups: [0, group.as_raw()] })
    }

    /// Why this is not believed.
    fn refuse(&self, stat: &Stat) -> Option<UnfitFile> {
        if !self.users.contains(&stat.st_uid) {
            return Some(UnfitFile::Owner(stat.st_uid));
        }
        others_write(stat, &self.groups).then(|| UnfitFile::Writable(Mode::new(stat.st_mode)))
    }
}

/// Whether others than the owner can write to it. Members of one of `groups`, root's and a user's
/// own, are not others.
pub(crate) fn others_write(stat: &Stat, groups: &[u32]) -> bool {
    let others = if groups.contains(&stat.st_gid) { 0o002 } else { 0o022 };
    stat.st_mode & others != 0
}

#[cfg(test)]
mod tests {
    use std::fs as std_fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use rustix::fs::{CWD, FileType, mknodat};

    use super::*;

    const PLACE: &str = "/var/lib/k8sprep/journals";

    fn chmod(path: &Path, mode: u32) {
        std_fs::set_permissions(path, std_fs::Permissions::from_mode(mode)).unwrap();
    }

    fn mode(path: &Path) -> u32 {
        std_fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn tree() -> (tempfile::TempDir, Root) {
        let dir = tempfile::tempdir().unwrap();
        let root = Root::open(dir.path()).unwrap();
        (dir, root)
    }

    #[test]
    fn a_private_directory_is_made_with_explicit_modes_and_who_may_read_is_put_right() {
        let (dir, root) = tree();
        make_private(&root, Path::new(PLACE)).unwrap();
        let at = dir.path().join(&PLACE[1..]);
        assert_eq!([mode(&dir.path().join("var")), mode(&dir.path().join("var/lib"))], [0o755, 0o755]);
        chmod(&at, 0o755);
        make_private(&root, Path::new(PLACE)).unwrap();
        assert_eq!(mode(&at), 0o700);
    }

    #[test]
    fn what_others_can_write_is_refused_wherever_it_is_on_the_way() {
        for (loose, named) in [("", ""), ("var", "var"), ("var/lib/k8sprep/journals", &PLACE[1..])] {
            let (dir, root) = tree();
            make_private(&root, Path::new(PLACE)).unwrap();
            chmod(&dir.path().join(loose), 0o777);
            for done in
                [make_private(&root, Path::new(PLACE)).map(Some), open_private(&root, Path::new(PLACE))]
            {
                let Err(Error::Refused { path, why: UnfitFile::Writable(_) }) = done else {
                    panic!("{loose}: {done:?}")
                };
                assert_eq!(path, root.shown(Path::new(named)));
            }
            assert_eq!(mode(&dir.path().join(loose)), 0o777, "nothing is put right that may hold bad things");
        }
    }

    #[test]
    fn directories_that_a_link_leads_through_count() {
        let (dir, root) = tree();
        std_fs::create_dir_all(dir.path().join("home/li/state/journals")).unwrap();
        std_fs::create_dir_all(dir.path().join("var/lib")).unwrap();
        symlink("/home/li/state", dir.path().join("var/lib/k8sprep")).unwrap();
        make_private(&root, Path::new(PLACE)).unwrap();
        chmod(&dir.path().join("home/li"), 0o777);
        let done = open_private(&root, Path::new(PLACE));
        let Err(Error::Refused { path, .. }) = done else { panic!("{done:?}") };
        assert_eq!(path, root.shown(Path::new("/home/li")));
    }

    #[test]
    #[ignore = "run it with `tests/layer programs`"]
    fn another_owner_is_refused_but_for_the_owner_of_the_whole_tree() {
        if !rustix::process::geteuid().is_root() {
            return test_kit::skip("only root gives files away");
        }
        let (dir, root) = tree();
        make_private(&root, Path::new(PLACE)).unwrap();
        let at = dir.path().join("var/lib/k8sprep");
        std::os::unix::fs::chown(&at, Some(1000), None).unwrap();
        let done = open_private(&root, Path::new(PLACE));
        assert!(matches!(done, Err(Error::Refused { why: UnfitFile::Owner(1000), .. })), "{done:?}");
        std::os::unix::fs::chown(dir.path(), Some(1000), None).unwrap();
        assert!(open_private(&root, Path::new(PLACE)).unwrap().is_some());
    }

    #[test]
    fn only_a_regular_file_of_one_name_and_a_fair_size_is_opened() {
        let (dir, root) = tree();
        let private = make_private(&root, Path::new("/own")).unwrap();
        let at = |name: &str| dir.path().join("own").join(name);
        let open = |name: &str| {
            let own = Own { dir: &private, name: OsStr::new(name), shown: name.into() };
            own.open(&root, OFlags::RDWR)
        };
        let file = || std_fs::File::options().create(true).append(true).open(at("good")).unwrap();
        file();
        assert!(open("good").unwrap().is_some());
        assert!(open("missing").unwrap().is_none());
        mknodat(CWD, at("fifo"), FileType::Fifo, 0o600.into(), 0).unwrap();
        symlink("good", at("link")).unwrap();
        std_fs::create_dir(at("directory")).unwrap();
        for (name, kind) in [("fifo", "FIFO"), ("link", "symbolic link"), ("directory", "directory")] {
            let done = open(name);
            let right =
                matches!(&done, Err(Error::Refused { why: UnfitFile::NotRegular(is), .. }) if *is == kind);
            assert!(right, "{done:?}");
        }
        chmod(&at("good"), 0o622);
        assert!(matches!(open("good"), Err(Error::Refused { why: UnfitFile::Writable(_), .. })));
        chmod(&at("good"), 0o600);
        std_fs::hard_link(at("good"), at("other")).unwrap();
        assert!(matches!(open("good"), Err(Error::Refused { why: UnfitFile::HardLinks(2), .. })));
        std_fs::remove_file(at("other")).unwrap();
        file().set_len(MAX_FILE + 1).unwrap();
        assert!(matches!(open("good"), Err(Error::Refused { why: UnfitFile::TooLarge(_), .. })));
    }
}
