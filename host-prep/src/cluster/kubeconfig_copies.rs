//! Copies of the administrator's kubeconfig in homes, renewed with it.
//!
//! They are no steps of a transaction: the engine follows links, and a home is its user's, who can
//! put a link there at any time. They are read and written as one that is given, in the home that is
//! held open, and only what was read before is replaced.

use std::path::{Path, PathBuf};

use rustix::fs::AtFlags;

use super::kubeconfig::{Home, place_in};
use super::record::{KubeconfigCopy, Record};
use super::{ADMIN_CONF, User};
use crate::fs::{Kind, links, retry, stat_in};
use crate::ground::digest::digest;
use crate::{Error, Host, UnfitFile};

const HOMES: &str = "/home";
const ROOT: &str = "/root";
const PASSWD: &str = "/etc/passwd";
/// No certificate and no key is as short.
const SHORTEST: usize = 8;

/// The copies that there are, and what may be one and is left with why.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct KubeconfigCopies {
    /// As they are now.
    pub found: Vec<KubeconfigCopy>,
    /// Links, pipes, what belongs to others, what cannot be read.
    pub left: Vec<(PathBuf, Error)>,
}

/// By what the words of a kubeconfig (its certificate, its key) are known later: none of them is kept.
#[must_use]
pub fn marks_of(words: &[String; 2]) -> [String; 2] {
    words.each_ref().map(|word| digest(word.as_bytes()))
}

/// The kubeconfigs in homes that have the words of these marks.
#[must_use]
pub fn kubeconfig_copies(host: &Host, marks: &[String; 2]) -> KubeconfigCopies {
    let mut copies = KubeconfigCopies::default();
    let record = Record::read(host).unwrap_or_default();
    let passwd = host.root().read(Path::new(PASSWD)).ok().flatten().unwrap_or_default();
    let passwd = String::from_utf8_lossy(&passwd);
    for home in homes_of_copies(host, &record) {
        // Most homes have none, and then nothing about them is to be told.
        if matches!(host.root().kind_of_link(&place_in(&home)), Ok(None)) {
            continue;
        }
        let Some(user) = user_of(host, &home, &record, &passwd) else { continue };
        match read(host, &user) {
            Ok(Some(bytes)) if has(&bytes, marks) => {
                let User { uid, gid, home } = user;
                copies.found.push(KubeconfigCopy { uid, gid, home, sha256: digest(&bytes) });
            }
            Ok(_) => {}
            Err(error) => copies.left.push((place_in(&home), error)),
        }
    }
    copies
}

/// Replaces the words of these marks by the new ones. Where it was given by this program, it is
/// known as ours after it as before.
///
/// # Errors
///
/// [`Error::Changed`] where it is not what it was, else as [`super::give_kubeconfig`]. It is as it
/// was then.
pub fn renew_kubeconfig_copy(
    host: &Host,
    copy: &KubeconfigCopy,
    (marks, new): (&[String; 2], &[String; 2]),
) -> Result<PathBuf, Error> {
    let user = User::new(copy.uid, copy.gid, &copy.home);
    let shown = host.root().shown(&place_in(&copy.home));
    let changed = || Error::Changed { path: shown.clone() };
    let home = Home::open(host, &user)?.ok_or_else(changed)?;
    let dir = home.kube()?.ok_or_else(changed)?;
    let found = own(&home, &dir)?.ok_or_else(changed)?;
    let sha256 = digest(&found);
    // A run that was killed had written it.
    if sha256 != copy.sha256 && has(&found, &marks_of(new)) {
        forget(host, copy)?;
        return Ok(place_in(&copy.home));
    }
    if sha256 != copy.sha256 {
        return Err(changed());
    }
    let wanted = replaced(&found, marks, new);
    let given = digest(&wanted);
    // Both are known until it is written: what a stop in between leaves is still ours.
    Record::change(host, |record| {
        let ours =
            record.kubeconfigs.iter().find(|one| one.home == copy.home && one.sha256 == sha256).cloned();
        record.kubeconfigs.extend(ours.map(|mut one| {
            one.sha256.clone_from(&given);
            one
        }));
    })?;
    home.put(&dir, &wanted)?;
    forget(host, copy)?;
    Ok(place_in(&copy.home))
}

/// It is not there any more as it was.
fn forget(host: &Host, copy: &KubeconfigCopy) -> Result<(), Error> {
    Record::change(host, |record| {
        record.kubeconfigs.retain(|one| one.home != copy.home || one.sha256 != copy.sha256);
    })
}

/// Where users have their homes: root's, those of `/etc/passwd`, and what lies below `/home`, whose users another
/// directory may know. A home need not be there.
///
/// # Errors
///
/// Where the passwords' file or `/home` cannot be read.
pub fn homes(host: &Host) -> Result<Vec<PathBuf>, Error> {
    let passwd = host.root().read(Path::new(PASSWD))?.unwrap_or_default();
    let passwd = String::from_utf8_lossy(&passwd);
    let names = host.root().list(Path::new(HOMES))?.unwrap_or_default();
    let below = names.into_iter().map(|name| Path::new(HOMES).join(name));
    let is_dir = |home: &PathBuf| !matches!(host.root().kind(home), Ok(None | Some(Kind::File)));
    let of_users = User::all_in(&passwd).map(|(_, user)| user.home);
    let mut homes = vec![PathBuf::from(ROOT)];
    for home in of_users.chain(below.filter(is_dir)) {
        if !homes.contains(&home) {
            homes.push(home);
        }
    }
    Ok(homes)
}

