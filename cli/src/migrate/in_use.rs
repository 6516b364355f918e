//! Which runtime the kubelet of a host uses.

use super::Error;
use crate::doctor::{Evidence, Inspection};
use crate::translate::OldRuntime;

/// A runtime of the kubelet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a program that reads it has to meet each of them")]
pub enum Runtime {
    /// CRI-O.
    Crio,
    /// containerd.
    Containerd,
    /// docker by cri-dockerd.
    CriDockerd,
    /// docker by the kubelet itself, up to 1.23.
    Dockershim,
}

impl Runtime {
    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Crio => "cri-o",
            Self::Containerd => "containerd",
            Self::CriDockerd => "cri-dockerd",
            Self::Dockershim => "dockershim",
        }
    }

    /// Whose configuration is to be translated.
    #[must_use]
    pub const fn old(self) -> Option<OldRuntime> {
        match self {
            Self::Crio => None,
            Self::Containerd => Some(OldRuntime::Containerd),
            Self::CriDockerd | Self::Dockershim => Some(OldRuntime::Docker),
        }
    }

    /// The packages that may have it, as distributions call them.
    pub(crate) const fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Crio => &["cri-o"],
            Self::Containerd => &["containerd.io", "containerd"],
            Self::CriDockerd | Self::Dockershim => &["docker-ce", "docker.io", "docker", "moby-engine"],
        }
    }
}

/// The runtime in use, and how that is known.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InUse {
    /// Which.
    pub runtime: Runtime,
    /// The socket that the kubelet is told.
    pub endpoint: Option<String>,
    /// The version of its package.
    pub version: Option<String>,
    /// What says so; none where it is the kubelet's own choice.
    pub known_by: Option<Evidence>,
}

/// The kubelet has no dockershim from this minor on, and asks containerd unless told.
const WITHOUT_DOCKERSHIM: u64 = 24;

pub(super) fn of(seen: &Inspection<'_>) -> Result<InUse, Error> {
    let told = seen.kubelet_setting("container-runtime-endpoint", "containerRuntimeEndpoint");
    let told = told.map_err(Error::Unread)?.filter(|(endpoint, _)| !endpoint.is_empty());
    let kind = seen.kubelet_flag("container-runtime").filter(|(kind, _)| kind == "docker");
    let (runtime, endpoint, known_by) = match (told, kind) {
        (_, Some((_, place))) => (Runtime::Dockershim, None, Some(place)),
        (Some((endpoint, place)), None) => {
            let runtime = by_socket(&endpoint).ok_or(Error::RuntimeUnknown)?;
            (runtime, Some(endpoint), Some(place))
        }
        (None, None) => match minor(seen) {
            Some(minor) if minor < WITHOUT_DOCKERSHIM => (Runtime::Dockershim, None, None),
            Some(_) => (Runtime::Containerd, None, None),
            None => return Err(Error::RuntimeUnknown),
        },
    };
    let version = runtime.packages().iter().find_map(|package| seen.version(package)).map(str::to_owned);
    Ok(InUse { runtime, endpoint, version, known_by })
}

/// The kubelet's minor: of its package, or of what else of the cluster is on the host.
pub(super) fn minor(seen: &Inspection<'_>) -> Option<u64> {
    seen.minor_of("kubelet").or_else(|| seen.kubernetes_minor())
}

fn by_socket(endpoint: &str) -> Option<Runtime> {
    let known = [
        ("crio", Runtime::Crio),
        ("cri-dockerd", Runtime::CriDockerd),
        ("dockershim", Runtime::Dockershim),
        ("containerd", Runtime::Containerd),
    ];
    known.into_iter().find(|(name, _)| endpoint.contains(name)).map(|(_, runtime)| runtime)
}
