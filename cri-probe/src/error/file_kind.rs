//! What stands at a path where a socket was expected.

use std::fmt;
use std::fs;
use std::os::unix::fs::FileTypeExt;

/// What a path turned out to be when it was no socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileKind {
    /// A regular file.
    File,
    /// A directory, as container managers make when they mount a socket that does not exist.
    Directory,
    /// A named pipe.
    Fifo,
    /// A character or block device.
    Device,
    /// None of these.
    Other,
}

impl FileKind {
    pub(crate) fn of(kind: fs::FileType) -> Self {
        if kind.is_file() {
            Self::File
        } else if kind.is_dir() {
            Self::Directory
        } else if kind.is_fifo() {
            Self::Fifo
        } else if kind.is_char_device() || kind.is_block_device() {
            Self::Device
        } else {
            Self::Other
        }
    }
}

impl fmt::Display for FileKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File => "a regular file",
            Self::Directory => "a directory",
            Self::Fifo => "a named pipe",
            Self::Device => "a device",
            Self::Other => "a special file",
        })
    }
}
