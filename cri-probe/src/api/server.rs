//! Where an API server is.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use hyper::Uri;
use rustls::pki_types::ServerName;

use super::ApiError;

/// Where a server is: `https://HOST:PORT`, and what its paths begin with.
///
/// ```
/// let server: cri_probe::api::Server = "https://[fd00::1]:6443".parse()?;
/// assert_eq!((server.host(), server.port()), ("fd00::1", 6443));
/// assert!("http://10.0.0.1:8080".parse::<cri_probe::api::Server>().is_err());
/// # Ok::<(), cri_probe::api::ApiError>(())
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Server {
    host: String,
    port: u16,
    prefix: String,
}

impl Server {
    /// A host by name or address, and a port.
    ///
    /// # Errors
    ///
    /// [`ApiError::Kubeconfig`] where the host is neither.
    pub fn new(host: &str, port: u16) -> Result<Self, ApiError> {
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if ServerName::try_from(host.as_str()).is_err() {
            return Err(ApiError::Kubeconfig { why: format!("{host:?} is no name or address of a server") });
        }
        Ok(Self { host, port, prefix: String::new() })
    }

    /// The host's name or address.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    pub(super) fn address(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }

    /// What the request's target begins with; empty but behind a gateway.
    pub(super) fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The header `Host`.
    pub(super) fn authority(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
}

impl FromStr for Server {
    type Err = ApiError;

    fn from_str(text: &str) -> Result<Self, ApiError> {
        let refused = |what: &str| ApiError::Kubeconfig { why: format!("its server {text:?} {what}") };
        let uri: Uri = text.parse().map_err(|_| refused("is no URL"))?;
        if uri.scheme_str() != Some("https") {
            return Err(refused("is no https:// URL"));
        }
        if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            return Err(refused("has a user in it"));
        }
        let host = uri.host().ok_or_else(|| refused("names no host"))?;
        let server = Self::new(host, uri.port_u16().unwrap_or(443))?;
        Ok(Self { prefix: uri.path().trim_end_matches('/').to_owned(), ..server })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}{}", self.authority(), self.prefix)
    }
}
