//! An archive that somebody sent: believed in nothing, unpacked into memory alone, within limits.
//!
//! Order of the guards: size of the packed file, size of what is unpacked, kinds and names of the
//! members (no links, no devices, nothing outside of the one directory), their number, the
//! manifest's schema, the digest of each member, and that no member is unknown to the manifest.
//! Nothing is written to the disk.

use std::collections::BTreeMap;
use std::io::{Read, Take};
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use host_prep::fs::{Kind, Root};
use sha2::{Digest, Sha256};
use tar::EntryType;

use super::error::ArchiveError;
use super::limit::{self, Limits};
use super::manifest::{Manifest, SCHEMA};
use crate::doctor::identity::hex;

/// In the one directory that everything is in.
pub(super) const MANIFEST: &str = "manifest.json";

type Contents = BTreeMap<String, Vec<u8>>;

/// The manifest and the members of an archive or of a directory.
pub(super) fn open(path: &Path) -> Result<(Manifest, Contents), ArchiveError> {
    if path.is_dir() {
        return of_directory(path);
    }
    let bytes = crate::bounded::read(path, limit::PACKED)
        .map_err(|source| ArchiveError::Read { path: path.to_owned(), source })?;
    unpack(path, &bytes)
}

/// Whether a directory is one that an archive was unpacked into.
#[must_use]
pub fn is_unpacked(dir: &Path) -> bool {
    top_of(dir).is_some()
}

/// The directory with the manifest: this one, or the only one in it.
fn top_of(dir: &Path) -> Option<PathBuf> {
    let has = |dir: &Path| dir.join(MANIFEST).symlink_metadata().is_ok_and(|it| it.is_file());
    if has(dir) {
        return Some(dir.to_owned());
    }
    let names = Root::open(dir).ok()?.list(Path::new("/")).ok()??;
    let [name] = names.as_slice() else { return None };
    Some(dir.join(name)).filter(|below| below.symlink_metadata().is_ok_and(|it| it.is_dir()) && has(below))
}

/// The manifest and the members of the bytes of an archive.
pub(super) fn unpack(path: &Path, bytes: &[u8]) -> Result<(Manifest, Contents), ArchiveError> {
    unpack_within(path, bytes, &Limits::OWN)
}

/// The same within other limits.
pub(super) fn unpack_within(
    path: &Path,
    bytes: &[u8],
    limits: &Limits,
) -> Result<(Manifest, Contents), ArchiveError> {
    if bytes.len() as u64 > limits.unpacked() {
        return Err(too_large(path, "it is larger than an archive can be"));
    }
    // More than this is a bomb; one byte more shows it.
    let mut unpacked = GzDecoder::new(bytes).take(limits.unpacked() + 1);
    let read = members(path, &mut unpacked, limits).and_then(|contents| {
        std::io::copy(&mut unpacked, &mut std::io::sink()).map_err(|error| damaged(path, &error))?;
        Ok(contents)
    });
    if unpacked.limit() == 0 {
        return Err(too_large(path, "it unpacks to more than an archive can have"));
    }
    checked(path, read?)
}

/// All of them, the manifest too.
fn members<R: Read>(path: &Path, unpacked: &mut Take<R>, limits: &Limits) -> Result<Contents, ArchiveError> {
    let mut contents = Contents::new();
    let mut top = None;
    let mut tar = tar::Archive::new(unpacked);
    for entry in tar.entries().map_err(|error| damaged(path, &error))?.raw(true) {
        let entry = entry.map_err(|error| damaged(path, &error))?;
        let (name, bytes) = member(path, entry, &mut top, limits)?;
        if contents.len() >= limits.members {
            return Err(too_large(path, format!("it has more than {} files", limits.members)));
        }
        if contents.insert(name.clone(), bytes).is_some() {
            return Err(refused(path, format!("it has {name:?} twice")));
        }
    }
    Ok(contents)
}

/// # Errors
/// Anything but a regular file with a plain name within the limits.
fn member<R: Read>(
    path: &Path,
    mut entry: tar::Entry<'_, R>,
    top: &mut Option<String>,
    limits: &Limits,
) -> Result<(String, Vec<u8>), ArchiveError> {
    let raw = entry.path_bytes().into_owned();
    let shown = String::from_utf8_lossy(&raw).into_owned();
    if !matches!(entry.header().entry_type(), EntryType::Regular) {
        return Err(refused(path, format!("{shown:?} is no plain file")));
    }
    let name = own_name(&shown, top).ok_or_else(|| refused(path, format!("{shown:?} leads elsewhere")))?;
    let size = entry.size();
    let most = if name == MANIFEST { limits.manifest } else { limits.whole };
    if size > most as u64 {
        return Err(too_large(path, format!("{name:?} has {size} bytes")));
    }
    let mut bytes = Vec::new();
    entry.read_to_end(&mut bytes).map_err(|error| damaged(path, &error))?;
    if bytes.len() as u64 != size {
        return Err(damaged(path, "it is cut off"));
    }
    Ok((name, bytes))
}

