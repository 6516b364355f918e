//! Files as they were before an upgrade, each under its digest in the engine's own directory.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::cluster::record::{put, restore};
use crate::fs::{self, Dress, Found, Kind, Meta, Mode, Root, Wanted};
use crate::ground::digest::digest;
use crate::journal::state::private_dir;
use crate::{Error, Host};

const DIR: &str = "upgrade";

/// A file as it was.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct KeptFile {
    /// Where it was.
    pub path: PathBuf,
    /// The digest of its content; `None` where there was nothing.
    pub sha256: Option<String>,
    /// Owner, mode, times, attributes.
    pub meta: Option<Meta>,
    /// Where it led, if it was a link.
    #[serde(default)]
    pub target: Option<PathBuf>,
}

/// Keeps these files, and those below directories among them; `but` are left out. What is not there
/// is known as that where it is one of `paths`.
///
/// # Errors
///
/// Where one cannot be read or kept.
pub fn keep(host: &Host, paths: &[PathBuf], but: &[&Path]) -> Result<Vec<KeptFile>, Error> {
    let mut kept = Vec::new();
    for path in paths {
        add(host, path, but, &mut kept)?;
    }
    Ok(kept)
}

fn add(host: &Host, path: &Path, but: &[&Path], kept: &mut Vec<KeptFile>) -> Result<(), Error> {
    if but.contains(&path) {
        return Ok(());
    }
    let root = host.root();
    if root.kind_of_link(path)? == Some(Kind::Directory) {
        let mut names = root.list(path)?.unwrap_or_default();
        names.sort();
        return names.iter().try_for_each(|name| add(host, &path.join(name), but, kept));
    }
    match found(root, path)? {
        Found::Nothing => {
            kept.push(KeptFile { path: path.to_owned(), sha256: None, meta: None, target: None });
        }
        Found::File(source) => {
            let sha256 = digest(&source.image.bytes);
            write(host, &sha256, &source.image.bytes)?;
            let meta = Some(source.image.meta);
            kept.push(KeptFile { path: path.to_owned(), sha256: Some(sha256), meta, target: None });
        }
        Found::Link(link) => kept.push(KeptFile {
            path: path.to_owned(),
            sha256: None,
            meta: Some(link.meta),
            target: Some(link.target),
        }),
    }
    Ok(())
}

fn write(host: &Host, name: &str, bytes: &[u8]) -> Result<(), Error> {
    let path = place(host, name)?;
    put(host, &path, Wanted::File { bytes, mode: Mode::PRIVATE, dress: Dress::Fresh })
}

/// The content of a file that was kept; nothing where there was none. [`Error::Backup`] where it is not
/// what it was.
fn kept_bytes(host: &Host, kept: &KeptFile) -> Result<Option<Vec<u8>>, Error> {
    let Some(sha256) = &kept.sha256 else { return Ok(None) };
    let path = host.state().join(DIR).join(sha256);
    let shown = host.root().shown(&path);
    fs::open_private(host.root(), &host.state().join(DIR))?;
    let bytes = host.root().read(&path)?.ok_or_else(|| Error::BackupMissing { path: shown.clone() })?;
    if digest(&bytes) == *sha256 { Ok(Some(bytes)) } else { Err(Error::Backup { path: shown }) }
}

/// Whether what is there now is not what was kept: content, owner, mode.
///
/// # Errors
///
/// Where it cannot be read.
pub fn differs(host: &Host, kept: &KeptFile) -> Result<bool, Error> {
    Ok(match (found(host.root(), &kept.path)?, &kept.meta) {
        (Found::Nothing, None) => false,
        (Found::File(now), Some(meta)) => {
            kept.sha256.as_ref() != Some(&digest(&now.image.bytes)) || !meta.same_intent(&now.image.meta)
        }
        (Found::Link(now), Some(_)) => kept.target.as_ref() != Some(&now.target),
        _ => true,
    })
}

/// Makes it as it was. Whether it was not.
///
/// # Errors
///
/// Where the system refuses, or what was kept is lost.
pub fn put_back_kept(host: &Host, kept: &KeptFile) -> Result<bool, Error> {
    if !differs(host, kept)? {
        return Ok(false);
    }
    match &kept.meta {
        Some(meta) => {
            let bytes = kept_bytes(host, kept)?.unwrap_or_default();
            restore(host, &kept.path, meta, kept.target.as_deref(), &bytes)?;
        }
        None => put(host, &kept.path, Wanted::Nothing)?,
    }
    Ok(true)
}

/// Nothing is kept any more.
pub(super) fn drop_kept(host: &Host) -> Result<(), Error> {
    fs::remove_tree(host.root(), &host.state().join(DIR))
}

/// A path in the directory of what is kept.
pub(super) fn place(host: &Host, name: &str) -> Result<PathBuf, Error> {
    drop(private_dir(host, DIR)?);
    Ok(host.state().join(DIR).join(name))
}

fn found(root: &Root, path: &Path) -> Result<Found, Error> {
    match root.slot_of_link(path)? {
        Some(slot) => Found::read(root, &slot),
        None => Ok(Found::Nothing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_comes_back_and_what_came_goes() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        let lay = |path: &str, text: &str| {
            fs::set(host.root(), Path::new(path), text.as_bytes(), Mode::new(0o640)).unwrap();
        };
        lay("/etc/k/a", "old");
        lay("/etc/k/tmp/big", "big");
        lay("/etc/k/sub/b", "b");
        std::os::unix::fs::symlink("a", dir.path().join("etc/k/link")).unwrap();
        let paths = [PathBuf::from("/etc/k"), PathBuf::from("/etc/none")];
        let kept = keep(&host, &paths, &[Path::new("/etc/k/tmp")]).unwrap();
        let names: Vec<_> = kept.iter().map(|one| one.path.display().to_string()).collect();
        assert_eq!(names, ["/etc/k/a", "/etc/k/link", "/etc/k/sub/b", "/etc/none"]);
        lay("/etc/k/a", "new");
        lay("/etc/none", "came");
        fs::remove_tree(host.root(), Path::new("/etc/k/link")).unwrap();
        let back: Vec<bool> = kept.iter().map(|one| put_back_kept(&host, one).unwrap()).collect();
        assert_eq!(back, [true, true, false, true]);
        assert_eq!(std::fs::read_to_string(dir.path().join("etc/k/a")).unwrap(), "old");
        assert_eq!(host.root().mode(Path::new("/etc/k/a")).unwrap(), Some(Mode::new(0o640)));
        assert!(dir.path().join("etc/k/link").is_symlink() && !dir.path().join("etc/none").exists());
        drop_kept(&host).unwrap();
        assert!(matches!(kept_bytes(&host, &kept[0]), Err(Error::BackupMissing { .. })));
    }
}
