//! Files in /run that go away again.

use std::path::PathBuf;

/// A file in /run, where only root writes, that goes away again.
pub(crate) struct Temporary(pub(crate) PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // At the latest the next boot takes it.
        let _ = std::fs::remove_file(&self.0);
    }
}
