//! The codes of what this crate finds wrong: stable names, for programs and for a page that
//! explains each.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// The name of a fault. It is never given to another one, and does not change from release to release.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code as a program may compare it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

codes! {
    /// There is no socket under the path.
    RuntimeSocketMissing = "runtime-socket-missing";
    /// A link on the way to the socket leads nowhere.
    SocketLinkDangling = "socket-link-dangling";
    /// The path is something else.
    NotASocket = "not-a-socket";
    /// A socket of another kind.
    NotAStreamSocket = "not-a-stream-socket";
    /// The kernel refuses access to the socket.
    SocketPermissionDenied = "socket-permission-denied";
    /// A socket that nobody listens on.
    RuntimeSocketDead = "runtime-socket-dead";
    /// A path that is longer than the kernel takes.
    SocketPathTooLong = "socket-path-too-long";
    /// No answer in time.
    RuntimeTimedOut = "runtime-timed-out";
    /// The connection was closed before the answer was complete.
    ConnectionClosed = "connection-closed";
    /// The answer is not HTTP.
    NotHttp = "not-http";
    /// The answer is HTTP/2, which is not asked for.
    Http2Only = "http2-only";
    /// The headers of the answer cannot be read.
    HttpHeadersMalformed = "http-headers-malformed";
    /// The body of the answer cannot be read.
    HttpBodyMalformed = "http-body-malformed";
    /// A status other than 200.
    HttpStatus = "http-status";
    /// An answer of another kind than asked for.
    HttpContentType = "http-content-type";
    /// A compressed answer that was not asked for.
    HttpContentEncoding = "http-content-encoding";
    /// An answer that is too long.
    HttpBodyTooLarge = "http-body-too-large";
    /// An answer that is not JSON.
    AnswerNotJson = "answer-not-json";
    /// JSON of another shape.
    AnswerUnexpected = "answer-unexpected";
    /// An answer that is not UTF-8.
    AnswerNotUtf8 = "answer-not-utf8";
    /// The answer is not gRPC.
    NotGrpc = "not-grpc";
    /// A call that broke off.
    CriCallBroken = "cri-call-broken";
    /// A call that the runtime refused.
    CriCallRefused = "cri-call-refused";
    /// Neither version of CRI is served.
    CriVersionMismatch = "cri-version-mismatch";
    /// Something else that the operating system said.
    SocketIo = "socket-io";
    /// Waiting could not be set up.
    ProbeNotStarted = "probe-not-started";
    /// A blocking call inside an async task.
    BlockingInAsync = "blocking-in-async";
    /// The text names no socket that a runtime can listen on.
    RuntimeEndpointInvalid = "runtime-endpoint-invalid";
    /// Not one of the facts that can be asked for.
    FactUnknown = "fact-unknown";
    /// Not the id of a container.
    ContainerIdInvalid = "container-id-invalid";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq<&str> for Code {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}
