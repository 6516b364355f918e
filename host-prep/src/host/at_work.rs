//! Programs that may outlive this one: known to the next run by a file that they have open, and
//! waited for.
//!
//! The file lies in the engine's own directory and is locked before the program starts. The lock
//! belongs to the open file, which the program and all it starts inherit (flock(2)). So the kernel
//! knows whether one of them is still there, from before its first instruction to after its last
//! one; a process id that is written down would be neither.

use std::fs::File;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::fs::OFlags;

use super::Host;
use crate::fs::{self, Own};
use crate::{Error, Watch};

/// How often a program that is at work is looked at.
pub(crate) const TICK: Duration = Duration::from_millis(100);

/// A program that is at work.
#[derive(Debug)]
pub(crate) struct Busy {
    /// Who it is, for people.
    pub(crate) holder: String,
    /// What it holds.
    pub(crate) path: PathBuf,
}

/// The file by which a kind of program is known.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    /// Its name in the engine's directory.
    pub(crate) name: &'static str,
    /// The stream of the program that it is: 0 or 1.
    pub(crate) stream: u8,
    /// What the program is called where it cannot be told.
    pub(crate) otherwise: &'static str,
}

impl Mark {
    /// The locked file, which the program gets as its stream; who holds it where another one does.
    pub(crate) fn take(self, host: &Host) -> Result<Result<File, Busy>, Error> {
        let file = create(host, self.name)?;
        Ok(if self.lock(host, &file)? { Ok(file) } else { Err(self.busy(host, &file)) })
    }

    /// Who is at work, if anybody is. Nothing is made, and nothing stays locked.
    pub(crate) fn look(self, host: &Host) -> Result<Result<(), Busy>, Error> {
        let Some(dir) = fs::open_private(host.root(), host.state())? else { return Ok(Ok(())) };
        let Some(file) = open(host, &dir, self.name, OFlags::RDWR)? else { return Ok(Ok(())) };
        // Closing the file ends our own lock.
        Ok(if self.lock(host, &file)? { Ok(()) } else { Err(self.busy(host, &file)) })
    }

    fn lock(self, host: &Host, file: &File) -> Result<bool, Error> {
        fs::try_lock(file).map_err(Error::write(shown(host, self.name)))
    }

    /// The oldest of those that have the file as their stream. Only told to people: what counts is
    /// the lock.
    fn busy(self, host: &Host, file: &File) -> Busy {
        let here = file.metadata().ok();
        let has_it = |pid: &u32| {
            let there = std::fs::metadata(format!("/proc/{pid}/fd/{}", self.stream)).ok();
            let both = here.as_ref().zip(there.as_ref());
            both.is_some_and(|(one, other)| (one.dev(), one.ino()) == (other.dev(), other.ino()))
        };
        let pid = |entry: std::fs::DirEntry| entry.file_name().to_str()?.parse().ok();
        let all = std::fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(pid);
        Busy { holder: named(all.filter(has_it).min(), self.otherwise), path: shown(host, self.name) }
    }
}

/// Opens a file of this name in the engine's directory, and makes both where they are not there.
pub(crate) fn create(host: &Host, name: &str) -> Result<File, Error> {
    let dir = fs::make_private(host.root(), host.state())?;
    open(host, &dir, name, OFlags::RDWR | OFlags::CREATE)?
        .ok_or_else(|| Error::Missing { path: shown(host, name) })
}

fn open(host: &Host, dir: &OwnedFd, name: &str, flags: OFlags) -> Result<Option<File>, Error> {
    Own { dir, name: name.as_ref(), shown: shown(host, name) }.open(host.root(), flags)
}

/// A file of the engine's directory, as it is told.
pub(crate) fn shown(host: &Host, name: &str) -> PathBuf {
    host.root().shown(&host.state().join(name))
}

/// Looks until nobody is at work: what was found then, and whether anybody was. `said` is told
/// once.
pub(crate) fn wait<T>(
    limit: Duration,
    watch: &mut dyn Watch,
    said: &dyn Fn(&Busy) -> String,
    look: &mut dyn FnMut() -> Result<Result<T, Busy>, Error>,
) -> Result<(T, bool), Error> {
    let begun = Instant::now();
    let mut told = false;
    loop {
        let busy = match look()? {
            Ok(found) => return Ok((found, told)),
            Err(busy) => busy,
        };
        if watch.stops() {
            return Err(Error::Stopped);
        }
        if begun.elapsed() >= limit {
            return Err(Error::Locked { path: busy.path, holder: busy.holder });
        }
        if !std::mem::replace(&mut told, true) {
            watch.said(&said(&busy));
        }
        watch.waits(begun.elapsed());
        std::thread::sleep(TICK);
    }
}

/// A process by name and number.
pub(crate) fn named(pid: Option<u32>, otherwise: &str) -> String {
    let Some(pid) = pid else { return otherwise.to_owned() };
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    match name.trim() {
        "" => format!("process {pid}"),
        name => format!("{name} (process {pid})"),
    }
}

/// A script that the engine did not start, as a kill of this program leaves one.
#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a program that the engine did not start")]
pub(crate) fn orphan(script: &str) -> std::process::Child {
    std::process::Command::new("sh").args(["-c", script]).spawn().unwrap()
}
