//! Which certificate a port serves, whoever signed it.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::DigitallySignedStruct;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{Error as TlsError, SignatureScheme};

use super::access::Identity;
use super::connect::{End, connect};
use super::tls::{Tls, provider};
use super::{ApiError, Server};

/// The certificates that a port serves, the server's own first, in DER. Nothing is trusted: only that
/// the server holds the first one's key is verified. A server that wants a certificate of its
/// clients, as etcd, is given `identity`; without it it notes a refusal in its log.
///
/// # Errors
///
/// An [`ApiError`] where nobody listens, or what listens shows no certificate.
pub async fn peek(
    server: &Server,
    identity: Option<&Identity>,
    timeout: Duration,
) -> Result<Vec<Vec<u8>>, ApiError> {
    let shown = Arc::new(Shown { chain: Mutex::default(), provider: provider() });
    let tls = Tls::judging(shown.clone(), server, identity)?;
    let ended = connect(server, &tls, End::after(timeout)).await;
    let chain = std::mem::take(&mut *shown.chain.lock().unwrap_or_else(PoisonError::into_inner));
    match ended {
        // A server that does not take this client has shown its certificate before.
        Err(ApiError::Alert { .. } | ApiError::Tls { .. } | ApiError::Closed { .. }) | Ok(_)
            if !chain.is_empty() =>
        {
            Ok(chain)
        }
        Err(error) => Err(error),
        Ok(_) => {
            Err(ApiError::Tls { server: server.to_string(), why: "no certificate was shown".to_owned() })
        }
    }
}

/// Keeps what it is shown.
#[derive(Debug)]
struct Shown {
    chain: Mutex<Vec<Vec<u8>>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Shown {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let all = std::iter::once(end_entity).chain(intermediates);
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) = all.map(|one| one.to_vec()).collect();
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
