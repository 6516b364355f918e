//! Where a result goes: `-` is stdout, as it is stdin where a file is read.

use std::path::{Path, PathBuf};

/// The file of `-o`, where it is one.
pub(in crate::cmd) fn output_file(given: Option<&PathBuf>) -> Option<&Path> {
    given.map(PathBuf::as_path).filter(|file| *file != Path::new("-"))
}
