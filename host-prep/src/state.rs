//! What the engine keeps on a host: journals, backups and the lock, in one directory only root can read.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags};
use rustix::io::Errno;

use crate::fs::{self, Dress, Found, Meta, Mode, Root, Slot, TempName, Wanted, retry};
use crate::journal::{Journal, Reading, Record};
use crate::step::digest;
use crate::{Error, Host};

/// Number of a transaction, from 1.
pub type TransactionId = u32;

/// The directory, locked for this process until it is dropped.
#[derive(Debug)]
pub(crate) struct State<'a> {
    host: &'a Host,
    journals: OwnedFd,
    _lock: Lock,
}

impl<'a> State<'a> {
    /// Makes the directories where they are missing and takes the lock, waiting for it up to `wait`.
    pub(crate) fn lock(host: &'a Host, wait: Duration) -> Result<Self, Error> {
        let root = host.root();
        let place = Place::of(host);
        for dir in fs::missing_above(root, &place.journals)? {
            let mode = if dir.starts_with(host.state()) { Mode::new(0o700) } else { Mode::DIRECTORY };
            fs::make(root, &dir, mode)?;
        }
        for dir in [&place.journals, &place.backups] {
            fs::make(root, dir, Mode::new(0o700))?;
        }
        let lock = take_lock(root, &place.lock, wait)?;
        let journals = open_dir(root, &place.journals)?;
        Ok(Self { host, journals, _lock: lock })
    }

    /// All transactions, oldest first.
    pub(crate) fn transactions(&self) -> Result<Vec<TransactionId>, Error> {
        transactions(self.host)
    }

    /// Begins the next transaction.
    pub(crate) fn begin(&self) -> Result<(TransactionId, Journal), Error> {
        let id = self.transactions()?.last().map_or(1, |last| last + 1);
        let journal = Journal::create(&self.journals, &name(id), self.shown(id))?;
        Ok((id, journal))
    }

    /// Opens a transaction to add to it.
    pub(crate) fn open(&self, id: TransactionId) -> Result<(Journal, Vec<Record>), Error> {
        Journal::open(&self.journals, &name(id), self.shown(id))
    }

    /// Keeps `bytes` and gives the name to find them by.
    pub(crate) fn back_up(&self, bytes: &[u8]) -> Result<String, Error> {
        let sha256 = digest(bytes);
        let slot = self.backup_slot(&sha256)?;
        let found = Found::read(self.host.root(), &slot)?;
        if matches!(&found, Found::File(source) if source.image.bytes == bytes) {
            return Ok(sha256);
        }
        let wanted = Wanted::File { bytes, mode: Mode::PRIVATE, dress: Dress::Fresh };
        let temp = TempName::tagged(&slot, "new");
        // A run that was killed may have left one.
        fs::sweep(self.host.root(), &slot, &temp)?;
        fs::put(self.host.root(), &slot, &found, wanted, &temp)?;
        Ok(sha256)
    }

    /// The bytes kept under `sha256`.
    pub(crate) fn backup(&self, sha256: &str) -> Result<Vec<u8>, Error> {
        read_backup(self.host, sha256)
    }

    /// Where the bytes of that name are kept, for people.
    pub(crate) fn backup_path(&self, sha256: &str) -> PathBuf {
        self.host.root().shown(&Place::of(self.host).backups.join(sha256))
    }

    fn backup_slot(&self, sha256: &str) -> Result<Slot, Error> {
        let path = Place::of(self.host).backups.join(sha256);
        let slot = self.host.root().slot_of_link(&path)?;
        slot.ok_or_else(|| Error::Missing { path: self.host.root().shown(&path) })
    }

    fn shown(&self, id: TransactionId) -> PathBuf {
        self.host.root().shown(&Place::of(self.host).journals.join(name(id)))
    }
}

