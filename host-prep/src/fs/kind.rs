//! What a path leads to.

/// What a path leads to.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link; only seen by [`Root::kind_of_link`](super::Root::kind_of_link).
    Symlink,
    /// A device, a FIFO or a socket.
    Other,
}
