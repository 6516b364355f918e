//! The administrator's kubeconfig in a user's home, written by root in a directory that the user
//! can change at any time.
//!
//! Nothing that the user made is followed: the home is reached through directories that only root
//! or the user can write to, as OpenSSH asks it of `authorized_keys` (`safe_path` in misc.c), and
//! below it every name is opened without links, in the directory that is held open.

use std::ffi::OsStr;
use std::fs::File;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Gid, Mode as Bits, OFlags, Stat, Uid};
use rustix::io::Errno;

use super::record::{Given, Record};
use super::{ADMIN_CONF, User};
use crate::fs::{MAX_FILE, Mode, open_unless, others_write, regular, retry};
use crate::ground::digest::digest;
use crate::{Error, Host, UnfitFile};

const DIR: &str = ".kube";
const FILE: &str = "config";

/// Whether [`give_kubeconfig`] would give `user` one, as far as that can be known before there is
/// one to give.
///
/// # Errors
///
/// [`Error::Exists`] where the user has another one, [`Error::Refused`] where others than root and
/// the user can write to the home or what is there is a link.
pub fn may_give_kubeconfig(host: &Host, user: &User) -> Result<(), Error> {
    let record = Record::read(host)?;
    let Some(home) = Home::open(host, user)? else {
        return Err(Error::Missing { path: host.root().shown(&user.home) });
    };
    let Some(dir) = home.kube()? else { return Ok(()) };
    match home.read(&dir)? {
        Some(found) if !home.is_ours(&found, &record)? => Err(Error::Exists { path: home.shown_file() }),
        _ => Ok(()),
    }
}

/// A kubeconfig that a user has.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct KubeconfigGiven {
    /// Where it is.
    pub path: PathBuf,
    /// Whether it was not there, or another one.
    pub changed: bool,
}

/// Gives `user` the administrator's kubeconfig as `~/.kube/config`, 0600 and their own. One that
/// was given before is replaced, somebody else's is left alone.
///
/// # Errors
///
/// As [`may_give_kubeconfig`].
pub fn give_kubeconfig(host: &Host, user: &User) -> Result<KubeconfigGiven, Error> {
    may_give_kubeconfig(host, user)?;
    let admin = Path::new(ADMIN_CONF);
    let wanted = host.root().read(admin)?.ok_or_else(|| Error::Missing { path: host.root().shown(admin) })?;
    let missing = || Error::Missing { path: host.root().shown(&user.home) };
    let home = Home::open(host, user)?.ok_or_else(missing)?;
    let (dir, made) = home.make_kube()?;
    let changed = home.read(&dir)?.as_ref() != Some(&wanted);
    let given = Given {
        uid: user.uid,
        gid: user.gid,
        home: user.home.clone(),
        sha256: digest(&wanted),
        made_dir: made,
    };
    // Kept before it is written: what a stop in between leaves is still known as ours.
    Record::change(host, |record| {
        let before = record.kubeconfigs.iter().any(|one| one.home == given.home && one.made_dir);
        record.kubeconfigs.retain(|one| one.home != given.home);
        record.kubeconfigs.push(Given { made_dir: made || before, ..given });
    })?;
    home.put(&dir, &wanted)?;
    Ok(KubeconfigGiven { path: place_in(&user.home), changed })
}

/// What became of the kubeconfigs that users were given.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct KubeconfigsRemoved {
    /// Those that were still as they were given.
    pub removed: Vec<PathBuf>,
    /// Those that stay, each with why.
    pub left: Vec<(PathBuf, String)>,
}

