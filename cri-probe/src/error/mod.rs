//! What can go wrong between here and a runtime, each with what to do about it.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::code::Code;
use crate::runtime::service;
use crate::socket::Socket;

#[cfg(feature = "grpc")]
mod code;
mod denial;
mod file_kind;
mod phase;

#[cfg(feature = "grpc")]
pub use self::code::GrpcCode;
pub use self::denial::Denial;
pub use self::file_kind::FileKind;
pub use self::phase::Phase;

/// What a library below said. Its type is not part of this crate's API, so that a new release of
/// that library is no break.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a socket gave no answer, or not the one asked for.
///
/// Messages name the socket, what was found and what to do; a source, where there is one, is not
/// repeated in them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum Error {
    /// Nothing exists under that path.
    #[error(
        "no socket at {socket}: {} does not exist; install and start the runtime{}, or name the socket it listens on",
        missing.display(), command(socket, "start")
    )]
    NoSocket { socket: Socket, missing: PathBuf },

    /// A symbolic link on the way leads nowhere.
    #[error(
        "no socket at {socket}: {} is a symbolic link to {}, which does not exist; remove the link or start the \
         runtime it belongs to", link.display(), target.display()
    )]
    DanglingLink { socket: Socket, link: PathBuf, target: PathBuf },

    /// The path exists and is something else.
    #[error("{socket} is {found}, not a socket; name the socket the runtime listens on ([crio.api] listen)")]
    NotASocket { socket: Socket, found: FileKind },

    /// A socket, but a datagram or seqpacket one.
    #[error("{socket} is not a stream socket; no container runtime listens there")]
    NotAStream { socket: Socket },

    /// The kernel refused access.
    #[error("permission denied on {socket}: {denial}")]
    PermissionDenied { socket: Socket, denial: Denial },

    /// The socket file is there and no process listens on it.
    #[error(
        "nobody listens on {socket}: the file was left behind by a process that is gone; start the runtime again{}, \
         it replaces the file",
        command(socket, "restart")
    )]
    Refused { socket: Socket },

    /// Longer than the kernel takes even through `/proc/self/fd`.
    #[error(
        "the socket path is too long ({length} bytes): the kernel takes 107 in an address and no more than 4095 \
         (255 between slashes) in any path; listen on a shorter one"
    )]
    PathTooLong { socket: Socket, length: usize },

    /// The deadline passed.
    #[error(
        "no answer from {socket} within {limit:?}: gave up waiting {phase}; the process hangs or is overloaded, \
         see its journal, or allow more time"
    )]
    TimedOut { socket: Socket, phase: Phase, limit: Duration },

    /// The peer closed or reset the connection before the answer was complete.
    #[error(
        "{socket} closed the connection while it was waited {phase}; what listens there is stopping, crashing or \
         not CRI-O, see its journal"
    )]
    Closed { socket: Socket, phase: Phase },

    /// The answer did not begin as HTTP/1 does.
    #[error(
        "{socket} does not speak HTTP: its answer begins with \"{beginning}\"; this is not CRI-O's socket"
    )]
    NotHttp { socket: Socket, beginning: String },

    /// The answer began as HTTP/2 does, as that of a gRPC-only runtime.
    #[error(
        "{socket} speaks HTTP/2 only, as containerd and cri-dockerd do; CRI-O's HTTP endpoints are not to be had \
         there, ask over gRPC"
    )]
    Http2Only { socket: Socket },

    /// It began as HTTP/1, but the headers are broken, too many or longer than 64 KiB; the source
    /// says which.
    #[error("the headers of the answer from {socket} cannot be read; this is not CRI-O's HTTP")]
    MalformedHeaders { socket: Socket, source: Cause },

    /// The framing of the body (chunks, length) is broken.
    #[error("the body of the answer from {socket} to {endpoint} is malformed; this is not CRI-O's HTTP")]
    MalformedBody { socket: Socket, endpoint: String, source: Cause },

    /// HTTP, but not 200. Redirects are never followed.
    #[error(
        "{socket} answered {endpoint} with status {status}{}{}", said(text), redirect(location.as_deref())
    )]
    Status { socket: Socket, endpoint: String, status: u16, text: String, location: Option<String> },

    /// 200, but of another kind than asked for.
    #[error(
        "{socket} answered {endpoint} with {} instead of {expected}; this is not CRI-O's socket",
        found.as_deref().map_or_else(|| "no content type".to_owned(), |found| format!("content type {found:?}"))
    )]
    ContentType { socket: Socket, endpoint: String, expected: &'static str, found: Option<String> },

    /// The body is compressed although that was not asked for.
    #[error("{socket} answered {endpoint} with content encoding {found:?}, which was not asked for")]
    ContentEncoding { socket: Socket, endpoint: String, found: String },

    /// The body is longer than [`Options::max_body`](crate::Options::max_body).
    #[error("the answer of {socket} to {endpoint} is longer than {limit} bytes; this is not CRI-O's socket")]
    BodyTooLarge { socket: Socket, endpoint: String, limit: usize },

    /// Not JSON; `line` and `column` count from 1.
    #[error("the answer of {socket} to {endpoint} is not JSON")]
    NotJson { socket: Socket, endpoint: String, line: usize, column: usize, source: Cause },

    /// JSON of another shape, as from Docker's `/info`.
    #[error("the answer of {socket} to {endpoint} is JSON but not CRI-O's: {field} {problem}")]
    UnexpectedJson { socket: Socket, endpoint: String, field: String, problem: String },

    /// The text is not UTF-8.
    #[error("the answer of {socket} to {endpoint} is not UTF-8 (byte {offset})")]
    NotUtf8 { socket: Socket, endpoint: String, offset: usize },

    /// The answer to the start of HTTP/2 was something else.
    #[cfg(feature = "grpc")]
    #[error(
        "{socket} does not speak gRPC: its answer begins with \"{beginning}\"; no CRI runtime listens there"
    )]
    NotGrpc { socket: Socket, beginning: String },

    /// HTTP/2 broke off or was broken before the call was answered.
    #[cfg(feature = "grpc")]
    #[error("{socket} broke off the CRI call {method}: {problem}; see the journal of the runtime")]
    BrokenCall { socket: Socket, method: &'static str, problem: String },

    /// The runtime, or tonic on reading its answer, refused the call.
    #[cfg(feature = "grpc")]
    #[error("{socket} answered the CRI call {method} with {code:?}: {message}")]
    Call { socket: Socket, method: &'static str, code: GrpcCode, message: String },

    /// gRPC, but neither `runtime.v1` nor `runtime.v1alpha2`.
    #[cfg(feature = "grpc")]
    #[error(
        "{socket} speaks gRPC but serves neither CRI v1 nor v1alpha2 ({message}); if it is containerd, take \"cri\" \
         out of disabled_plugins in /etc/containerd/config.toml and restart it"
    )]
    NoCri { socket: Socket, message: String },

    /// The peer was not ready in all the time it was given.
    #[error("{socket} was not ready after {waited:?} ({attempts} attempts)")]
    NotReady { socket: Socket, waited: Duration, attempts: u32, source: Box<Error> },

    /// Something else the operating system said.
    #[error("cannot talk to {socket}")]
    Io { socket: Socket, source: io::Error },

    /// The runtime of a blocking call could not be built.
    #[error("cannot set up waiting for the socket")]
    Runtime { source: io::Error },

    /// A blocking call was made inside an async task, where it would keep a worker thread from its
    /// other tasks.
    #[error(
        "a blocking probe was called from async code; await the async one, or call it inside \
         tokio::task::spawn_blocking"
    )]
    BlockingInAsync,
}

