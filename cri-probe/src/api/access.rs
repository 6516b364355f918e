//! What a kubeconfig says: whom to ask, whom to trust, and as whom.

use std::fmt;
use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_yaml::Value;

use super::ApiError;
use super::server::Server;

/// Longer than any kubeconfig of a node.
const MOST: usize = 1 << 20;

/// Whom to ask, whom to trust, and as whom.
#[derive(Clone)]
pub struct Access {
    pub(super) server: Server,
    /// Under which name the certificate is looked for, where that is not the server's.
    pub(super) name: Option<String>,
    pub(super) ca: Vec<CertificateDer<'static>>,
    pub(super) identity: Option<Identity>,
    pub(super) token: Option<String>,
}

/// A client certificate with its key.
pub struct Identity {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
}

impl Access {
    /// Access as nobody: for what anybody may read, as kubeadm's `cluster-info`.
    ///
    /// # Errors
    ///
    /// [`ApiError::Kubeconfig`] where `ca` has no certificate.
    pub fn anonymous(server: Server, ca: &[u8]) -> Result<Self, ApiError> {
        let ca = certificates(ca, "the CA")?;
        Ok(Self { server, name: None, ca, identity: None, token: None })
    }

    /// What the current context of a kubeconfig says. `file` gives the bytes of a file that it
    /// names, as it names it.
    ///
    /// # Errors
    ///
    /// [`ApiError::Kubeconfig`] where something is missing, cannot be read, or is not supported:
    /// programs that bring credentials (`exec`), passwords, proxies, and servers that are not
    /// verified.
    pub fn from_kubeconfig(
        bytes: &[u8],
        mut file: impl FnMut(&str) -> io::Result<Vec<u8>>,
    ) -> Result<Self, ApiError> {
        if bytes.len() > MOST {
            return Err(unusable(format!("it is longer than {MOST} bytes")));
        }
        let root: Value = serde_yaml::from_slice(bytes).map_err(|_| unusable("it is not YAML"))?;
        let (cluster, user) = current(&root)?;
        let server: Server =
            text(&cluster, "server").ok_or_else(|| unusable("it names no server"))?.parse()?;
        for (of, key) in
            [(&cluster, "proxy-url"), (&user, "exec"), (&user, "auth-provider"), (&user, "username")]
        {
            if !of[key].is_null() {
                return Err(unusable(format!("it has {key}, which is not supported")));
            }
        }
        if cluster["insecure-skip-tls-verify"].as_bool() == Some(true) {
            return Err(unusable(
                "it says insecure-skip-tls-verify: a server that is not verified is not asked",
            ));
        }
        let mut data = |of: &Value, key: &str| bytes_of(of, key, &mut file);
        let ca = data(&cluster, "certificate-authority")?.ok_or_else(|| unusable("it has no CA"))?;
        let chain = data(&user, "client-certificate")?;
        let key = data(&user, "client-key")?;
        let token = match (text(&user, "token"), text(&user, "tokenFile")) {
            (Some(token), _) => Some(token.to_owned()),
            (None, Some(path)) => Some(token_of(&file(path).map_err(|error| named(path, &error))?)?),
            (None, None) => None,
        };
        let identity = match (chain, key) {
            (Some(chain), Some(key)) => Some(Identity::from_pem(&chain, &key)?),
            (None, None) => None,
            _ => return Err(unusable("it has a client's certificate or key, not both")),
        };
        let name = text(&cluster, "tls-server-name").map(str::to_owned);
        Ok(Self { server, name, ca: certificates(&ca, "its CA")?, identity, token })
    }

    /// Whom to ask.
    #[must_use]
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// The same to another server.
    #[must_use]
    pub fn to(self, server: Server) -> Self {
        Self { server, ..self }
    }

    /// The client's certificate, where there is one.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }
}

impl Identity {
    /// A certificate with what leads to its CA, and its key, in PEM. They may be in one text.
    ///
    /// # Errors
    ///
    /// [`ApiError::Kubeconfig`] where one is not there.
    pub fn from_pem(chain: &[u8], key: &[u8]) -> Result<Self, ApiError> {
        let chain = certificates(chain, "the client's certificate")?;
        let key =
            PrivateKeyDer::from_pem_slice(key).map_err(|_| unusable("the client's key is none in PEM"))?;
        Ok(Self { chain, key })
    }
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), key: self.key.clone_key() }
    }
}

/// Never the key.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("certificates", &self.chain.len()).finish_non_exhaustive()
    }
}

/// Never the token.
impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("server", &self.server)
            .field("identity", &self.identity)
            .field("token", &self.token.as_ref().map(|_| "..."))
            .finish_non_exhaustive()
    }
}

/// The cluster and the user of the current context; where none is current, the first of each.
fn current(root: &Value) -> Result<(Value, Value), ApiError> {
    let entry = |list: &str, name: Option<&str>, of: &str| {
        let all = root[list].as_sequence().map_or(&[][..], Vec::as_slice);
        let found = match name {
            Some(name) => all.iter().find(|one| one["name"].as_str() == Some(name)),
            None => all.first(),
        };
        found.map(|one| one[of].clone())
    };
    let context = match text(root, "current-context").filter(|name| !name.is_empty()) {
        Some(name) => entry("contexts", Some(name), "context")
            .ok_or_else(|| unusable(format!("its current context {name:?} is not there")))?,
        None => Value::Null,
    };
    let cluster = entry("clusters", context["cluster"].as_str(), "cluster");
    let user = entry("users", context["user"].as_str(), "user");
    Ok((cluster.ok_or_else(|| unusable("it has no cluster"))?, user.unwrap_or(Value::Null)))
}

/// What a field has in it, or the file that it names; what is in it wins (client-go).
fn bytes_of(
    of: &Value,
    key: &str,
    file: &mut impl FnMut(&str) -> io::Result<Vec<u8>>,
) -> Result<Option<Vec<u8>>, ApiError> {
    let data = format!("{key}-data");
    if let Some(encoded) = text(of, &data).filter(|encoded| !encoded.is_empty()) {
        let decoded =
            STANDARD.decode(encoded.trim()).map_err(|_| unusable(format!("its {data} is not base64")))?;
        return Ok(Some(decoded));
    }
    match text(of, key).filter(|path| !path.is_empty()) {
        Some(path) => file(path).map(Some).map_err(|error| named(path, &error)),
        None => Ok(None),
    }
}

fn token_of(bytes: &[u8]) -> Result<String, ApiError> {
    let token = String::from_utf8_lossy(bytes).trim().to_owned();
    if token.is_empty() { Err(unusable("its token file is empty")) } else { Ok(token) }
}

fn certificates(pem: &[u8], what: &str) -> Result<Vec<CertificateDer<'static>>, ApiError> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err(unusable(format!("{what} has no certificate in PEM"))),
    }
}

fn text<'v>(of: &'v Value, key: &str) -> Option<&'v str> {
    of.get(key)?.as_str()
}

fn named(path: &str, error: &io::Error) -> ApiError {
    unusable(format!("it names {path}, which cannot be read: {error}"))
}

pub(super) fn unusable(why: impl Into<String>) -> ApiError {
    ApiError::Kubeconfig { why: why.into() }
}