/// Rolls back every kubeconfig that was given and is still as it was.
///
/// # Errors
///
/// When the record cannot be read.
pub(super) fn take_back(host: &Host) -> Result<KubeconfigsRemoved, Error> {
    let mut done = KubeconfigsRemoved::default();
    let all = Record::read(host)?.kubeconfigs;
    for (at, given) in all.iter().enumerate() {
        // A renewal that was killed knows one as it was and as it was to be.
        let same = |one: &&Given| one.home == given.home;
        if all[..at].iter().any(|one| same(&one)) {
            continue;
        }
        let ours: Vec<&str> = all.iter().filter(same).map(|one| one.sha256.as_str()).collect();
        let path = place_in(&given.home);
        match remove(host, given, &ours) {
            Ok(true) => done.removed.push(path),
            Ok(false) => {}
            Err(Error::Changed { .. }) => {
                done.left.push((path, "it was changed since it was given".to_owned()))
            }
            Err(error) => done.left.push((path, error.to_string())),
        }
    }
    Ok(done)
}

fn remove(host: &Host, given: &Given, ours: &[&str]) -> Result<bool, Error> {
    let user = User::new(given.uid, given.gid, &given.home);
    let Some(home) = Home::open(host, &user)? else { return Ok(false) };
    let Some(dir) = home.kube()? else { return Ok(false) };
    let Some(found) = home.read(&dir)? else { return Ok(false) };
    if !ours.contains(&digest(&found).as_str()) {
        return Err(Error::Changed { path: home.shown_file() });
    }
    let failed = || Error::write(home.shown_file());
    retry(|| rustix::fs::unlinkat(&dir, FILE, AtFlags::empty())).map_err(failed())?;
    if given.made_dir {
        // What kubectl of the user keeps beside it is the user's.
        let _ = rustix::fs::unlinkat(&home.dir, DIR, AtFlags::REMOVEDIR);
    }
    Ok(true)
}

/// Where a home has its kubeconfig.
pub(super) fn place_in(home: &Path) -> PathBuf {
    home.join(DIR).join(FILE)
}

/// A user's home, held open.
pub(super) struct Home<'a> {
    host: &'a Host,
    user: &'a User,
    dir: OwnedFd,
}

impl<'a> Home<'a> {
    pub(super) const FILE: &'static str = FILE;

    pub(super) fn open(host: &'a Host, user: &'a User) -> Result<Option<Self>, Error> {
        let opened = open_unless(host.root(), &user.home, |stat| unsafe_for(user, stat))?;
        Ok(opened.map(|dir| Self { host, user, dir }))
    }

    fn shown_dir(&self) -> PathBuf {
        self.host.root().shown(&self.user.home.join(DIR))
    }

    pub(super) fn uid(&self) -> u32 {
        self.user.uid
    }

    pub(super) fn shown_file(&self) -> PathBuf {
        self.shown_dir().join(FILE)
    }

