//! The files below a directory: links are not followed, and there is an end to it.

use std::borrow::Cow;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::LARGEST;
use crate::{bounded, excerpt};

/// So many names are looked at.
const MOST_NAMES: usize = 200_000;
/// So deep.
const DEEPEST: usize = 64;
/// Directories of other programs, with nobody's own files in them.
const LEFT_OUT: [&str; 6] = [".git", ".hg", ".svn", ".terraform", ".venv", "node_modules"];
/// A binary file shows itself in as many bytes.
const HEAD: usize = 8 << 10;

/// A text file.
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) bytes: Vec<u8>,
}

/// What could not be read.
pub(super) struct Unread {
    pub(super) path: PathBuf,
    pub(super) why: String,
}

/// The text files below `dir`, by name.
pub(super) fn files(dir: &Path) -> impl Iterator<Item = Result<File, Unread>> {
    let mut waiting = vec![(dir.to_owned(), 0)];
    let mut names = 0;
    std::iter::from_fn(move || {
        while let Some((path, depth)) = waiting.pop() {
            names += 1;
            let unread = |why: String| Some(Err(Unread { path: path.clone(), why }));
            if names > MOST_NAMES {
                waiting.clear();
                return unread(format!("more than {MOST_NAMES} names; name the directories that are meant"));
            }
            let is_dir = match fs::symlink_metadata(&path) {
                Ok(found) if found.is_dir() || depth == 0 => true,
                Ok(found) if found.is_file() && found.len() <= LARGEST => false,
                // Links, devices, pipes, and what is too large to be one of those that are known.
                Ok(_) => continue,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return unread(error.to_string()),
            };
            if !is_dir {
                match read(&path) {
                    Ok(Some(bytes)) => return Some(Ok(File { path, bytes })),
                    Ok(None) => continue,
                    Err(error) => return unread(error.to_string()),
                }
            }
            if depth == DEEPEST {
                return unread(format!("more than {DEEPEST} directories deep"));
            }
            match below(&path) {
                Ok(paths) => waiting.extend(paths.into_iter().map(|path| (path, depth + 1))),
                Err(error) => return unread(error.to_string()),
            }
        }
        None
    })
}

/// What is in a directory, the last first.
fn below(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir)?.take(MOST_NAMES) {
        let name = entry?.file_name();
        if !LEFT_OUT.iter().any(|left_out| name == *left_out) {
            names.push(name);
        }
    }
    names.sort_unstable();
    // `.` is nobody's name for a place.
    let dir = if dir == Path::new(".") { Path::new("") } else { dir };
    Ok(names.into_iter().rev().map(|name| dir.join(name)).collect())
}

/// The bytes, unless they are binary.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let bytes = bounded::read(path, LARGEST)?;
    let head = &bytes[..bytes.len().min(HEAD)];
    let is_text = (utf_16(head).is_some() || !head.contains(&0)) && bytes.len() as u64 <= LARGEST;
    Ok(is_text.then_some(bytes))
}

/// The text of a file; none of a binary one. What editors of Windows write is text as well, though nothing reads it.
pub(super) fn text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match utf_16(bytes) {
        Some(text) => Some(text.into()),
        None => Some(excerpt::readable(bytes)).filter(|_| !bytes.contains(&0)),
    }
}

/// Of UTF-16 with its byte order mark.
fn utf_16(bytes: &[u8]) -> Option<String> {
    let (mark, units) = bytes.split_first_chunk::<2>()?;
    let unit = match mark {
        [0xFF, 0xFE] => u16::from_le_bytes,
        [0xFE, 0xFF] => u16::from_be_bytes,
        _ => return None,
    };
    let units: Vec<u16> = units.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
    Some(String::from_utf16_lossy(&units))
}
