//! Locks of the kernel's: they end with their holder, however that ends.

use std::os::fd::AsFd;

use rustix::fs::FlockOperation;
use rustix::io::Errno;

use super::retry;

/// Locks an open file or directory (flock(2)); not where somebody else holds it.
pub(crate) fn try_lock(file: impl AsFd) -> rustix::io::Result<bool> {
    match retry(|| rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive)) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(errno) => Err(errno),
    }
}
