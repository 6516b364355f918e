//! Files that programs are told of, and that go away again.

use std::path::{Path, PathBuf};

use super::{Mode, remove, write_new};
use crate::Error;

/// A file of the running host that goes away with this value.
///
/// Lay it where root alone writes, such as `/run`: what was left of a run that was killed goes with
/// the next boot.
///
/// ```
/// use host_prep::fs::Temporary;
///
/// # let dir = tempfile::tempdir()?;
/// # let run = dir.path();
/// let netrc = Temporary::new(run.join("netrc"), b"machine mirror.example login li password x\n")?;
/// assert!(netrc.path().exists());
/// let path = netrc.path().to_owned();
/// drop(netrc);
/// assert!(!path.exists());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "the file goes away with this value"]
pub struct Temporary {
    path: PathBuf,
}

impl Temporary {
    /// Writes it, for the owner alone.
    ///
    /// # Errors
    ///
    /// As [`write_new`].
    pub fn new(path: PathBuf, bytes: &[u8]) -> Result<Self, Error> {
        write_new(&path, bytes, Mode::PRIVATE)?;
        Ok(Self { path })
    }

    /// One that a program is to write.
    pub fn reserved(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // At the latest the next boot takes it.
        let _ = remove(&self.path);
    }
}