    pub(super) fn kube(&self) -> Result<Option<OwnedFd>, Error> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let refused = |why| Error::Refused { path: self.shown_dir(), why };
        let dir = match retry(|| rustix::fs::openat(&self.dir, DIR, flags, Bits::empty())) {
            Ok(dir) => dir,
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP | Errno::NOTDIR) => {
                let stat = retry(|| rustix::fs::statat(&self.dir, DIR, AtFlags::SYMLINK_NOFOLLOW));
                let stat = stat.map_err(Error::read(self.shown_dir()))?;
                return Err(refused(regular(stat.st_mode).err().unwrap_or(UnfitFile::NotRegular("file"))));
            }
            Err(errno) => return Err(Error::read(self.shown_dir())(errno)),
        };
        let stat = rustix::fs::fstat(&dir).map_err(Error::read(self.shown_dir()))?;
        match unsafe_for(self.user, &stat) {
            Some(why) => Err(refused(why)),
            None => Ok(Some(dir)),
        }
    }

    /// The directory, and whether it was made.
    fn make_kube(&self) -> Result<(OwnedFd, bool), Error> {
        if let Some(dir) = self.kube()? {
            return Ok((dir, false));
        }
        let failed = || Error::write(self.shown_dir());
        retry(|| rustix::fs::mkdirat(&self.dir, DIR, Bits::from_raw_mode(0o700))).map_err(failed())?;
        let dir = self.kube()?.ok_or_else(|| Error::Changed { path: self.shown_dir() })?;
        self.own(&dir).map_err(failed())?;
        Ok((dir, true))
    }

    fn own(&self, file: impl std::os::fd::AsFd) -> rustix::io::Result<()> {
        let (uid, gid) = (Uid::from_raw(self.user.uid), Gid::from_raw(self.user.gid));
        retry(|| rustix::fs::fchown(&file, Some(uid), Some(gid)))
    }

    pub(super) fn read(&self, dir: &OwnedFd) -> Result<Option<Vec<u8>>, Error> {
        let failed = || Error::read(self.shown_file());
        let stat = match retry(|| rustix::fs::statat(dir, FILE, AtFlags::SYMLINK_NOFOLLOW)) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(None),
            Err(errno) => return Err(failed()(errno)),
        };
        let refused = |why| Error::Refused { path: self.shown_file(), why };
        regular(stat.st_mode).map_err(refused)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = retry(|| rustix::fs::openat(dir, FILE, flags, Bits::empty())).map_err(failed())?;
        regular(rustix::fs::fstat(&file).map_err(failed())?.st_mode).map_err(refused)?;
        let mut bytes = Vec::new();
        let read = File::from(file).take(MAX_FILE + 1).read_to_end(&mut bytes);
        read.map_err(|source| Error::Read { path: self.shown_file(), source })?;
        if bytes.len() as u64 > MAX_FILE {
            return Err(refused(UnfitFile::TooLarge(MAX_FILE)));
        }
        Ok(Some(bytes))
    }

    /// Whether this program wrote it, or it is what would be written.
    fn is_ours(&self, found: &[u8], record: &Record) -> Result<bool, Error> {
        let sha256 = digest(found);
        let given = record.kubeconfigs.iter().any(|one| one.home == self.user.home && one.sha256 == sha256);
        let admin = self.host.root().read(Path::new(ADMIN_CONF))?;
        Ok(given || admin.is_some_and(|admin| admin == found))
    }

    /// Writes it beside and renames it, both in the directory that is held open.
    pub(super) fn put(&self, dir: &OwnedFd, bytes: &[u8]) -> Result<(), Error> {
        let failed = |source: std::io::Error| Error::Write { path: self.shown_file(), source };
        let owner = self.host.owner();
        let temp = format!(".{FILE}.{owner}-{:016x}", RandomState::new().build_hasher().finish());
        let written = self.write(dir, OsStr::new(&temp), bytes);
        let done = written.and_then(|()| Ok(retry(|| rustix::fs::renameat(dir, &*temp, dir, FILE))?));
        if done.is_err() {
            // The first error is the one to tell.
            let _ = rustix::fs::unlinkat(dir, &*temp, AtFlags::empty());
        }
        done.and_then(|()| Ok(retry(|| rustix::fs::fsync(dir))?)).map_err(failed)
    }

    fn write(&self, dir: &OwnedFd, name: &OsStr, bytes: &[u8]) -> std::io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mode = Bits::from_raw_mode(Mode::PRIVATE.bits());
        let mut file = File::from(retry(|| rustix::fs::openat(dir, name, flags, mode))?);
        file.write_all(bytes)?;
        self.own(&file)?;
        file.sync_all()
    }
}