/// All transactions of a host, oldest first; takes no lock.
pub(crate) fn transactions(host: &Host) -> Result<Vec<TransactionId>, Error> {
    let names = host.root().list(&Place::of(host).journals)?.unwrap_or_default();
    let number = |name: &std::ffi::OsString| name.to_str()?.strip_suffix(".journal")?.parse().ok();
    let mut ids: Vec<_> = names.iter().filter_map(number).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// What the journal of a transaction says; takes no lock.
pub(crate) fn read_journal(host: &Host, id: TransactionId) -> Result<Vec<Record>, Error> {
    let path = Place::of(host).journals.join(name(id));
    let shown = host.root().shown(&path);
    match host.root().open_at(&path, OFlags::RDONLY) {
        Ok(fd) => Ok(Reading::of(&mut fd.into(), &shown)?.records),
        Err(Errno::NOENT) => Err(Error::NoTransaction { id }),
        Err(errno) => Err(Error::read(shown)(errno)),
    }
}

/// The bytes kept under `sha256`; takes no lock.
pub(crate) fn read_backup(host: &Host, sha256: &str) -> Result<Vec<u8>, Error> {
    let path = Place::of(host).backups.join(sha256);
    let shown = host.root().shown(&path);
    match host.root().read(&path)? {
        Some(bytes) if digest(&bytes) == sha256 => Ok(bytes),
        Some(_) => Err(Error::Backup { path: shown }),
        None => Err(Error::Missing { path: shown }),
    }
}

struct Place {
    lock: PathBuf,
    journals: PathBuf,
    backups: PathBuf,
}

impl Place {
    fn of(host: &Host) -> Self {
        let state = host.state();
        Self { lock: state.join("lock"), journals: state.join("journals"), backups: state.join("backups") }
    }
}

fn name(id: TransactionId) -> String {
    format!("{id:06}.journal")
}

fn open_dir(root: &Root, path: &Path) -> Result<OwnedFd, Error> {
    root.open_at(path, OFlags::RDONLY | OFlags::DIRECTORY).map_err(Error::read(root.shown(path)))
}

/// The lock is the kernel's, so it ends with its holder however that ends; what the file says is for people.
fn take_lock(root: &Root, path: &Path, wait: Duration) -> Result<Lock, Error> {
    let failed = || Error::write(root.shown(path));
    let Some(slot) = root.slot_of_link(path)? else { return Err(failed()(Errno::NOENT)) };
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    let opened = retry(|| rustix::fs::openat(&slot.dir, &slot.name, flags, mode));
    let mut file = File::from(opened.map_err(failed())?);
    let end = Instant::now() + wait;
    loop {
        match retry(|| rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)) {
            Ok(()) => break,
            Err(Errno::WOULDBLOCK) if Instant::now() < end => std::thread::sleep(Duration::from_millis(100)),
            Err(Errno::WOULDBLOCK) => {
                return Err(Error::Locked { path: root.shown(path), holder: holder(&mut file) });
            }
            Err(errno) => return Err(failed()(errno)),
        }
    }
    // Who holds it is worth a try, no more.
    let _ = retry(|| rustix::fs::ftruncate(&file, 0));
    let _ = writeln!(file, "{}", std::process::id());
    Ok(Lock(file))
}

/// A lock that is held.
#[derive(Debug)]
struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a child that another thread is just starting may have a copy of the handle.
        let _ = rustix::fs::flock(&self.0, FlockOperation::Unlock);
    }
}

fn holder(file: &mut File) -> String {
    let mut text = String::new();
    let _ = file.take(32).read_to_string(&mut text);
    match text.trim() {
        "" => "another process".into(),
        pid => format!("process {pid}"),
    }
}

/// A file's [`Meta`] where there is a file.
pub(crate) fn meta_of(found: &Found) -> Option<&Meta> {
    match found {
        Found::Nothing => None,
        Found::File(source) => Some(&source.image.meta),
        Found::Link(link) => Some(&link.meta),
    }
}
