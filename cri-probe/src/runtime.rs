//! The runtimes there are, and where they listen.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::socket::Socket;

/// What kind of runtime this is.
///
/// ```
/// use cri_probe::Runtime;
///
/// assert_eq!(Runtime::named("cri-o"), Runtime::CriO);
/// assert_eq!(Runtime::named("kata").to_string(), "kata");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Runtime {
    /// CRI-O.
    CriO,
    /// containerd with its CRI plugin.
    Containerd,
    /// Docker behind cri-dockerd; a kubelet up to 1.23 with its dockershim says the same of itself.
    CriDockerd,
    /// Any other, by the name it gave itself.
    Other(String),
}

impl Runtime {
    /// The runtime that calls itself so in its CRI version.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            "cri-o" => Self::CriO,
            "containerd" => Self::Containerd,
            "docker" => Self::CriDockerd,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CriO => "CRI-O",
            Self::Containerd => "containerd",
            Self::CriDockerd => "cri-dockerd",
            Self::Other(name) => name,
        })
    }
}

/// A path and who is at home there.
///
/// ```
/// let crio = cri_probe::KNOWN_SOCKETS.iter().find(|known| known.path == cri_probe::Socket::CRIO);
/// assert_eq!(crio.unwrap().runtime, &cri_probe::Runtime::CriO);
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct KnownSocket {
    /// The path, as the runtime's own documentation spells it.
    pub path: &'static str,
    /// Who listens there by default.
    pub runtime: &'static Runtime,
}

impl KnownSocket {
    /// The path as a socket.
    #[must_use]
    pub fn socket(&self) -> Socket {
        Socket::known(self.path)
    }
}

const fn known(path: &'static str, runtime: &'static Runtime) -> KnownSocket {
    KnownSocket { path, runtime }
}

/// Every default socket of a runtime that a node may have. kubeadm knows the first three.
pub const KNOWN_SOCKETS: &[KnownSocket] = &[
    known(Socket::CRIO, &Runtime::CriO),
    known("/var/run/containerd/containerd.sock", &Runtime::Containerd),
    known("/var/run/cri-dockerd.sock", &Runtime::CriDockerd),
    // The kubelet's own up to 1.23.
    known("/var/run/dockershim.sock", &Runtime::CriDockerd),
    // CRI-O up to 1.8.
    known("/var/run/crio.sock", &Runtime::CriO),
    // The containerd that comes with a distribution of Kubernetes.
    known("/run/k3s/containerd/containerd.sock", &Runtime::Containerd),
    known("/run/k0s/containerd.sock", &Runtime::Containerd),
    known("/var/snap/microk8s/common/run/containerd.sock", &Runtime::Containerd),
];

/// Who is at home at this path.
#[cfg(feature = "grpc")]
pub(crate) fn at_home(path: &Path) -> Option<&'static Runtime> {
    KNOWN_SOCKETS.iter().find(|known| is_same(path, known.path)).map(|known| known.runtime)
}

/// The unit of systemd behind the socket at this path, where its package has one of that name.
pub(crate) fn service(path: &Path) -> Option<&'static str> {
    let units = [
        (Socket::CRIO, "crio"),
        ("/var/run/containerd/containerd.sock", "containerd"),
        ("/var/run/cri-dockerd.sock", "cri-docker"),
    ];
    units.into_iter().find(|(known, _)| is_same(path, known)).map(|(_, unit)| unit)
}

/// `/run` and `/var/run` are one directory.
fn is_same(path: &Path, known: &str) -> bool {
    run_directory(path) == run_directory(Path::new(known))
}

fn run_directory(path: &Path) -> PathBuf {
    // /var/run is a link to /run on a system with systemd, and both spellings are in use.
    path.strip_prefix("/var/run").map_or_else(|_| path.to_owned(), |rest| Path::new("/run").join(rest))
}
