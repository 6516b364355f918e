//! What can go wrong between here and an API server, one variant per cause.

use std::io;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::code::Code;
use crate::error::{Cause, Phase};

/// Why an API server gave no answer, or refused the question.
///
/// Messages name the server and what was found; a source, where there is one, is not repeated in them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum ApiError {
    /// The kubeconfig, or what it names, cannot be used.
    #[error("the kubeconfig cannot be used: {why}")]
    Kubeconfig { why: String },

    /// The server's name has no address.
    #[error("the name in {server} cannot be resolved; look at /etc/resolv.conf and /etc/hosts")]
    NameUnresolved { server: String, source: io::Error },

    /// The host is there, and nobody listens on the port.
    #[error("nobody listens at {server}; the API server or its load balancer does not run")]
    Refused { server: String },

    /// There is no way to the host, or the system refuses the connection.
    #[error("{server} cannot be reached")]
    Unreachable { server: String, source: io::Error },

    /// The deadline passed.
    #[error("no answer from {server} within {limit:?}: gave up waiting {phase}")]
    TimedOut { server: String, phase: Phase, limit: Duration },

    /// The peer closed the connection before the answer was complete.
    #[error("{server} closed the connection while it was waited {phase}")]
    Closed { server: String, phase: Phase },

    /// What listens there does not speak TLS.
    #[error("{server} does not speak TLS; it is no API server")]
    NotTls { server: String },

    /// TLS failed for another reason.
    #[error("TLS with {server} failed: {why}")]
    Tls { server: String, why: String },

    /// The server ended TLS, as one does that takes no such client's certificate.
    #[error(
        "{server} refused the connection with the TLS alert {alert}; it does not take this client's certificate"
    )]
    Alert { server: String, alert: String },

    /// The server's certificate is over.
    #[error("the certificate of {server} ended {} ago", span(*now, *not_after))]
    CertificateExpired { server: String, now: SystemTime, not_after: SystemTime },

    /// The server's certificate begins later.
    #[error("the certificate of {server} begins in {}; is the clock of this host right?", span(*not_before, *now))]
    CertificateNotYetValid { server: String, now: SystemTime, not_before: SystemTime },

    /// Signed by another CA than the kubeconfig's.
    #[error(
        "the certificate of {server} is not signed by the CA of the kubeconfig; this is another cluster, or a new CA"
    )]
    UnknownAuthority { server: String },

    /// The certificate does not have the name or address that was asked for.
    #[error("the certificate of {server} is not for {name}: it has {}", presented.join(", "))]
    OtherName { server: String, name: String, presented: Vec<String> },

    /// The certificate is broken in another way.
    #[error("the certificate of {server} is not valid: {why}")]
    CertificateInvalid { server: String, why: String },

    /// The answer is no HTTP, or its headers or framing are broken.
    #[error("the answer of {server} is not readable HTTP")]
    Malformed { server: String, source: Cause },

    /// 401: the credentials are not known.
    #[error("{server} does not know this client ({question}): {message}")]
    Unauthorized { server: String, question: String, message: String },

    /// 403: this client may not do that.
    #[error("{server} forbids {question}: {message}")]
    Forbidden { server: String, question: String, message: String },

    /// 404: there is no such object, or no such API.
    #[error("{server} has nothing for {question}: {message}")]
    NotFound { server: String, question: String, message: String },

    /// 409: the object is there already, or was changed meanwhile.
    #[error("{server} answered {question} with a conflict: {message}")]
    Conflict { server: String, question: String, message: String },

    /// 429: not now. `cause` is the reason that the server gives, `DisruptionBudget` for an eviction
    /// that a budget does not allow.
    #[error("{server} puts {question} off{}: {message}", cause.as_ref().map(|cause| format!(" ({cause})")).unwrap_or_default())]
    TooManyRequests {
        server: String,
        question: String,
        message: String,
        cause: Option<String>,
        retry_after: Option<Duration>,
    },

    /// 5xx: the server cannot.
    #[error("{server} answered {question} with status {status}{}", said(message))]
    ServerError { server: String, question: String, status: u16, message: String },

    /// Any other status. Redirects are not followed.
    #[error(
        "{server} answered {question} with status {status}{}{}",
        said(message),
        location.as_ref().map(|to| format!(" (a redirect to {to}, not followed)")).unwrap_or_default()
    )]
    Status { server: String, question: String, status: u16, message: String, location: Option<String> },

    /// The answer is not JSON, or not of an API server's form.
    #[error("the answer of {server} to {question} is not JSON of an API server")]
    NotJson { server: String, question: String, source: Cause },

    /// The answer is longer than [`ApiOptions::max_body`](super::ApiOptions::max_body).
    #[error("the answer of {server} to {question} is longer than {limit} bytes")]
    TooLarge { server: String, question: String, limit: usize },

    /// The path cannot stand in a request.
    #[error("{question:?} cannot be asked: its path is not valid")]
    QuestionInvalid { question: String },

    /// The runtime of a blocking call could not be built.
    #[error("cannot set up waiting for the API server")]
    Runtime { source: io::Error },

    /// A blocking call inside an async task.
    #[error(
        "a blocking question was asked in async code; await the async one, or use tokio::task::spawn_blocking"
    )]
    BlockingInAsync,
}