/// The name below the one directory that all are in.
fn own_name(shown: &str, top: &mut Option<String>) -> Option<String> {
    let (dir, name) = shown.split_once('/')?;
    let plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    if !plain(dir) || !name.split('/').all(plain) || name.contains(['\0', '\\']) {
        return None;
    }
    if top.get_or_insert_with(|| dir.to_owned()) != dir {
        return None;
    }
    Some(name.to_owned())
}

/// The files that a manifest names, each with its digest.
fn checked(path: &Path, mut contents: Contents) -> Result<(Manifest, Contents), ArchiveError> {
    let text = contents.remove(MANIFEST).ok_or_else(|| damaged(path, "it has no manifest"))?;
    let manifest = manifest_of(path, &text)?;
    for (name, member) in &manifest.members {
        let bytes = contents.get(name).ok_or_else(|| damaged(path, format!("{name:?} is not there")))?;
        if hex(&Sha256::digest(bytes)) != member.sha256 {
            return Err(ArchiveError::Digest { path: path.to_owned(), member: name.clone() });
        }
    }
    if let Some(name) = contents.keys().find(|name| !manifest.members.contains_key(*name)) {
        return Err(refused(path, format!("its manifest does not know {name:?}")));
    }
    Ok((manifest, contents))
}

/// What every manifest has, whatever else is in it.
#[derive(serde::Deserialize)]
struct Stated {
    #[serde(default)]
    schema: String,
}

/// The schema is looked at before anything else is read of it.
fn manifest_of(path: &Path, text: &[u8]) -> Result<Manifest, ArchiveError> {
    let Stated { schema } = serde_json::from_slice(text).map_err(|error| damaged(path, &error))?;
    if schema != SCHEMA {
        let known = schema.starts_with("k8sprep.support-archive/");
        return Err(if known {
            ArchiveError::Newer { path: path.to_owned(), schema }
        } else {
            damaged(path, "its manifest is not that of a support archive")
        });
    }
    serde_json::from_slice(text).map_err(|error| damaged(path, &error))
}

/// The same from a directory: only what the manifest names is read, and no link is followed.
fn of_directory(path: &Path) -> Result<(Manifest, Contents), ArchiveError> {
    let top = top_of(path).ok_or_else(|| damaged(path, "it has no manifest.json"))?;
    let root = Root::open(&top)?;
    let limits = Limits::OWN;
    let mut left = limits.whole + limits.manifest;
    let mut read = |name: &str| {
        let at = Path::new("/").join(name);
        own_name(&format!("top/{name}"), &mut None)
            .ok_or_else(|| refused(path, format!("{name:?} leads elsewhere")))?;
        for above in at.ancestors().filter(|above| above.parent().is_some()) {
            match root.kind_of_link(above)? {
                Some(Kind::File) if above == at => {}
                Some(Kind::Directory) if above != at => {}
                Some(_) => return Err(refused(path, format!("{name:?} is no plain file"))),
                None => return Err(damaged(path, format!("{name:?} is not there"))),
            }
        }
        let bytes = root.head(&at, left as u64 + 1)?.unwrap_or_default();
        left = left.checked_sub(bytes.len()).ok_or_else(|| too_large(path, "it is too large"))?;
        Ok(bytes)
    };
    let text = read(MANIFEST)?;
    let manifest = manifest_of(path, &text)?;
    if manifest.members.len() > limits.members {
        return Err(too_large(path, format!("it has more than {} files", limits.members)));
    }
    let mut contents = Contents::new();
    for name in manifest.members.keys() {
        contents.insert(name.clone(), read(name)?);
    }
    contents.insert(MANIFEST.to_owned(), text);
    checked(path, contents)
}

/// It is none, or not whole.
fn damaged(path: &Path, why: impl std::fmt::Display) -> ArchiveError {
    ArchiveError::Damaged { path: path.to_owned(), why: why.to_string() }
}

/// It has what no archive of this program has.
fn refused(path: &Path, what: impl Into<String>) -> ArchiveError {
    ArchiveError::Refused { path: path.to_owned(), what: what.into() }
}

/// It has more than an archive can.
fn too_large(path: &Path, what: impl Into<String>) -> ArchiveError {
    ArchiveError::TooLarge { path: path.to_owned(), what: what.into() }
}
