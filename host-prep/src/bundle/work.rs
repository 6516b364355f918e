//! A directory to work in that goes again, after a kill with the next run.

use std::fs::File;
use std::path::Path;

use rustix::fs::{FlockOperation, Mode, OFlags};

use crate::{Error, fs};

/// A directory of this run, locked as long as it lives.
#[derive(Debug)]
pub(super) struct Work {
    dir: tempfile::TempDir,
    _lock: File,
}

impl Work {
    /// Makes one in `parent` whose name begins with `prefix`, after it removed those of runs that
    /// ended without.
    pub(super) fn within(parent: &Path, prefix: &str) -> Result<Self, Error> {
        sweep(parent, prefix);
        let failed = |source| Error::Write { path: parent.to_owned(), source };
        let dir = tempfile::Builder::new().prefix(prefix).tempdir_in(parent).map_err(failed)?;
        let lock = lock(dir.path())
            .ok_or_else(|| Error::Locked { path: dir.path().to_owned(), holder: "another process".into() })?;
        Ok(Self { dir, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// The directory, where it is ours and nobody works in it.
fn lock(dir: &Path) -> Option<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = File::from(rustix::fs::open(dir, flags, Mode::empty()).ok()?);
    let stat = rustix::fs::fstat(&opened).ok()?;
    let ours = stat.st_uid == rustix::process::geteuid().as_raw();
    let locked = ours && rustix::fs::flock(&opened, FlockOperation::NonBlockingLockExclusive).is_ok();
    locked.then_some(opened)
}

/// What cannot be removed is left: it is in nobody's way.
fn sweep(parent: &Path, prefix: &str) {
    let Ok(entries) = std::fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(prefix)
            && let Some(lock) = lock(&entry.path())
        {
            let _ = fs::remove(&entry.path());
            drop(lock);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_goes_and_what_is_in_use_stays() {
        let parent = tempfile::tempdir().unwrap();
        let left = parent.path().join(".work-left");
        std::fs::create_dir_all(left.join("below")).unwrap();
        let first = Work::within(parent.path(), ".work-").unwrap();
        assert!(!left.exists());
        let second = Work::within(parent.path(), ".work-").unwrap();
        assert!(first.path().exists() && second.path().exists());
        drop((first, second));
        assert_eq!(std::fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
