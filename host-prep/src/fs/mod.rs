//! Files under a host root: read without leaving the tree, replaced as a whole or not at all.
//!
//! A replacement is written beside the file under a hidden name, given the old file's owner, mode,
//! ACL, SELinux label and other extended attributes, synced, and renamed into place; the directory
//! is synced after it. Whoever reads the file, and whatever stops this program, sees the old
//! content or the new one. A symbolic link stays a link: the file it leads to is replaced. What
//! another program writes between the look and the rename is noticed, since both files change
//! places and the one that comes out is looked at, and given back; only where the file system
//! cannot exchange two names (NFS, Linux before 3.15) such a change in that moment is lost.
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

pub use crate::ground::mode::Mode;
pub use file::{FileImage, Meta, Time};
pub use kind::Kind;
pub use record::{Answer, Ended, Question, Record, Recorder};
pub use root::{MAX_FILE, Root};
pub use temporary::Temporary;

pub(crate) use dir::{make, missing_above, remove_if_empty, remove_tree, write_value};
pub(crate) use file::Found;
pub(crate) use here::{copy, create, create_here, lay, make_dirs, remove, rename};
pub(crate) use lock::try_lock;
pub(crate) use overlay::{Laid, Overlay};
pub(crate) use private::{Own, make_private, open_private, open_unless, others_write};
pub(crate) use put::{Dress, Wanted, beside, put, sweep, sync_dir};
pub(crate) use record::Tape;
pub(crate) use root::{Slot, links, regular, stat_in};
pub(crate) use temp::TempName;

mod dir;
mod file;
mod here;
mod kind;
mod lock;
mod overlay;
mod private;
mod put;
mod record;
mod root;
mod temp;
mod temporary;
mod walk;

/// Creates the file `path`, a path of the running host, relative ones starting at the working
/// directory.
///
/// # Errors
///
/// [`Error::Exists`] when there is something at `path` already, [`Error::Write`] when the system
/// refuses. Nothing is left behind then.
pub fn write_new(path: &Path, bytes: &[u8], mode: Mode) -> Result<(), Error> {
    let (root, path) = on_this_host(path)?;
    let slot = root.slot(&path)?.ok_or_else(|| Error::Missing { path: parent_of(&path) })?;
    put(&root, &slot, &Found::Nothing, fresh(bytes, mode), &TempName::random(&slot))
}

/// Replaces the content of the existing file `path`, a path of the running host; owner, mode, ACL
/// and extended attributes stay.
///
/// # Errors
///
/// [`Error::Missing`] when there is no file, [`Error::Refused`] when it is one that a rename would
/// break, [`Error::Changed`] when another program changed it meanwhile, [`Error::Read`] and
/// [`Error::Write`] when the system refuses. The old content is still there then, with one
/// exception: when only the directory could not be synced, the new content is in place but a power
/// cut may bring the old one back.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let (root, path) = on_this_host(path)?;
    let slot = root.slot(&path)?.ok_or_else(|| Error::Missing { path: path.clone() })?;
    let found = Found::read(&root, &slot)?;
    let Some(wanted) = over(&found, bytes) else { return Err(Error::Missing { path }) };
    put(&root, &slot, &found, wanted, &TempName::random(&slot))
}

/// Gives the file `path` of the host under `root` this content: replaces it as [`replace`] does, or
/// creates it with `mode` and the missing directories above it with `0755`. The directories that
/// were made, outermost first.
///
/// Links are followed as that host would, so a tree that is not running cannot lead a write out of
/// it.
///
/// ```
/// use host_prep::fs::{self, Mode, Root};
///
/// # let dir = tempfile::tempdir()?;
/// let root = Root::open(dir.path())?;
/// let file = std::path::Path::new("/etc/crio/crio.conf.d/99-own.conf");
/// assert_eq!(fs::set(&root, file, b"", Mode::PUBLIC)?.len(), 3);
/// assert_eq!(fs::set(&root, file, b"[crio]\n", Mode::PUBLIC)?.len(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// As [`replace`] and [`write_new`]; [`Error::NotAbsolute`] for a relative `path`. Directories that
/// were made for nothing are taken away again.
pub fn set(root: &Root, path: &Path, bytes: &[u8], mode: Mode) -> Result<Vec<PathBuf>, Error> {
    if !path.is_absolute() {
        return Err(Error::NotAbsolute { path: path.to_owned() });
    }
    let missing = missing_above(root, path)?;
    let made = missing.iter().try_for_each(|dir| make(root, dir, Mode::DIRECTORY));
    let done = made.and_then(|()| {
        let slot =
            root.slot(path)?.ok_or_else(|| Error::Missing { path: root.shown(parent_of(path).as_path()) })?;
        let found = Found::read(root, &slot)?;
        let wanted = over(&found, bytes).unwrap_or(fresh(bytes, mode));
        put(root, &slot, &found, wanted, &TempName::random(&slot))
    });
    if let Err(error) = done {
        for dir in missing.iter().rev() {
            // The first error is the one to tell.
            let _ = remove_if_empty(root, dir);
        }
        return Err(error);
    }
    Ok(missing)
}

/// A file like the one that is there, with other content.
fn over<'a>(found: &'a Found, bytes: &'a [u8]) -> Option<Wanted<'a>> {
    let Found::File(source) = found else { return None };
    let meta = &source.image.meta;
    Some(Wanted::File { bytes, mode: meta.mode, dress: Dress::Like(meta) })
}

/// A file as the directory makes it.
fn fresh(bytes: &[u8], mode: Mode) -> Wanted<'_> {
    Wanted::File { bytes, mode, dress: Dress::Fresh }
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
