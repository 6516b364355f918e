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
    /// A kubeconfig that cannot be used.
    ApiAccessUnusable = "api-access-unusable";
    /// The API server's name has no address.
    ApiserverNameUnresolved = "apiserver-name-unresolved";
    /// Nobody listens where the API server should.
    ApiserverConnectionRefused = "apiserver-connection-refused";
    /// There is no way to the API server.
    ApiserverConnectionFailed = "apiserver-connection-failed";
    /// The API server did not answer in time.
    ApiserverTimedOut = "apiserver-timed-out";
    /// The API server closed the connection early.
    ApiserverConnectionClosed = "apiserver-connection-closed";
    /// What listens there does not speak TLS.
    ApiserverNotTls = "apiserver-not-tls";
    /// TLS with the API server failed.
    ApiserverTlsFailed = "apiserver-tls-failed";
    /// The server ended TLS with an alert.
    ApiserverRefusesClient = "apiserver-refuses-client";
    /// The API server's certificate is over.
    ApiserverCertificateExpired = "apiserver-certificate-expired";
    /// The API server's certificate begins later.
    ApiserverCertificateNotYetValid = "apiserver-certificate-not-yet-valid";
    /// The API server's certificate is signed by another CA.
    ApiserverCertificateUnknownAuthority = "apiserver-certificate-unknown-authority";
    /// The API server's certificate is for other names.
    ApiserverCertificateOtherName = "apiserver-certificate-other-name";
    /// The API server's certificate is broken.
    ApiserverCertificateInvalid = "apiserver-certificate-invalid";
    /// The API server's answer is not readable HTTP.
    ApiserverHttpMalformed = "apiserver-http-malformed";
    /// The API server does not know the client.
    ApiUnauthorized = "api-unauthorized";
    /// The client may not do that.
    ApiForbidden = "api-forbidden";
    /// There is no such object.
    ApiNotFound = "api-not-found";
    /// The object is there already, or was changed meanwhile.
    ApiConflict = "api-conflict";
    /// The API server puts the request off.
    ApiTooManyRequests = "api-too-many-requests";
    /// The API server cannot answer.
    ApiServerError = "api-server-error";
    /// A status that is not expected.
    ApiStatusUnexpected = "api-status-unexpected";
    /// The API server's answer is not JSON.
    ApiAnswerNotJson = "api-answer-not-json";
    /// The API server's answer is too long.
    ApiAnswerTooLarge = "api-answer-too-large";
    /// A question that cannot be asked.
    ApiQuestionInvalid = "api-question-invalid";
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
