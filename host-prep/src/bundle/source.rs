//! Where a bundle is read from: a directory or a tar file, every entry of which is shown in turn
//! and within a budget.
//!
//! Whoever made the bundle may be an enemy. Only regular files and directories are taken; a FIFO, a
//! device or a link is refused before it is opened. Compressed tar files are not supported:
//! packages are compressed already, and 600 KB of gzip can be 600 MB.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::fs::{Kind, Root};
use crate::ground::show::shown;

/// The most files of a bundle: a node's packages with everything they need are some hundred.
pub(super) const MOST_FILES: usize = 20_000;
/// The most bytes of all files of a bundle together.
pub(super) const MOST_BYTES: u64 = 16 << 30;
/// As deep as directories of a bundle can lie in each other.
const DEEPEST: usize = 16;
/// The longest path that is read from a tar file.
const LONGEST_PATH: u64 = 4096;

/// What is shown every file: its path, how many bytes it says to have, and what reads them.
pub(super) type See<'a> = dyn FnMut(&str, u64, &mut dyn Read) -> ControlFlow<()> + 'a;

/// A directory or a tar file.
#[derive(Debug)]
pub(super) enum Source {
    Directory(Root),
    Tar(File),
}

impl Source {
    /// Opens what is at `path`.
    pub(super) fn open(path: &Path) -> Result<Self, Error> {
        let wrong = |problem: String| Error::Bundle { path: path.to_owned(), problems: vec![problem] };
        let host = Root::open("/")?;
        match host.kind(path).map_err(|error| wrong(error.to_string()))? {
            None => Err(wrong("there is no such file or directory".into())),
            Some(Kind::Directory) => Root::open(path).map(Self::Directory),
            Some(_) => {
                let file = host.open_regular(path).map_err(|error| wrong(error.to_string()))?;
                file.map(Self::Tar).ok_or_else(|| wrong("there is no such file or directory".into()))
            }
        }
    }

    /// Shows every file to `see` until it breaks. Why it could not go on otherwise.
    pub(super) fn each(&self, see: &mut See<'_>) -> Result<(), String> {
        let mut budget = Budget::default();
        match self {
            Self::Directory(root) => files_of(root, &mut budget, see),
            Self::Tar(file) => files_in(file, &mut budget, see),
        }
    }
}

/// What is left of what a bundle may have.
#[derive(Default)]
struct Budget {
    entries: usize,
    bytes: u64,
}

impl Budget {
    fn take(&mut self, bytes: u64) -> Result<(), String> {
        self.entries += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.entries > 2 * MOST_FILES {
            return Err(format!("it has more than {MOST_FILES} files"));
        }
        if self.bytes > MOST_BYTES {
            return Err(format!("it has more than {MOST_BYTES} bytes"));
        }
        Ok(())
    }
}

fn files_of(root: &Root, budget: &mut Budget, see: &mut See<'_>) -> Result<(), String> {
    let told = |error: Error| error.to_string();
    let mut open = vec![PathBuf::from("/")];
    while let Some(dir) = open.pop() {
        for name in root.list(&dir).map_err(told)?.unwrap_or_default() {
            let path = dir.join(&name);
            let shown = path.strip_prefix("/").unwrap_or(&path).to_string_lossy().into_owned();
            match root.kind_of_link(&path).map_err(told)? {
                Some(Kind::Directory) if path.components().count() > DEEPEST => {
                    return Err(format!("{shown:?} lies too deep"));
                }
                Some(Kind::Directory) => {
                    budget.take(0)?;
                    open.push(path);
                }
                Some(Kind::File) => {
                    let Some(mut file) = root.open_regular(&path).map_err(told)? else { continue };
                    let size = file.metadata().map_err(|error| format!("{shown:?}: {error}"))?.len();
                    budget.take(size)?;
                    if see(&shown, size, &mut file).is_break() {
                        return Ok(());
                    }
                }
                Some(_) => return Err(format!("{shown:?} is neither file nor directory")),
                None => {}
            }
        }
    }
    Ok(())
}

fn files_in(mut file: &File, budget: &mut Budget, see: &mut See<'_>) -> Result<(), String> {
    let torn = |error: io::Error| {
        // The crate quotes names of the archive.
        format!("it cannot be unpacked, so it is damaged or cut short: {}", shown(&error.to_string()))
    };
    refuse_compressed(file)?;
    file.seek(SeekFrom::Start(0)).map_err(torn)?;
    let mut long = None;
    // Raw: what the crate would read into memory for long names has no limit there.
    for entry in tar::Archive::new(file).entries().map_err(torn)?.raw(true) {
        let mut entry = entry.map_err(torn)?;
        let (kind, size) = (entry.header().entry_type(), entry.size());
        if kind.is_gnu_longname() && size <= LONGEST_PATH {
            let mut name = Vec::new();
            entry.read_to_end(&mut name).map_err(torn)?;
            while name.last() == Some(&0) {
                name.pop();
            }
            long = Some(name);
            continue;
        }
        let name = long.take().unwrap_or_else(|| entry.header().path_bytes().into_owned());
        let name = String::from_utf8_lossy(&name).into_owned();
        budget.take(size)?;
        if kind.is_dir() {
            continue;
        }
        if !kind.is_file() {
            return Err(format!("{name:?} is neither file nor directory: tar calls it {kind:?}"));
        }
        let shown = name.strip_prefix("./").unwrap_or(&name);
        if see(shown, size, &mut entry).is_break() {
            return Ok(());
        }
    }
    Ok(())
}

/// What compressed files begin with.
const COMPRESSED: [(&[u8], &str); 4] =
    [(b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"\x28\xb5\x2f\xfd", "zstd")];

fn refuse_compressed(mut file: &File) -> Result<(), String> {
    let mut head = Vec::new();
    let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.take(8).read_to_end(&mut head));
    read.map_err(|error| format!("it cannot be read: {error}"))?;
    match COMPRESSED.iter().find(|(magic, _)| head.starts_with(magic)) {
        Some((_, how)) => {
            Err(format!("it is compressed by {how}, which is not supported; unpack it to plain tar"))
        }
        None => Ok(()),
    }
}

/// Every file below `dir`, by path, sorted.
pub(super) fn names_below(dir: &Path) -> io::Result<Vec<String>> {
    let root = Root::open(dir).map_err(io::Error::other)?;
    let mut names = BTreeSet::new();
    let walked = Source::Directory(root).each(&mut |name, _, _| {
        names.insert(name.to_owned());
        ControlFlow::Continue(())
    });
    walked.map_err(io::Error::other)?;
    Ok(names.into_iter().collect())
}
