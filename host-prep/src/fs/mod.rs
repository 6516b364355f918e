//! Files under a host root: read without leaving the tree, replaced as a whole or not at all.
//!
//! A replacement is written beside the file under a hidden name, given the old file's owner, mode, ACL, SELinux label and
//! other extended attributes, synced, and renamed into place; the directory is synced after it. Whoever reads the
//! file, and whatever stops this program, sees the old content or the new one. A symbolic link stays a link: the file it
//! leads to is replaced.
//!
//! ```
//! use host_prep::fs::{self, Mode};
//!
//! # let dir = tempfile::tempdir()?;
//! let file = dir.path().join("kubeadm.yaml");
//! fs::write_new(&file, b"kind: ClusterConfiguration\n", Mode::PRIVATE)?;
//! fs::replace(&file, b"kind: InitConfiguration\n")?;
//! assert!(fs::write_new(&file, b"", Mode::PRIVATE).is_err(), "never overwrites");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::path::{Path, PathBuf};

use crate::Error;

pub use file::{FileImage, Meta, Mode, Time};
pub use root::{Kind, MAX_FILE, Root};

pub(crate) use dir::{make, missing_above, remove_if_empty, write_value};
pub(crate) use file::Found;
pub(crate) use put::{Dress, TempName, Wanted, beside, put, sweep, sync_dir};
pub(crate) use root::Slot;

mod dir;
mod file;
mod put;
mod root;
mod walk;

/// Creates the file `path`, a path of the running host, relative ones starting at the working directory.
///
/// # Errors
///
/// [`Error::Exists`] when there is something at `path` already, [`Error::Write`] when the system refuses. Nothing is left
/// behind then.
pub fn write_new(path: &Path, bytes: &[u8], mode: Mode) -> Result<(), Error> {
    let (root, path) = on_this_host(path)?;
    let slot = root.slot(&path)?.ok_or_else(|| Error::Missing { path: parent_of(&path) })?;
    let wanted = Wanted::File { bytes, mode, dress: Dress::Fresh };
    put(&root, &slot, &Found::Nothing, wanted, &TempName::random(&slot))
}

/// Replaces the content of the existing file `path`, a path of the running host; owner, mode, ACL and extended
/// attributes stay.
///
/// # Errors
///
/// [`Error::Missing`] when there is no file, [`Error::Refused`] when it is one that a rename would break,
/// [`Error::Changed`] when another program changed it meanwhile, [`Error::Read`] and [`Error::Write`] when the system
/// refuses. The old content is still there then, with one exception: when only the directory could not be
/// synced, the new content is in place but a power cut may bring the old one back.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let (root, path) = on_this_host(path)?;
    let slot = root.slot(&path)?.ok_or_else(|| Error::Missing { path: path.clone() })?;
    let found = Found::read(&root, &slot)?;
    let Found::File(source) = &found else { return Err(Error::Missing { path }) };
    let meta = &source.image.meta;
    let wanted = Wanted::File { bytes, mode: meta.mode, dress: Dress::Like(meta) };
    put(&root, &slot, &found, wanted, &TempName::random(&slot))
}

fn on_this_host(path: &Path) -> Result<(Root, PathBuf), Error> {
    let absolute =
        std::path::absolute(path).map_err(|source| Error::Read { path: path.to_owned(), source })?;
    Ok((Root::open("/")?, absolute))
}

fn parent_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(Path::new("/")).to_owned()
}

/// A signal that arrives during a slow call is no reason to fail.
pub(crate) fn retry<T>(call: impl FnMut() -> rustix::io::Result<T>) -> rustix::io::Result<T> {
    rustix::io::retry_on_intr(call)
}

#[cfg(test)]
mod tests;
