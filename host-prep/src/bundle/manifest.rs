//! What a bundle says of itself, and how files are compared with it.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::mirrors::{Artefact, Format};

/// Name of the manifest in a bundle.
pub const MANIFEST: &str = "k8sprep-bundle.json";
/// The schema that is written, and the only one that is read.
pub(super) const SCHEMA: &str = "k8sprep.bundle/v1";

/// What is in a bundle and whom it is for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Manifest {
    /// `k8sprep.bundle/v1`.
    pub schema: String,
    /// The kind of packages.
    pub format: Format,
    /// `ID` and `VERSION_ID` of the distribution it was made on.
    pub distro: String,
    /// The machine it was made on, as `uname -m` says it.
    pub architecture: String,
    /// The keys that sign the packages.
    pub keys: Vec<BundleKeys>,
    /// Every file but this one, sorted by path.
    pub files: Vec<BundleFile>,
}

/// A file with the keys of one origin.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BundleKeys {
    /// Whose packages they sign.
    pub artefact: Artefact,
    /// Path in the bundle.
    pub path: String,
    /// Their fingerprints.
    pub fingerprints: Vec<String>,
}

/// A file of a bundle.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct BundleFile {
    /// Path in the bundle, parts joined by `/`.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

impl BundleFile {
    /// The file at `path` below `dir` as it is now.
    pub(super) fn of(dir: &Path, path: &str) -> io::Result<Self> {
        let (size, sha256) = digest_of(File::open(dir.join(path))?)?;
        Ok(Self { path: path.to_owned(), size, sha256 })
    }

    /// Why the file below `dir` is not this one.
    pub(super) fn differs(&self, dir: &Path) -> Option<String> {
        let name = &self.path;
        let found = match Self::of(dir, name) {
            Ok(found) => found,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Some(format!("{name} is missing"));
            }
            Err(error) => return Some(format!("{name} cannot be read: {error}")),
        };
        match () {
            () if found.size < self.size => {
                Some(format!("{name} is cut short: {} of {} bytes", found.size, self.size))
            }
            () if found.sha256 != self.sha256 => Some(format!("{name} is not what the manifest says")),
            () => None,
        }
    }
}

/// Size and SHA-256 of what can be read.
pub(super) fn digest_of(mut from: impl Read) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut size = 0;
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok((size, hex(&hash.finalize()))),
            Ok(read) => {
                hash.update(&buffer[..read]);
                size += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every file below `dir`, by path, sorted; what is neither file nor directory is an error, for a link leads elsewhere.
pub(super) fn files_below(dir: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    let mut open = vec![PathBuf::new()];
    while let Some(below) = open.pop() {
        for entry in std::fs::read_dir(dir.join(&below))? {
            let entry = entry?;
            let path = below.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                open.push(path);
            } else if kind.is_file() {
                let text = path.to_str().ok_or_else(|| io::Error::other(format!("{path:?} is no UTF-8")))?;
                found.push(text.to_owned());
            } else {
                return Err(io::Error::other(format!("{} is neither file nor directory", path.display())));
            }
        }
    }
    found.sort();
    Ok(found)
}