impl ApiError {
    /// The name of the fault.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Kubeconfig { .. } => Code::ApiAccessUnusable,
            Self::NameUnresolved { .. } => Code::ApiserverNameUnresolved,
            Self::Refused { .. } => Code::ApiserverConnectionRefused,
            Self::Unreachable { .. } => Code::ApiserverConnectionFailed,
            Self::TimedOut { .. } => Code::ApiserverTimedOut,
            Self::Closed { .. } => Code::ApiserverConnectionClosed,
            Self::NotTls { .. } => Code::ApiserverNotTls,
            Self::Tls { .. } => Code::ApiserverTlsFailed,
            Self::Alert { .. } => Code::ApiserverRefusesClient,
            Self::CertificateExpired { .. } => Code::ApiserverCertificateExpired,
            Self::CertificateNotYetValid { .. } => Code::ApiserverCertificateNotYetValid,
            Self::UnknownAuthority { .. } => Code::ApiserverCertificateUnknownAuthority,
            Self::OtherName { .. } => Code::ApiserverCertificateOtherName,
            Self::CertificateInvalid { .. } => Code::ApiserverCertificateInvalid,
            Self::Malformed { .. } => Code::ApiserverHttpMalformed,
            Self::Unauthorized { .. } => Code::ApiUnauthorized,
            Self::Forbidden { .. } => Code::ApiForbidden,
            Self::NotFound { .. } => Code::ApiNotFound,
            Self::Conflict { .. } => Code::ApiConflict,
            Self::TooManyRequests { .. } => Code::ApiTooManyRequests,
            Self::ServerError { .. } => Code::ApiServerError,
            Self::Status { .. } => Code::ApiStatusUnexpected,
            Self::NotJson { .. } => Code::ApiAnswerNotJson,
            Self::TooLarge { .. } => Code::ApiAnswerTooLarge,
            Self::QuestionInvalid { .. } => Code::ApiQuestionInvalid,
            Self::Runtime { .. } => Code::ProbeNotStarted,
            Self::BlockingInAsync => Code::BlockingInAsync,
        }
    }

    /// Whether a server that starts, or a network that comes back, can mend it.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::NameUnresolved { .. }
                | Self::Refused { .. }
                | Self::Unreachable { .. }
                | Self::TimedOut { .. }
                | Self::Closed { .. }
                | Self::TooManyRequests { .. }
                | Self::ServerError { .. }
        )
    }

    /// Whether the server answered, and the answer is a refusal of this question: it is there.
    #[must_use]
    pub fn is_answer(&self) -> bool {
        matches!(
            self,
            Self::Unauthorized { .. }
                | Self::Forbidden { .. }
                | Self::NotFound { .. }
                | Self::Conflict { .. }
                | Self::TooManyRequests { .. }
                | Self::ServerError { .. }
                | Self::Status { .. }
        )
    }
}

/// A status that is no success.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) server: String,
    pub(super) question: String,
    pub(super) status: u16,
}

impl Refusal {
    /// What it means, by the status and the `Status` object of the body.
    pub(super) fn meaning(self, body: &[u8], location: Option<String>, after: Option<u64>) -> ApiError {
        let Self { server, question, status } = self;
        let said: Option<Value> = serde_json::from_slice(body).ok();
        let field = |path: &str| said.as_ref()?.pointer(path)?.as_str().map(plain);
        let message = field("/message").unwrap_or_else(|| of_text(&String::from_utf8_lossy(body)));
        match status {
            401 => ApiError::Unauthorized { server, question, message },
            403 => ApiError::Forbidden { server, question, message },
            404 => ApiError::NotFound { server, question, message },
            409 => ApiError::Conflict { server, question, message },
            429 => {
                let cause = field("/details/causes/0/reason").or_else(|| field("/reason"));
                let told =
                    said.as_ref().and_then(|said| said.pointer("/details/retryAfterSeconds")?.as_u64());
                let retry_after = after.or(told).map(Duration::from_secs);
                // What a budget says is more than "Cannot evict pod".
                let message = match field("/details/causes/0/message") {
                    Some(more) if more != message => format!("{message} {more}").trim().to_owned(),
                    _ => message,
                };
                ApiError::TooManyRequests { server, question, message, cause, retry_after }
            }
            500.. => ApiError::ServerError { server, question, status, message },
            _ => ApiError::Status { server, question, status, message, location },
        }
    }
}

/// Of a health check's answer what fails (`[-]etcd failed: reason withheld`), else the first line.
fn of_text(text: &str) -> String {
    let failing: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("[-]")).collect();
    if failing.is_empty() { plain(text) } else { plain(&failing.join("; ")) }
}

/// The first line, at most 300 characters of it, with nothing that a terminal would obey.
fn plain(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    line.chars().filter(|c| !c.is_control()).take(300).collect::<String>().trim().to_owned()
}

/// From `earlier` to `later`, in the largest unit that is one.
fn span(later: SystemTime, earlier: SystemTime) -> String {
    let seconds = later.duration_since(earlier).unwrap_or_default().as_secs();
    let (number, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7200 => (seconds / 60, "minute"),
        7200..172_800 => (seconds / 3600, "hour"),
        _ => (seconds / 86_400, "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// What an answer says besides, which may be nothing.
fn said(message: &str) -> String {
    if message.is_empty() { String::new() } else { format!(": {message}") }
}
