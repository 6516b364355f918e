//! Where a runtime listens.

use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::code::Code;

/// The path of a unix socket.
///
/// Parses both spellings in use: the plain path (`/var/run/crio/crio.sock`, `crictl` and old
/// kubeadm) and the endpoint URL (`unix:///var/run/crio/crio.sock`, kubelet and kubeadm from
/// v1.24). Any length will do: a path beyond the 107 bytes of a socket address is reached through
/// `/proc/self/fd`.
///
/// ```
/// use cri_probe::{InvalidSocket, Socket};
///
/// let socket: Socket = "unix:///run/crio/crio.sock".parse()?;
/// assert_eq!(socket, "/run/crio/crio.sock".parse()?);
/// assert_eq!("tcp://127.0.0.1:2375".parse::<Socket>(), Err(InvalidSocket::Scheme("tcp".into())));
/// # Ok::<(), InvalidSocket>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Socket(PathBuf);

impl Socket {
    /// Where CRI-O listens since 1.9 unless `[crio.api] listen` says otherwise.
    pub const CRIO: &str = "/var/run/crio/crio.sock";

    /// The socket at `path`, which need not exist.
    ///
    /// # Errors
    /// An empty path, or one holding a NUL byte, names no file.
    pub fn new(path: impl Into<PathBuf>) -> Result<Self, InvalidSocket> {
        let path = path.into();
        let bytes = path.as_os_str().as_bytes();
        if bytes.is_empty() {
            return Err(InvalidSocket::Empty);
        }
        if bytes.contains(&0) {
            return Err(InvalidSocket::Nul);
        }
        Ok(Self(path))
    }

    /// CRI-O's default socket, [`Socket::CRIO`].
    #[must_use]
    pub fn crio() -> Self {
        Self::known(Self::CRIO)
    }

    /// A path of ours that needs no look.
    pub(crate) fn known(path: &'static str) -> Self {
        Self(PathBuf::from(path))
    }

    /// The path as it was given, without a scheme.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl FromStr for Socket {
    type Err = InvalidSocket;

    fn from_str(text: &str) -> Result<Self, InvalidSocket> {
        // A bare path may have a colon; only what looks like a scheme is one.
        let Some((scheme, rest)) = text.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) else {
            return Self::new(text);
        };
        if !scheme.eq_ignore_ascii_case("unix") {
            return Err(InvalidSocket::Scheme(scheme.to_owned()));
        }
        // `unix:/run/x.sock` has an empty authority left out (RFC 3986, 3); the kubelet takes it
        // as well.
        let path = rest.strip_prefix("//").unwrap_or(rest);
        if path.is_empty() {
            return Err(InvalidSocket::Empty);
        }
        if !path.starts_with('/') {
            return Err(InvalidSocket::Relative(text.to_owned()));
        }
        if path.contains(['%', '?', '#']) {
            return Err(InvalidSocket::UrlSyntax(text.to_owned()));
        }
        Self::new(path)
    }
}

impl fmt::Display for Socket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

impl AsRef<Path> for Socket {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

/// Why a text names no unix socket.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSocket {
    /// Nothing was given, or nothing after `unix://`.
    #[error("the socket path is empty; CRI-O's is {}", Socket::CRIO)]
    Empty,
    /// A NUL byte cannot be part of a path.
    #[error("a socket path cannot hold a NUL byte")]
    Nul,
    /// Runtimes listen on unix sockets on Linux; `tcp` and `npipe` endpoints are not for this
    /// probe.
    #[error("the scheme {0:?} is not one a runtime listens on here; give a path or unix:///path")]
    Scheme(String),
    /// `unix://run/x.sock` would make `run` a host name.
    #[error("{0:?} is not an absolute path after unix:; write three slashes, unix:///run/...")]
    Relative(String),
    /// The kubelet would decode `%xx` and cut at `?` and `#`: such an URL is rather a mistake.
    #[error("{0:?} holds %, ? or #, which an endpoint URL reads differently; give the plain path")]
    UrlSyntax(String),
}

impl InvalidSocket {
    /// The name of the fault.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::RuntimeEndpointInvalid
    }
}

/// An URL scheme by its grammar; a path before a colon (`/run/a:b`) is none.
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::{InvalidSocket, Socket};

    #[test]
    fn both_spellings_name_the_same_socket() {
        for text in ["/run/c:d/x.sock", "unix:///run/c:d/x.sock", "UNIX:/run/c:d/x.sock"] {
            assert_eq!(text.parse::<Socket>().unwrap().to_string(), "/run/c:d/x.sock", "{text}");
        }
    }

    #[test]
    fn mistakes_are_told_apart() {
        let fault = |text: &str| text.parse::<Socket>().unwrap_err();
        assert_eq!(fault(""), InvalidSocket::Empty);
        assert_eq!(fault("unix://"), InvalidSocket::Empty);
        assert_eq!(fault("/run/\0"), InvalidSocket::Nul);
        assert_eq!(fault("tcp://127.0.0.1:2375"), InvalidSocket::Scheme("tcp".into()));
        assert!(matches!(fault("unix://run/x.sock"), InvalidSocket::Relative(_)));
        assert!(matches!(fault("unix:///run/a%20b"), InvalidSocket::UrlSyntax(_)));
    }
}
