//! Which part of a path is missing.

use std::fs;
use std::path::Path;

use crate::error::{Error, FileKind};
use crate::socket::Socket;

/// The first component that is not there, is a link to nowhere, or is a file where a directory
/// should be.
pub(super) fn explain(socket: &Socket) -> Error {
    let path = socket.path();
    for part in downwards(path) {
        let Ok(found) = fs::symlink_metadata(part) else {
            return Error::NoSocket { socket: socket.clone(), missing: part.to_owned() };
        };
        if found.is_symlink() && fs::metadata(part).is_err() {
            let target = fs::read_link(part).unwrap_or_default();
            return Error::DanglingLink { socket: socket.clone(), link: part.to_owned(), target };
        }
        if part != path && fs::metadata(part).is_ok_and(|found| !found.is_dir()) {
            return Error::NotASocket { socket: socket.clone(), found: FileKind::File };
        }
    }
    // Everything is there now: the socket appeared after the attempt. As good as not there yet.
    Error::NoSocket { socket: socket.clone(), missing: path.to_owned() }
}

/// `/run`, `/run/crio`, `/run/crio/crio.sock`.
pub(super) fn downwards(path: &Path) -> impl Iterator<Item = &Path> {
    let mut parts: Vec<&Path> = path.ancestors().filter(|part| !part.as_os_str().is_empty()).collect();
    parts.reverse();
    parts.into_iter()
}