/// The kinds of failure a script may want to tell apart. Every [`Error`] is of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No socket can be there: nothing at the path, a dangling link, another kind of file, an
    /// impossible path.
    NoSocket,
    /// The socket may not be opened.
    PermissionDenied,
    /// A socket file with nobody behind it.
    Refused,
    /// Time ran out.
    TimedOut,
    /// The peer closed, or does not speak the protocol.
    Protocol,
    /// The protocol is right, the answer is not what was asked for.
    Answer,
    /// Anything about this process or machine rather than the peer.
    Local,
}

impl ErrorKind {
    /// The kind as one word with dashes, for output that programs read.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoSocket => "no-socket",
            Self::PermissionDenied => "permission-denied",
            Self::Refused => "refused",
            Self::TimedOut => "timed-out",
            Self::Protocol => "protocol",
            Self::Answer => "answer",
            Self::Local => "local",
        }
    }
}

impl Error {
    /// What kind of failure this is; [`Error::NotReady`] is of the kind of its last attempt.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoSocket { .. }
            | Self::DanglingLink { .. }
            | Self::NotASocket { .. }
            | Self::NotAStream { .. }
            | Self::PathTooLong { .. } => ErrorKind::NoSocket,
            Self::PermissionDenied { .. } => ErrorKind::PermissionDenied,
            Self::Refused { .. } => ErrorKind::Refused,
            Self::TimedOut { .. } => ErrorKind::TimedOut,
            Self::Closed { .. }
            | Self::NotHttp { .. }
            | Self::Http2Only { .. }
            | Self::MalformedHeaders { .. }
            | Self::MalformedBody { .. } => ErrorKind::Protocol,
            Self::Status { .. }
            | Self::ContentType { .. }
            | Self::ContentEncoding { .. }
            | Self::BodyTooLarge { .. }
            | Self::NotJson { .. }
            | Self::UnexpectedJson { .. }
            | Self::NotUtf8 { .. } => ErrorKind::Answer,
            #[cfg(feature = "grpc")]
            Self::NotGrpc { .. } | Self::BrokenCall { .. } | Self::NoCri { .. } => ErrorKind::Protocol,
            #[cfg(feature = "grpc")]
            Self::Call { .. } => ErrorKind::Answer,
            Self::NotReady { source, .. } => source.kind(),
            Self::Io { .. } | Self::Runtime { .. } | Self::BlockingInAsync => ErrorKind::Local,
        }
    }

    /// The name of the fault; [`Error::NotReady`] is what its last attempt failed with.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NoSocket { .. } => Code::RuntimeSocketMissing,
            Self::DanglingLink { .. } => Code::SocketLinkDangling,
            Self::NotASocket { .. } => Code::NotASocket,
            Self::NotAStream { .. } => Code::NotAStreamSocket,
            Self::PermissionDenied { .. } => Code::SocketPermissionDenied,
            Self::Refused { .. } => Code::RuntimeSocketDead,
            Self::PathTooLong { .. } => Code::SocketPathTooLong,
            Self::TimedOut { .. } => Code::RuntimeTimedOut,
            Self::Closed { .. } => Code::ConnectionClosed,
            Self::NotHttp { .. } => Code::NotHttp,
            Self::Http2Only { .. } => Code::Http2Only,
            Self::MalformedHeaders { .. } => Code::HttpHeadersMalformed,
            Self::MalformedBody { .. } => Code::HttpBodyMalformed,
            Self::Status { .. } => Code::HttpStatus,
            Self::ContentType { .. } => Code::HttpContentType,
            Self::ContentEncoding { .. } => Code::HttpContentEncoding,
            Self::BodyTooLarge { .. } => Code::HttpBodyTooLarge,
            Self::NotJson { .. } => Code::AnswerNotJson,
            Self::UnexpectedJson { .. } => Code::AnswerUnexpected,
            Self::NotUtf8 { .. } => Code::AnswerNotUtf8,
            #[cfg(feature = "grpc")]
            Self::NotGrpc { .. } => Code::NotGrpc,
            #[cfg(feature = "grpc")]
            Self::BrokenCall { .. } => Code::CriCallBroken,
            #[cfg(feature = "grpc")]
            Self::Call { .. } => Code::CriCallRefused,
            #[cfg(feature = "grpc")]
            Self::NoCri { .. } => Code::CriVersionMismatch,
            Self::NotReady { source, .. } => source.code(),
            Self::Io { .. } => Code::SocketIo,
            Self::Runtime { .. } => Code::ProbeNotStarted,
            Self::BlockingInAsync => Code::BlockingInAsync,
        }
    }

    /// Whether a runtime that is only starting can cause this, so that asking again makes sense.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::NoSocket { .. }
            | Self::DanglingLink { .. }
            | Self::Refused { .. }
            | Self::TimedOut { .. }
            | Self::Closed { .. } => true,
            Self::Status { status, .. } => *status >= 500,
            // containerd says Unknown while its plugins load.
            #[cfg(feature = "grpc")]
            Self::Call { code, .. } => matches!(code, GrpcCode::Unavailable | GrpcCode::Unknown),
            #[cfg(feature = "grpc")]
            Self::BrokenCall { .. } => true,
            _ => false,
        }
    }
}

/// The command for the service that is at home on a socket, in brackets.
fn command(socket: &Socket, verb: &str) -> String {
    service(socket.path()).map(|unit| format!(" (systemctl {verb} {unit})")).unwrap_or_default()
}

fn said(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!(": {text}") }
}

fn redirect(location: Option<&str>) -> String {
    location.map(|to| format!(" (a redirect to {to}, not followed)")).unwrap_or_default()
}
