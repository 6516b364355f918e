//! Room on the file systems of a node, and its memory: what the kubelet compares with its limits.

use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use serde::Serialize;

use super::source::{Fact, Source};
use crate::{Error, Host};

/// Where the kubelet keeps its pods (nodefs), unless `--root-dir` says otherwise.
const KUBELET: &str = "/var/lib/kubelet";
/// Where CRI-O keeps images and containers (imagefs) by default.
const STORAGE: &str = "/var/lib/containers/storage";

/// What is left of a node's disk and memory.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Space {
    /// The file system of the kubelet's directory.
    pub nodefs: Option<FileSystem>,
    /// That of images.
    pub imagefs: Option<FileSystem>,
    /// Bytes of memory.
    pub memory: Option<u64>,
    /// Bytes of memory that programs could still get: `MemAvailable`.
    pub memory_available: Option<u64>,
}

/// A file system.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FileSystem {
    /// The directory that was asked about.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
    /// Bytes that others than root may still write.
    pub available: u64,
    /// Inodes; zero where the file system makes them as it needs them.
    pub inodes: u64,
    /// Inodes that are free.
    pub inodes_free: u64,
}

impl FileSystem {
    /// A file system by its numbers.
    pub fn new(path: impl Into<PathBuf>, (size, available): (u64, u64), (inodes, free): (u64, u64)) -> Self {
        Self { path: path.into(), size, available, inodes, inodes_free: free }
    }

    /// The file system of the directory `path`; `None` where it cannot be asked. Of a tree it is
    /// the machine's that looks at it.
    #[must_use]
    pub fn at(host: &Host, path: &str) -> Option<Self> {
        Self::ask(host, path).ok().flatten()
    }

    /// The same; `None` where there is no such directory.
    ///
    /// # Errors
    ///
    /// Where the system does not say.
    pub fn ask(host: &Host, path: &str) -> Result<Option<Self>, Error> {
        let said = host.root().system(&format!("statvfs(3) {path}"), || {
            let dir = host.root().open_at(Path::new(path), OFlags::PATH)?;
            let stat = rustix::fs::fstatvfs(&dir)?;
            let bytes = |blocks: u64| blocks.saturating_mul(stat.f_frsize);
            let numbers = [bytes(stat.f_blocks), bytes(stat.f_bavail), stat.f_files, stat.f_ffree];
            Ok(numbers.map(|number| number.to_string()).join(" ").into_bytes())
        });
        let said = match said {
            Ok(said) => said,
            Err(_) if matches!(host.root().kind(Path::new(path)), Ok(None)) => return Ok(None),
            Err(error) => return Err(error),
        };
        let said = String::from_utf8_lossy(&said);
        let numbers: Option<Vec<u64>> = said.split(' ').map(|number| number.parse().ok()).collect();
        let Some([size, available, inodes, free]) = numbers.and_then(|all| <[u64; 4]>::try_from(all).ok())
        else {
            let source = std::io::Error::other(format!("{said:?} are no numbers of a file system"));
            return Err(Error::Read { path: path.into(), source });
        };
        Ok(Some(Self::new(path, (size, available), (inodes, free))))
    }
}

impl Space {
    /// What is left, by its numbers.
    #[must_use]
    pub fn new(nodefs: Option<FileSystem>, imagefs: Option<FileSystem>, memory: Option<(u64, u64)>) -> Self {
        let (memory, memory_available) = memory.unzip();
        Self { nodefs, imagefs, memory, memory_available }
    }

    /// Only the host this runs on has file systems: those below a tree are the machine's that looks
    /// at it.
    pub(super) fn observe(host: &Host, source: &Source<'_>, root_dir: Option<&str>) -> Fact<Self> {
        if !source.is_this_process() {
            return Fact::unknown("free space is only known for the host this runs on");
        }
        let text = source.text("/proc/meminfo").or_default().unwrap_or_default();
        let memory = meminfo(&text, "MemTotal:").zip(meminfo(&text, "MemAvailable:"));
        let nodefs = FileSystem::at(host, root_dir.unwrap_or(KUBELET));
        Fact::Known(Self::new(nodefs, FileSystem::at(host, STORAGE), memory))
    }
}

/// Bytes of a line of `/proc/meminfo`.
fn meminfo(text: &str, key: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse::<u64>().ok()?.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_in_bytes_and_a_tree_has_no_file_system() {
        let text = "MemTotal:       16384 kB\nMemFree:  1 kB\nMemAvailable:    8192 kB\n";
        assert_eq!(meminfo(text, "MemAvailable:"), Some(8 << 20));
        assert_eq!(meminfo(text, "Nothing:"), None);
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(crate::fs::Root::open(dir.path()).unwrap());
        assert!(Space::observe(&host, &Source::new(&host), None).known().is_none());
        let live = Host::live().unwrap();
        let found = FileSystem::at(&live, "/").unwrap();
        assert!(found.size >= found.available && found.size > 0);
    }
}