/// The same, and those of users who were given one.
fn homes_of_copies(host: &Host, record: &Record) -> Vec<PathBuf> {
    let mut homes = homes(host).unwrap_or_else(|_| vec![PathBuf::from(ROOT)]);
    for home in record.kubeconfigs.iter().map(|one| &one.home) {
        if !homes.contains(home) {
            homes.push(home.clone());
        }
    }
    homes
}

/// Who a home belongs to: as it was given, as `/etc/passwd` says, else who owns it.
fn user_of(host: &Host, home: &Path, record: &Record, passwd: &str) -> Option<User> {
    if let Some(given) = record.kubeconfigs.iter().find(|one| one.home == home) {
        return Some(User::new(given.uid, given.gid, home));
    }
    let named = User::all_in(passwd).map(|(_, user)| user).find(|user| user.home == home);
    named.or_else(|| {
        let slot = host.root().slot_of_link(home).ok()??;
        let stat = stat_in(&slot).ok()??;
        Some(User::new(stat.st_uid, stat.st_gid, home))
    })
}

fn read(host: &Host, user: &User) -> Result<Option<Vec<u8>>, Error> {
    let Some(home) = Home::open(host, user)? else { return Ok(None) };
    let Some(dir) = home.kube()? else { return Ok(None) };
    own(&home, &dir)
}

/// What the user has there as a file of their own; nothing where it is a link to the
/// administrator's kubeconfig, which is renewed itself.
fn own(home: &Home<'_>, dir: &std::os::fd::OwnedFd) -> Result<Option<Vec<u8>>, Error> {
    if let Ok(target) = rustix::fs::readlinkat(dir, Home::FILE, Vec::new())
        && target.to_bytes() == ADMIN_CONF.as_bytes()
    {
        return Ok(None);
    }
    let Some(bytes) = home.read(dir)? else { return Ok(None) };
    let refused = |why| Error::Refused { path: home.shown_file(), why };
    let stat = retry(|| rustix::fs::statat(dir, Home::FILE, AtFlags::SYMLINK_NOFOLLOW));
    let stat = stat.map_err(Error::read(home.shown_file()))?;
    if stat.st_nlink > 1 {
        return Err(refused(UnfitFile::HardLinks(links(&stat))));
    }
    // What root alone can read is not given to the user.
    if stat.st_uid != home.uid() {
        return Err(refused(UnfitFile::NotTheirs(stat.st_uid)));
    }
    Ok(Some(bytes))
}

fn is_of_a_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}

/// The text cut where a word of base64 begins and ends.
fn pieces(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    bytes.chunk_by(|one, next| is_of_a_word(*one) == is_of_a_word(*next))
}

fn mark_of(piece: &[u8], marks: &[String; 2]) -> Option<usize> {
    if piece.len() < SHORTEST || !is_of_a_word(piece[0]) {
        return None;
    }
    let own = digest(piece);
    marks.iter().position(|mark| *mark == own)
}

fn has(bytes: &[u8], marks: &[String; 2]) -> bool {
    let found: Vec<usize> = pieces(bytes).filter_map(|piece| mark_of(piece, marks)).collect();
    (0..marks.len()).all(|at| found.contains(&at))
}

