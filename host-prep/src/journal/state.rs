//! What the engine keeps on a host: journals, backups and the lock, in one directory only root can
//! read.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

use rustix::fs::{AtFlags, OFlags};
use rustix::io::Errno;

use crate::fs::{self, Dress, Found, Meta, Mode, Own, Slot, TempName, Wanted, retry};
use crate::ground::digest::digest;
use crate::journal::lock::{self, Lock, Stops};
use crate::journal::record::{self, Journal, Record, Take, UNNAMED};
use crate::{Error, Host, TransactionId};

const JOURNALS: &str = "journals";
const BACKUPS: &str = "backups";
const LOCK: &str = "lock";

/// The directory, locked for this process until it is dropped.
#[derive(Debug)]
pub(crate) struct State<'a> {
    host: &'a Host,
    journals: OwnedFd,
    // Its own before the one that all tools share: dropped in this order.
    _lock: Lock,
    _everybody: Option<Lock>,
}

impl<'a> State<'a> {
    /// Makes the directories where they are missing and takes the lock, waiting for it up to `wait`
    /// and not after `stops`.
    pub(crate) fn lock(host: &'a Host, wait: Duration, stops: &mut Stops<'_>) -> Result<Self, Error> {
        host.root().may_change(host.state())?;
        let dir = fs::make_private(host.root(), host.state())?;
        let lock = take_lock(host, &dir, wait, stops)?;
        let everybody = lock::of_every_tool(host, wait, stops)?;
        let journals = private_dir(host, JOURNALS)?;
        private_dir(host, BACKUPS)?;
        Ok(Self { host, journals, _lock: lock, _everybody: everybody })
    }

    /// Takes the lock where there is a transaction; where nothing was ever done nothing is made.
    pub(crate) fn lock_used(
        host: &'a Host,
        wait: Duration,
        stops: &mut Stops<'_>,
    ) -> Result<Option<Self>, Error> {
        if transactions(host)?.is_empty() {
            return Ok(None);
        }
        Self::lock(host, wait, stops).map(Some)
    }

    /// All transactions, oldest first.
    pub(crate) fn transactions(&self) -> Result<Vec<TransactionId>, Error> {
        transactions(self.host)
    }

    /// Begins the next transaction with its first record.
    pub(crate) fn begin(&self, begin: &Record) -> Result<(TransactionId, Journal), Error> {
        let last = self.transactions()?.last().copied().unwrap_or_default();
        if last >= MOST {
            return Err(Error::LastTransaction { path: self.shown(last), last });
        }
        let id = last + 1;
        let journal = Journal::create(&self.journals, &name(id), self.shown(id), begin)?;
        Ok((id, journal))
    }

    /// Opens a transaction to add to it; `take` gets what it says so far.
    pub(crate) fn open(&self, id: TransactionId, take: &mut Take<'_>) -> Result<Journal, Error> {
        let file = own(&self.journals, &name(id), self.shown(id)).open(self.host.root(), OFlags::RDWR)?;
        Journal::open(file.ok_or(Error::NoTransaction { id })?, self.shown(id), take)
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
        shown(self.host, BACKUPS, sha256)
    }

    /// Removes the bytes kept under `sha256`; where there are none nothing is to do.
    pub(crate) fn forget_backup(&self, sha256: &str) -> Result<(), Error> {
        fs::remove_tree(self.host.root(), &self.host.state().join(BACKUPS).join(sha256))
    }

    fn backup_slot(&self, sha256: &str) -> Result<Slot, Error> {
        let slot = self.host.root().slot_of_link(&self.host.state().join(BACKUPS).join(sha256))?;
        slot.ok_or_else(|| Error::Missing { path: self.backup_path(sha256) })
    }

    fn shown(&self, id: TransactionId) -> PathBuf {
        shown(self.host, JOURNALS, &name(id))
    }
}

/// Makes the directory `name` in the one that is kept on a host, both of them so that nobody else
/// can look or write there, and opens it.
///
/// # Errors
///
/// [`Error::Refused`] where others than root could have written to either, or to a directory on the
/// way.
pub(crate) fn private_dir(host: &Host, name: &str) -> Result<OwnedFd, Error> {
    fs::make_private(host.root(), host.state())?;
    fs::make_private(host.root(), &host.state().join(name))
}

/// All transactions of a host, oldest first; takes no lock.
pub(crate) fn transactions(host: &Host) -> Result<Vec<TransactionId>, Error> {
    let mut ids: Vec<_> = journal_names(host)?.iter().filter_map(|name| id_of(name)).collect();
    ids.sort_unstable();
    Ok(ids)
}

/// Waits until no other run changes the host, so that a plan is not made of a host that is half
/// done.
///
/// # Errors
///
/// [`Error::Locked`] when the other run takes longer, [`Error::Refused`] where others could have
/// written there.
pub fn wait_for_others(host: &Host, wait: Duration) -> Result<(), Error> {
    State::lock_used(host, wait, &mut || false).map(drop)
}

