//! TLS: whom a connection trusts, at which time, and as whom it speaks.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, RootCertStore};

use super::access::{Access, Identity, unusable};
use super::{ApiError, Server};

/// How a connection is secured.
#[derive(Clone, Debug)]
pub(super) struct Tls {
    pub(super) config: Arc<ClientConfig>,
    pub(super) name: ServerName<'static>,
}

/// The time that was told.
#[derive(Debug)]
struct Told(UnixTime);

impl TimeProvider for Told {
    fn current_time(&self) -> Option<UnixTime> {
        Some(self.0)
    }
}

impl Tls {
    /// Trusts the access' CA alone, and speaks as its user.
    pub(super) fn trusting(access: &Access, now: SystemTime) -> Result<Self, ApiError> {
        let mut roots = RootCertStore::empty();
        for certificate in &access.ca {
            roots
                .add(certificate.clone())
                .map_err(|error| unusable(format!("its CA cannot be used: {error}")))?;
        }
        let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
            .build()
            .map_err(|error| unusable(format!("its CA cannot be used: {error}")))?;
        let identity = access.identity.as_ref();
        let config = config(verifier, now, identity)?;
        Ok(Self { config, name: name(access.name.as_deref().unwrap_or(access.server.host()))? })
    }

    /// Judges a certificate as `verifier` does.
    pub(super) fn judging(
        verifier: Arc<dyn rustls::client::danger::ServerCertVerifier>,
        server: &Server,
        identity: Option<&Identity>,
    ) -> Result<Self, ApiError> {
        let config = config(verifier, SystemTime::UNIX_EPOCH, identity)?;
        Ok(Self { config, name: name(server.host())? })
    }
}

pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

fn config(
    verifier: Arc<dyn rustls::client::danger::ServerCertVerifier>,
    now: SystemTime,
    identity: Option<&Identity>,
) -> Result<Arc<ClientConfig>, ApiError> {
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let time = Arc::new(Told(UnixTime::since_unix_epoch(since)));
    let builder = ClientConfig::builder_with_details(provider(), time)
        .with_safe_default_protocol_versions()
        .map_err(|error| unusable(error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match identity {
        Some(own) => builder
            .with_client_auth_cert(own.chain.clone(), own.key.clone_key())
            .map_err(|error| unusable(format!("the client's certificate and key cannot be used: {error}")))?,
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

fn name(host: &str) -> Result<ServerName<'static>, ApiError> {
    ServerName::try_from(host.to_owned())
        .map_err(|_| unusable(format!("{host:?} is no name or address of a server")))
}