fn replaced(bytes: &[u8], marks: &[String; 2], new: &[String; 2]) -> Vec<u8> {
    let with = |piece| mark_of(piece, marks).map_or(piece, |at| new[at].as_bytes());
    pieces(bytes).flat_map(with).copied().collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::cluster::{give_kubeconfig, take_back_kubeconfigs};
    use crate::fs::{Mode, Root, set};

    const OLD: [&str; 2] =
        ["b2xkIGNlcnRpZmljYXRlIG9mIHRoZSBhZG1pbg==", "b2xkIGtleSBvZiB0aGUgYWRtaW4gaXRzZWxm"];
    const NEW: [&str; 2] =
        ["bmV3IGNlcnRpZmljYXRlIG9mIHRoZSBhZG1pbg==", "bmV3IGtleSBvZiB0aGUgYWRtaW4gaXRzZWxm"];

    fn words(of: [&str; 2]) -> [String; 2] {
        of.map(str::to_owned)
    }

    fn text(of: [&str; 2]) -> String {
        format!("# mine\nclient-certificate-data: {}\nclient-key-data: \"{}\"\n", of[0], of[1])
    }

    struct Bed {
        dir: tempfile::TempDir,
        host: Host,
    }

    impl Bed {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let bed = Self { host: Host::offline(Root::open(dir.path()).unwrap()), dir };
            bed.put(ADMIN_CONF, &text(OLD));
            bed.put("/home/li/.kube/config", &text(OLD));
            bed
        }

        fn put(&self, path: &str, text: &str) {
            set(self.host.root(), Path::new(path), text.as_bytes(), Mode::PRIVATE).unwrap();
        }

        fn at(&self, path: &str) -> PathBuf {
            self.dir.path().join(&path[1..])
        }

        fn look(&self) -> KubeconfigCopies {
            kubeconfig_copies(&self.host, &marks_of(&words(OLD)))
        }

        fn renew(&self, copy: &KubeconfigCopy) -> Result<PathBuf, Error> {
            renew_kubeconfig_copy(&self.host, copy, (&marks_of(&words(OLD)), &words(NEW)))
        }

        fn config(&self) -> String {
            std::fs::read_to_string(self.at("/home/li/.kube/config")).unwrap()
        }
    }

    #[test]
    fn what_was_given_is_renewed_and_known_as_ours_after_it() {
        let bed = Bed::new();
        let (uid, gid) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        give_kubeconfig(&bed.host, &User::new(uid, gid, "/home/li")).unwrap();
        bed.put("/root/.kube/config", &text(["another", OLD[1]]));
        let copies = bed.look();
        assert_eq!((copies.found.len(), copies.left.len()), (1, 0));
        assert_eq!(bed.renew(&copies.found[0]).unwrap(), Path::new("/home/li/.kube/config"));
        assert_eq!(bed.config(), text(NEW));
        // As after a kill between the file and what is kept of it.
        bed.renew(&copies.found[0]).unwrap();
        assert_eq!(Record::read(&bed.host).unwrap().kubeconfigs.len(), 1);
        assert_eq!(take_back_kubeconfigs(&bed.host).unwrap().removed.len(), 1);
    }

    /// A home may be anywhere, and who is in another directory of users has one below `/home`.
    #[test]
    fn homes_are_those_of_the_users_and_what_lies_below_home() {
        let bed = Bed::new();
        bed.put("/etc/passwd", "root:x:0:0::/root:/bin/sh\nxu:x:7:7::/srv/xu:/bin/sh\nbroken\n");
        bed.put("/srv/xu/.kube/config", &text(OLD));
        let homes = homes(&bed.host).unwrap();
        assert_eq!(homes, ["/root", "/srv/xu", "/home/li"].map(PathBuf::from));
        let found: Vec<_> = bed.look().left.iter().map(|(path, _)| path.display().to_string()).collect();
        // It is root's, and not that user's own.
        assert_eq!(found, ["/srv/xu/.kube/config"]);
    }

    #[test]
    fn one_that_was_changed_or_swapped_meanwhile_is_left() {
        let bed = Bed::new();
        let copy = bed.look().found.remove(0);
        let added = format!("{}# another context\n", text(OLD));
        bed.put("/home/li/.kube/config", &added);
        assert!(matches!(bed.renew(&copy), Err(Error::Changed { .. })));
        assert_eq!(bed.config(), added);
        std::fs::remove_file(bed.at("/home/li/.kube/config")).unwrap();
        for target in ["/victim", "/nothing"] {
            bed.put("/victim", &text(OLD));
            let link = bed.at("/home/li/.kube/config");
            symlink(target, &link).unwrap();
            assert!(matches!(bed.renew(&copy), Err(Error::Refused { .. })), "{target}");
            assert_eq!(std::fs::read_to_string(bed.at("/victim")).unwrap(), text(OLD));
            assert!(!bed.at("/nothing").exists());
            std::fs::remove_file(link).unwrap();
        }
        std::fs::rename(bed.at("/home/li/.kube"), bed.at("/home/li/moved")).unwrap();
        set(bed.host.root(), Path::new("/srv/config"), text(OLD).as_bytes(), Mode::PRIVATE).unwrap();
        symlink("/srv", bed.at("/home/li/.kube")).unwrap();
        assert!(matches!(bed.renew(&copy), Err(Error::Refused { .. })));
        assert_eq!(std::fs::read_to_string(bed.at("/srv/config")).unwrap(), text(OLD));
    }

    #[test]
    fn what_is_no_file_of_the_users_own_is_told_and_left() {
        let bed = Bed::new();
        let config = bed.at("/home/li/.kube/config");
        std::fs::hard_link(&config, bed.at("/home/li/second")).unwrap();
        bed.put("/etc/passwd", "root:x:0:0::/root:/bin/sh\n");
        rustix::fs::mkfifoat(
            rustix::fs::CWD,
            {
                std::fs::create_dir_all(bed.at("/home/xu/.kube")).unwrap();
                bed.at("/home/xu/.kube/config")
            },
            rustix::fs::Mode::RUSR,
        )
        .unwrap();
        let copies = bed.look();
        let mut left: Vec<_> = copies.left.iter().map(|(path, _)| path.display().to_string()).collect();
        left.sort();
        assert_eq!(left, ["/home/li/.kube/config", "/home/xu/.kube/config"]);
        assert!(copies.found.is_empty());
        // A link to what is renewed itself is nothing to tell of.
        std::fs::remove_file(&config).unwrap();
        symlink(ADMIN_CONF, &config).unwrap();
        assert_eq!(bed.look().left.len(), 1);
    }
}
