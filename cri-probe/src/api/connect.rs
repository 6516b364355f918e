//! A connection: found, made and secured before one end of time.

use std::error::Error as _;
use std::io;
use std::time::{Duration, SystemTime};

use rustls::{AlertDescription, CertificateError, Error as TlsError};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::Instant;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::tls::Tls;
use super::{ApiError, Server};
use crate::error::Phase;

/// The end of a question.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    at: Instant,
    limit: Duration,
}

impl End {
    pub(super) fn after(limit: Duration) -> Self {
        let now = Instant::now();
        let century = Duration::from_secs(100 * 365 * 86_400);
        Self { at: now.checked_add(limit).unwrap_or_else(|| now + century), limit }
    }

    pub(super) async fn within<T>(
        self,
        server: &Server,
        phase: Phase,
        work: impl Future<Output = Result<T, ApiError>>,
    ) -> Result<T, ApiError> {
        let late = || ApiError::TimedOut { server: server.to_string(), phase, limit: self.limit };
        tokio::time::timeout_at(self.at, work).await.unwrap_or_else(|_| Err(late()))
    }
}

/// A secured connection.
pub(super) async fn connect(server: &Server, tls: &Tls, end: End) -> Result<TlsStream<TcpStream>, ApiError> {
    let stream = end.within(server, Phase::Connect, reached(server)).await?;
    let connector = TlsConnector::from(tls.config.clone());
    let secured = async {
        let shaken = connector.connect(tls.name.clone(), stream).await;
        shaken.map_err(|error| broken(server, error, Phase::Connect))
    };
    end.within(server, Phase::Connect, secured).await
}

/// The first of the server's addresses that takes the connection.
async fn reached(server: &Server) -> Result<TcpStream, ApiError> {
    let addresses = match server.address() {
        Some(address) => vec![(address, server.port()).into()],
        None => {
            let found = lookup_host((server.host(), server.port())).await;
            let unknown = |source| ApiError::NameUnresolved { server: server.to_string(), source };
            found.map_err(unknown)?.collect::<Vec<_>>()
        }
    };
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // A question is small and waits for its answer.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    let server = server.to_string();
    Err(match last.kind() {
        io::ErrorKind::ConnectionRefused => ApiError::Refused { server },
        _ => ApiError::Unreachable { server, source: last },
    })
}

/// What an error of a connection means.
pub(super) fn broken(server: &Server, error: io::Error, phase: Phase) -> ApiError {
    let place = server.to_string();
    if let Some(said) = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) {
        return of_tls(server, said);
    }
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
    match error.kind() {
        BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof => {
            ApiError::Closed { server: place, phase }
        }
        _ => ApiError::Unreachable { server: place, source: error },
    }
}

/// The same of an error that hyper hands on.
pub(super) fn broken_exchange(server: &Server, error: hyper::Error, phase: Phase) -> ApiError {
    let place = server.to_string();
    match error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        Some(source) => match source.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>()) {
            Some(said) => of_tls(server, said),
            // hyper reports bad framing of chunks so.
            None if matches!(source.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
                ApiError::Malformed { server: place, source: error.into() }
            }
            None => ApiError::Closed { server: place, phase },
        },
        None if error.is_parse() => ApiError::Malformed { server: place, source: error.into() },
        None => ApiError::Closed { server: place, phase },
    }
}

fn of_tls(server: &Server, error: &TlsError) -> ApiError {
    let server = server.to_string();
    match error {
        TlsError::InvalidCertificate(why) => of_certificate(server, why),
        TlsError::InvalidMessage(_) => ApiError::NotTls { server },
        TlsError::AlertReceived(alert) if of_client(*alert) => {
            ApiError::Alert { server, alert: format!("{alert:?}") }
        }
        other => ApiError::Tls { server, why: other.to_string() },
    }
}

/// Alerts with which a server refuses a client's certificate, or the lack of one.
fn of_client(alert: AlertDescription) -> bool {
    use AlertDescription as Alert;
    matches!(
        alert,
        Alert::NoCertificate
            | Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied
            // Signed by a CA of the same name, as every cluster's is, and another key.
            | Alert::DecryptError
            | Alert::CertificateRequired
    )
}

fn of_certificate(server: String, why: &CertificateError) -> ApiError {
    use CertificateError as Why;
    let time = |at: &rustls::pki_types::UnixTime| SystemTime::UNIX_EPOCH + Duration::from_secs(at.as_secs());
    match why {
        Why::ExpiredContext { time: now, not_after } => {
            ApiError::CertificateExpired { server, now: time(now), not_after: time(not_after) }
        }
        Why::NotValidYetContext { time: now, not_before } => {
            ApiError::CertificateNotYetValid { server, now: time(now), not_before: time(not_before) }
        }
        // Every cluster's CA is called `kubernetes`: another one's signature does not fit this key.
        Why::UnknownIssuer | Why::BadSignature => ApiError::UnknownAuthority { server },
        Why::NotValidForNameContext { expected, presented } => {
            ApiError::OtherName { server, name: expected.to_str().into_owned(), presented: presented.clone() }
        }
        other => ApiError::CertificateInvalid { server, why: other.to_string() },
    }
}
