//! Where bundles lie that packages are installed from: copies in the directory only root can read.
//!
//! A copy has the digest of its manifest as its name, and has it only when all of it is there. It
//! stays as long as the host's repository file names it. What is left of a run that was killed goes
//! with the next one.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use super::compare::{Keep, compare};
use super::manifest::{BundleFile, MANIFEST, Manifest};
use super::source::Source;
use super::value::Sha256Sum;
use super::{PACKAGES, SPEC, index};
use crate::fs::{self, Mode, Root, retry};
use crate::journal::state::private_dir;
use crate::mirrors::Format;
use crate::resource::repo::copies::{BUNDLES, UNPACKING, lock, sweep_locked};
use crate::{Error, Host};

/// Where the copy of a bundle lies on `host`, as seen from that host.
pub(super) fn place(host: &Host, digest: &Sha256Sum) -> PathBuf {
    host.state().join(BUNDLES).join(digest.as_str())
}

/// A bundle's copy in use. When this goes, so does every copy that no repository file of the host
/// names.
#[derive(Debug)]
pub struct Settled {
    /// The host as far as the copies need it.
    host: Host,
    lock: Option<OwnedFd>,
}

impl Drop for Settled {
    fn drop(&mut self) {
        // What could not be removed now is removed by the next run.
        if let Some(lock) = self.lock.take() {
            let _ = sweep_locked(&self.host, None);
            drop(lock);
        }
    }
}

/// Copies `source` to its place, every byte compared on the way.
pub(super) fn settle(
    host: &Host,
    (source, shown): (&Source, &Path),
    (manifest, bytes): (&Manifest, &[u8]),
) -> Result<Settled, Error> {
    let dir = private_dir(host, BUNDLES)?;
    if !lock(&dir)? {
        let path = host.root().shown(&host.state().join(BUNDLES));
        return Err(Error::Locked { path, holder: "another process".into() });
    }
    let own = Host::offline(Root::open(host.root().path())?)
        .owned_by(host.owner().clone())
        .with_state(host.state());
    let settled = Settled { host: own, lock: Some(dir) };
    let digest = Sha256Sum::of(bytes);
    sweep_locked(host, Some(digest.as_str()))?;
    let place = place(host, &digest);
    let at = host.root().shown(&place);
    // An earlier use of the same bundle: same digest, same content, unless somebody changed it.
    if host.root().kind_of_link(&place)?.is_some() {
        if compare(&Source::open(&at)?, manifest, &mut Nothing).is_empty() {
            return Ok(settled);
        }
        fs::remove_tree(host.root(), &place)?;
    }
    let temp = host.state().join(BUNDLES).join(UNPACKING);
    let copied =
        copy(host, &temp, (source, shown), (manifest, bytes)).and_then(|()| put(host, &temp, &place));
    if copied.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_tree(host.root(), &temp);
    }
    copied.map(|()| settled)
}

fn copy(
    host: &Host,
    temp: &Path,
    (source, shown): (&Source, &Path),
    (manifest, bytes): (&Manifest, &[u8]),
) -> Result<(), Error> {
    fs::make(host.root(), temp, Mode::DIRECTORY)?;
    let at = host.root().shown(temp);
    has_room(&at, manifest)?;
    let into = Into::new(&at)?;
    into.write(MANIFEST, bytes)?;
    let problems = compare(source, manifest, &mut Everything(&into));
    if !problems.is_empty() {
        return Err(Error::Bundle { path: shown.to_owned(), problems });
    }
    // What a bundle says of its debs is not believed: apt is told what is in the debs themselves.
    if manifest.format == Format::Deb {
        index::write(host, Format::Deb, &at.join(PACKAGES), "dpkg-deb")?;
    }
    Ok(())
}

/// Gives the copy its name.
fn put(host: &Host, temp: &Path, place: &Path) -> Result<(), Error> {
    let at = host.root().shown(place);
    let failed = || Error::write(&at);
    let gone = || Error::Missing { path: at.clone() };
    let from = host.root().slot_of_link(temp)?.ok_or_else(gone)?;
    let to = host.root().slot_of_link(place)?.ok_or_else(gone)?;
    retry(|| rustix::fs::syncfs(&to.dir)).map_err(failed())?;
    retry(|| rustix::fs::renameat(&from.dir, &from.name, &to.dir, &to.name)).map_err(failed())?;
    fs::sync_dir(&to.dir).map_err(failed())
}

fn has_room(at: &Path, manifest: &Manifest) -> Result<(), Error> {
    let found = rustix::fs::statvfs(at).map_err(Error::read(at))?;
    let free = found.f_bavail.saturating_mul(found.f_frsize);
    let needed: u64 = manifest.files.iter().map(|file| file.size).sum();
    if needed <= free {
        return Ok(());
    }
    let what = format!("the bundle has {needed} bytes, and {free} are free at {}", at.display());
    Err(Error::Problem { what, hint: "make room, then try again".into() })
}

/// A directory of our own that files of a bundle go to.
pub(super) struct Into {
    root: Root,
}

impl Into {
    pub(super) fn new(at: &Path) -> Result<Self, Error> {
        Ok(Self { root: Root::open(at)? })
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let path = Path::new("/").join(name);
        let written = self.create(&path)?.write_all(bytes);
        written.map_err(|source| Error::Write { path: self.root.shown(&path), source })
    }

    /// Makes a file that is not there yet.
    fn create(&self, path: &Path) -> Result<File, Error> {
        // A spec may hold a token.
        let secret = path.file_name() == Some(OsStr::new(SPEC));
        fs::create(&self.root, path, if secret { Mode::PRIVATE } else { Mode::PUBLIC })
    }

    pub(super) fn keep(&self, file: &BundleFile) -> io::Result<Option<Box<dyn Write + '_>>> {
        let file = self.create(&Path::new("/").join(file.path.as_str())).map_err(io::Error::other)?;
        Ok(Some(Box::new(file)))
    }
}

/// Files are compared and nothing else.
pub(super) struct Nothing;

impl Keep for Nothing {
    fn keep(&mut self, _: &BundleFile) -> io::Result<Option<Box<dyn Write + '_>>> {
        Ok(None)
    }
}

struct Everything<'a>(&'a Into);

impl Keep for Everything<'_> {
    fn keep(&mut self, file: &BundleFile) -> io::Result<Option<Box<dyn Write + '_>>> {
        self.0.keep(file)
    }
}