/// Why what is written there could end somewhere else.
fn unsafe_for(user: &User, stat: &Stat) -> Option<UnfitFile> {
    if ![0, user.uid].contains(&stat.st_uid) {
        return Some(UnfitFile::Home(stat.st_uid));
    }
    others_write(stat, &[0, user.gid]).then(|| UnfitFile::OpenHome(Mode::new(stat.st_mode)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;
    use crate::fs::{Root, write_new};

    fn host() -> (tempfile::TempDir, Host, User) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("home/li")).unwrap();
        std::fs::create_dir_all(dir.path().join("etc/kubernetes")).unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        // Whoever runs the tests: only root could give files away.
        let user =
            User::new(rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw(), "/home/li");
        let host = Host::with_state(host, "/var/lib/k8sprep");
        write(dir.path(), "etc/kubernetes/admin.conf", "admin");
        (dir, host, user)
    }

    fn write(dir: &Path, path: &str, text: &str) {
        let path = dir.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _ = std::fs::remove_file(&path);
        write_new(&path, text.as_bytes(), Mode::PRIVATE).unwrap();
    }

    #[test]
    fn it_is_given_replaced_when_it_is_ours_and_rolled_back() {
        let (dir, host, user) = host();
        let config = dir.path().join("home/li/.kube/config");
        for text in ["admin", "admin of the next cluster"] {
            write(dir.path(), "etc/kubernetes/admin.conf", text);
            may_give_kubeconfig(&host, &user).unwrap();
            for changed in [true, false] {
                let path = PathBuf::from("/home/li/.kube/config");
                assert_eq!(give_kubeconfig(&host, &user).unwrap(), KubeconfigGiven { path, changed });
            }
            assert_eq!(std::fs::read_to_string(&config).unwrap(), text);
        }
        let meta = std::fs::metadata(&config).unwrap();
        assert_eq!((meta.mode() & 0o7777, meta.uid()), (0o600, user.uid));
        assert_eq!(std::fs::metadata(config.parent().unwrap()).unwrap().mode() & 0o7777, 0o700);
        assert_eq!(take_back(&host).unwrap().removed, [Path::new("/home/li/.kube/config")]);
        assert!(!config.parent().unwrap().exists());
    }

    #[test]
    fn somebody_elses_is_left_alone_and_a_changed_one_is_not_rolled_back() {
        let (dir, host, user) = host();
        write(dir.path(), "home/li/.kube/config", "another cluster");
        assert!(matches!(may_give_kubeconfig(&host, &user), Err(Error::Exists { .. })));
        assert!(matches!(give_kubeconfig(&host, &user), Err(Error::Exists { .. })));
        std::fs::remove_file(dir.path().join("home/li/.kube/config")).unwrap();
        give_kubeconfig(&host, &user).unwrap();
        write(dir.path(), "home/li/.kube/config", "with one more context");
        let KubeconfigsRemoved { removed: taken, left } = take_back(&host).unwrap();
        assert!(taken.is_empty() && left.len() == 1, "{left:?}");
        assert!(dir.path().join("home/li/.kube/config").exists());
    }

    #[test]
    fn no_link_of_the_users_is_followed() {
        for link in [".kube", ".kube/config"] {
            let (dir, host, user) = host();
            let victim = dir.path().join("victim");
            std::fs::create_dir(&victim).unwrap();
            write(dir.path(), "victim/config", "theirs");
            let at = dir.path().join("home/li").join(link);
            std::fs::create_dir_all(at.parent().unwrap()).unwrap();
            let target = if link == ".kube" { "/victim" } else { "/victim/config" };
            symlink(target, &at).unwrap();
            let before = std::fs::metadata(&victim).unwrap();
            for done in [may_give_kubeconfig(&host, &user), give_kubeconfig(&host, &user).map(drop)] {
                assert!(matches!(done, Err(Error::Refused { .. })), "{link}: {done:?}");
            }
            let after = std::fs::metadata(&victim).unwrap();
            assert_eq!((before.mode(), before.uid()), (after.mode(), after.uid()));
            assert_eq!(std::fs::read_to_string(victim.join("config")).unwrap(), "theirs");
            assert_eq!(std::fs::read_dir(&victim).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_home_that_others_can_write_to_is_refused() {
        let (dir, host, user) = host();
        for open in ["home", "home/li"] {
            let at = dir.path().join(open);
            std::fs::set_permissions(&at, std::fs::Permissions::from_mode(0o777)).unwrap();
            let done = may_give_kubeconfig(&host, &user);
            assert!(matches!(done, Err(Error::Refused { why: UnfitFile::OpenHome(_), .. })), "{done:?}");
            std::fs::set_permissions(&at, std::fs::Permissions::from_mode(0o755)).unwrap();
        }
        may_give_kubeconfig(&host, &user).unwrap();
    }
}