/// Files among the journals that are none by their name, as copies and editors leave them. Nothing
/// reads them.
///
/// # Errors
///
/// [`Error::Refused`] where others could have written there, [`Error::Read`] where the system
/// refuses.
pub fn strangers(host: &Host) -> Result<Vec<PathBuf>, Error> {
    let names = journal_names(host)?.into_iter();
    let strange = names.filter(|name| id_of(name).is_none() && *name != *UNNAMED);
    Ok(strange.map(|name| host.root().shown(&host.state().join(JOURNALS).join(name))).collect())
}

/// How far the journals of a host go: what tells whether anything was done to it in between.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Seen(Vec<(TransactionId, u64)>);

/// Looks how far the journals go; takes no lock. Before a plan is made, so that
/// [`ApplyOptions::seen`](crate::ApplyOptions::seen) can tell that it is no longer up to date.
///
/// # Errors
///
/// As [`history`](crate::history).
pub fn seen(host: &Host) -> Result<Seen, Error> {
    let Some(dir) = fs::open_private(host.root(), &host.state().join(JOURNALS))? else {
        return Ok(Seen(Vec::new()));
    };
    let mut all = Vec::new();
    for id in transactions(host)? {
        let look = retry(|| rustix::fs::statat(&dir, name(id), AtFlags::SYMLINK_NOFOLLOW));
        let stat = look.map_err(Error::read(shown(host, JOURNALS, &name(id))))?;
        all.push((id, u64::try_from(stat.st_size).unwrap_or_default()));
    }
    Ok(Seen(all))
}

/// Reads what the journal of a transaction says; takes no lock.
pub(crate) fn read_journal(host: &Host, id: TransactionId, take: &mut Take<'_>) -> Result<(), Error> {
    let (name, none) = (name(id), || Error::NoTransaction { id });
    let dir = fs::open_private(host.root(), &host.state().join(JOURNALS))?.ok_or_else(none)?;
    let shown = shown(host, JOURNALS, &name);
    let file = own(&dir, &name, shown.clone()).open(host.root(), OFlags::RDONLY)?;
    record::read(&file.ok_or_else(none)?, &shown, take)
}

/// The bytes kept under `sha256`; takes no lock.
pub(crate) fn read_backup(host: &Host, sha256: &str) -> Result<Vec<u8>, Error> {
    let path = shown(host, BACKUPS, sha256);
    let missing = || Error::BackupMissing { path: path.clone() };
    let dir = fs::open_private(host.root(), &host.state().join(BACKUPS))?.ok_or_else(missing)?;
    let file = own(&dir, sha256, path.clone()).open(host.root(), OFlags::RDONLY)?.ok_or_else(missing)?;
    let mut bytes = Vec::new();
    let read = file.take(fs::MAX_FILE).read_to_end(&mut bytes);
    read.map_err(|source| Error::Read { path: path.clone(), source })?;
    if digest(&bytes) == sha256 { Ok(bytes) } else { Err(Error::Backup { path }) }
}

fn own<'a>(dir: &'a OwnedFd, name: &'a str, shown: PathBuf) -> Own<'a> {
    Own { dir, name: OsStr::new(name), shown }
}

fn shown(host: &Host, dir: &str, name: &str) -> PathBuf {
    host.root().shown(&host.state().join(dir).join(name))
}

/// The greatest number that a name has room for.
const MOST: TransactionId = 999_999;

/// Only a name that is given here is read: `5.journal` is somebody's copy.
fn id_of(file: &OsStr) -> Option<TransactionId> {
    let id = file.to_str()?.strip_suffix(".journal")?.parse().ok()?;
    ((1..=MOST).contains(&id) && *file == *name(id)).then_some(id)
}

fn journal_names(host: &Host) -> Result<Vec<OsString>, Error> {
    let path = host.state().join(JOURNALS);
    if fs::open_private(host.root(), &path)?.is_none() {
        return Ok(Vec::new());
    }
    Ok(host.root().list(&path)?.unwrap_or_default())
}

fn name(id: TransactionId) -> String {
    format!("{id:06}.journal")
}

/// The lock is the kernel's, so it ends with its holder however that ends; what the file says is
/// for people.
fn take_lock(host: &Host, dir: &OwnedFd, wait: Duration, stops: &mut Stops<'_>) -> Result<Lock, Error> {
    let path = host.root().shown(&host.state().join(LOCK));
    let failed = || Error::write(path.clone());
    let opened = own(dir, LOCK, path.clone()).open(host.root(), OFlags::RDWR | OFlags::CREATE)?;
    let mut file = opened.ok_or_else(|| failed()(Errno::NOENT))?;
    let Some(lock) = Lock::take(&file, wait, stops).map_err(failed())? else {
        return Err(Error::Locked { path, holder: holder(&mut file) });
    };
    // Who holds it is worth a try, no more.
    let _ = retry(|| rustix::fs::ftruncate(&file, 0));
    let _ = writeln!(file, "{}", std::process::id());
    Ok(lock)
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
