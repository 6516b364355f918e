//! The one place that opens sockets, and finds out why one would not open.

mod denial;
mod missing;

use std::fs;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::time::Duration;

use hyperlocal::{UnixConnector, UnixStream};
use rustix::fs::{Mode, OFlags};
use tower_service::Service;

use crate::deadline::Deadline;
use crate::error::{Error, FileKind, Phase};
use crate::socket::Socket;

/// `sun_path` has 108 bytes, the last of them NUL.
const ADDRESS_LIMIT: usize = 107;
/// How long to leave a peer alone whose accept queue is full. The kernel gives no event to wait
/// for.
const QUEUE_PAUSE: Duration = Duration::from_millis(20);

/// A connection to `socket`, before the deadline.
pub(crate) async fn connect(socket: &Socket, deadline: Deadline) -> Result<UnixStream, Error> {
    let address = Address::of(socket).map_err(|error| explain(socket, error))?;
    deadline
        .within(socket, Phase::Connect, async {
            loop {
                match UnixConnector.call(address.uri()).await {
                    Ok(stream) => return Ok(stream),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        tokio::time::sleep(QUEUE_PAUSE).await;
                    }
                    Err(error) => return Err(explain(socket, error)),
                }
            }
        })
        .await
}

/// A path that fits a socket address.
enum Address<'a> {
    /// The path itself.
    Short(&'a str),
    /// The socket's inode, reached by its descriptor: too long a path, or one that is not UTF-8 and
    /// so would not survive the connector's URL.
    ThroughProc(OwnedFd),
}

impl<'a> Address<'a> {
    fn of(socket: &'a Socket) -> io::Result<Self> {
        let path = socket.path();
        match path.to_str() {
            Some(text) if text.len() <= ADDRESS_LIMIT => Ok(Self::Short(text)),
            _ => {
                let flags = OFlags::PATH | OFlags::CLOEXEC;
                Ok(Self::ThroughProc(rustix::fs::open(path, flags, Mode::empty())?))
            }
        }
    }

    fn uri(&self) -> hyper::Uri {
        match self {
            Self::Short(path) => hyperlocal::Uri::new(path, "/").into(),
            Self::ThroughProc(fd) => {
                hyperlocal::Uri::new(format!("/proc/self/fd/{}", fd.as_raw_fd()), "/").into()
            }
        }
    }
}

/// The error behind what `connect` or `open` said: several causes share one number.
fn explain(socket: &Socket, error: io::Error) -> Error {
    use rustix::io::Errno;
    let path = socket.path();
    let at = socket.clone();
    match Errno::from_io_error(&error) {
        Some(Errno::NOENT | Errno::NOTDIR) => missing::explain(socket),
        // The kernel also refuses connections to files that are no sockets.
        Some(Errno::CONNREFUSED) => match kind_of(path) {
            Some(found) => Error::NotASocket { socket: at, found },
            None => Error::Refused { socket: at },
        },
        Some(Errno::PROTOTYPE) => Error::NotAStream { socket: at },
        Some(Errno::ACCESS | Errno::PERM) => denial::explain(socket),
        Some(Errno::NAMETOOLONG) => {
            Error::PathTooLong { socket: at, length: path.as_os_str().as_bytes().len() }
        }
        _ => Error::Io { socket: at, source: error },
    }
}

/// What is at `path`, unless it is a socket or cannot be seen.
fn kind_of(path: &Path) -> Option<FileKind> {
    let kind = fs::metadata(path).ok()?.file_type();
    (!kind.is_socket()).then(|| FileKind::of(kind))
}
