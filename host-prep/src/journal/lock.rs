//! One change of a host at a time: of one tool's runs, and of all tools that embed this crate.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, OFlags};
use rustix::io::Errno;

use crate::fs;
use crate::{Error, Host};

/// Whether who waits was asked to end.
pub(crate) type Stops<'a> = dyn FnMut() -> bool + 'a;

/// A lock that is held.
#[derive(Debug)]
pub(super) struct Lock(OwnedFd);

impl Lock {
    /// Takes it, waiting up to `wait` and not after `stops`; `None` where another one has it.
    pub(super) fn take(
        file: impl AsFd,
        wait: Duration,
        stops: &mut Stops<'_>,
    ) -> rustix::io::Result<Option<Self>> {
        // The same open file: as long as one of both is there, so is the lock.
        let own = Self(rustix::io::fcntl_dupfd_cloexec(file, 0)?);
        let end = Instant::now() + wait;
        while !fs::try_lock(&own.0)? {
            if Instant::now() >= end || stops() {
                return Ok(None);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(Some(own))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Closing is not enough: a child that another thread is just starting may have a copy of the
        // handle.
        let _ = rustix::fs::flock(&self.0, FlockOperation::Unlock);
    }
}

/// The lock that tools of every owner take: on the host's root directory, which is always there and
/// which nobody writes to.
///
/// `None` on a file system without such locks for directories (NFS): there each tool's own lock
/// alone keeps its runs apart.
pub(super) fn of_every_tool(
    host: &Host,
    wait: Duration,
    stops: &mut Stops<'_>,
) -> Result<Option<Lock>, Error> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let path = host.root().path();
    let root = host.root().open_at(Path::new("/"), flags).map_err(Error::read(path))?;
    match Lock::take(&root, wait, stops) {
        Ok(Some(lock)) => Ok(Some(lock)),
        Ok(None) => Err(Error::Locked { path: path.to_owned(), holder: "another tool".into() }),
        Err(Errno::BADF | Errno::NOLCK | Errno::OPNOTSUPP | Errno::INVAL | Errno::NOSYS) => Ok(None),
        Err(errno) => Err(Error::write(path)(errno)),
    }
}
