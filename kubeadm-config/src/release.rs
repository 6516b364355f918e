//! What differs between releases of kubeadm, all of it in tables.

mod change;
mod external_etcd;
mod table;

pub(crate) use self::change::Change;
use self::table::{MinorRow, ROWS};
use crate::error::Error;
use crate::go::{Colons, InvalidUrl, Url};
use crate::version::{ApiVersion, KubernetesVersion, Minor};

/// A release of kubeadm: its version and what is known of its minor release.
///
/// ```
/// use kubeadm_config::{ApiVersion, KubeadmRelease};
///
/// let release: KubeadmRelease = "v1.31.4".parse()?;
/// assert_eq!(release.writes(), ApiVersion::V1Beta4);
/// assert_eq!(release.pause_tag(), "3.10");
/// # Ok::<(), kubeadm_config::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct KubeadmRelease {
    version: KubernetesVersion,
    row: &'static MinorRow,
}

/// How a kubeadm release takes a document of one API version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Support {
    /// It reads it.
    Read,
    /// It reads it and warns.
    Deprecated,
    /// It reads it when experimental versions are allowed.
    Experimental,
    /// It no longer reads it and says which kubeadm does.
    Old,
    /// It has never heard of it.
    Unknown,
}

impl KubeadmRelease {
    /// The oldest and the newest minor in the tables.
    pub const MINORS: std::ops::RangeInclusive<u64> = 13..=37;

    /// The kubeadm of that version.
    ///
    /// # Errors
    /// [`Error::Release`] for a minor outside [`KubeadmRelease::MINORS`].
    pub fn of(version: &KubernetesVersion) -> Result<Self, Error> {
        let row = ROWS.iter().find(|row| version.minor() == Minor::new(u64::from(row.minor)));
        let (oldest, newest) = (Minor::new(*Self::MINORS.start()), Minor::new(*Self::MINORS.end()));
        let row = row.ok_or_else(|| Error::Release { given: version.clone(), oldest, newest })?;
        Ok(Self { version: version.clone(), row })
    }

    /// The kubeadm to prepare a cluster of that version with: its own release where that is known,
    /// else the newest one.
    ///
    /// # Errors
    /// [`Error::Release`] for a version older than the tables.
    pub fn nearest(version: &KubernetesVersion) -> Result<Self, Error> {
        let newest = Minor::new(*Self::MINORS.end());
        if version.minor() > newest { Self::of(&newest.patch(0)) } else { Self::of(version) }
    }

    /// The exact version.
    #[must_use]
    pub const fn version(&self) -> &KubernetesVersion {
        &self.version
    }

    /// The minor release.
    #[must_use]
    pub fn minor(&self) -> Minor {
        self.version.minor()
    }

    /// The API version it writes.
    #[must_use]
    pub const fn writes(&self) -> ApiVersion {
        self.row.writes
    }

    /// How it takes documents of an API version.
    ///
    /// ```
    /// use kubeadm_config::{ApiVersion, KubeadmRelease, Support};
    ///
    /// let release: KubeadmRelease = "v1.34.0".parse()?;
    /// assert_eq!(release.writes(), ApiVersion::V1Beta4);
    /// assert_eq!(release.support(ApiVersion::V1Beta4), Support::Read);
    /// assert_eq!(release.support(ApiVersion::V1Beta2), Support::Old);
    /// # Ok::<(), kubeadm_config::Error>(())
    /// ```
    #[must_use]
    pub fn support(&self, version: ApiVersion) -> Support {
        let has = |list: &[ApiVersion]| list.contains(&version);
        match self.row {
            row if has(row.reads) => Support::Read,
            row if has(row.deprecated) => Support::Deprecated,
            row if has(row.experimental) => Support::Experimental,
            row if version < row.writes => Support::Old,
            _ => Support::Unknown,
        }
    }

    /// Whether it has types for an API version.
    pub(crate) fn knows(&self, version: ApiVersion) -> bool {
        matches!(self.support(version), Support::Read | Support::Deprecated | Support::Experimental)
    }

    /// The last kubeadm that reads an API version that this one finds too old, as its message names
    /// it.
    pub(crate) fn last_reader(&self, group_version: &str) -> Option<&'static str> {
        let name = group_version.strip_prefix("kubeadm.k8s.io/")?;
        let (_, minor, reader) = table::OLD_VERSIONS.iter().find(|(old, _, _)| *old == name)?;
        (self.minor().number() >= *minor).then_some(*reader)
    }

    /// The image repository that is used if none is given.
    #[must_use]
    pub fn image_repository(&self) -> &'static str {
        table::image_repository(&self.version)
    }

    /// The tag of the pause image.
    #[must_use]
    pub const fn pause_tag(&self) -> &'static str {
        self.row.pause
    }

    /// The tag of the CoreDNS image.
    #[must_use]
    pub fn coredns_tag(&self) -> &'static str {
        self.row.coredns.at(self.version.patch())
    }

    /// The tag of the etcd image for a control plane of that version.
    #[must_use]
    pub fn etcd_tag(&self, control_plane: &KubernetesVersion) -> &'static str {
        let minor = control_plane.minor_number();
        let older = self.row.etcd_for_older.iter().find(|(up_to, _)| minor <= u64::from(*up_to));
        older.map_or_else(|| self.row.etcd.at(self.version.patch()), |(_, tag)| tag)
    }

    /// Its preflight refuses every external etcd below that version.
    #[must_use]
    pub fn least_external_etcd(&self) -> [u64; 3] {
        external_etcd::least(self.minor().number(), self.version.patch())
    }

    /// The newest control plane it knows an etcd for: kubeadm's table goes one minor beyond its
    /// own.
    pub(crate) fn newest_with_etcd(&self) -> Minor {
        Minor::new(self.minor().number() + 1)
    }

    /// The socket of the container runtime if none is given and none is found.
    #[must_use]
    pub fn default_cri_socket(&self) -> &'static str {
        if self.has(Change::SocketsAreUrls) {
            "unix:///var/run/containerd/containerd.sock"
        } else {
            "/var/run/dockershim.sock"
        }
    }

    /// CRI-O's socket as this release spells it.
    #[must_use]
    pub fn crio_socket(&self) -> &'static str {
        if self.has(Change::SocketScheme) {
            "unix:///var/run/crio/crio.sock"
        } else {
            "/var/run/crio/crio.sock"
        }
    }

    /// Those of the sockets that kubeadm looks for, in its order and as it spells them.
    pub(crate) fn known_sockets(&self, present: &[String]) -> Vec<String> {
        let has = |path: &str| present.iter().any(|socket| socket.trim_start_matches("unix://") == path);
        if self.has(Change::SocketsAreUrls) {
            let known = [
                "/var/run/containerd/containerd.sock",
                "/var/run/crio/crio.sock",
                "/var/run/cri-dockerd.sock",
            ];
            return known.into_iter().filter(|path| has(path)).map(|path| format!("unix://{path}")).collect();
        }
        // Docker brings containerd along, so that of these two only Docker counts.
        let docker = has("/var/run/docker.sock").then_some("/var/run/dockershim.sock");
        let containerd = "/run/containerd/containerd.sock";
        let first = docker.or_else(|| has(containerd).then_some(containerd));
        let crio = has("/var/run/crio/crio.sock").then(|| self.crio_socket());
        first.into_iter().chain(crio).map(str::to_owned).collect()
    }

    /// How it asks for a socket when several answer.
    pub(crate) fn ask_for_socket(&self) -> &'static str {
        if !self.has(Change::SocketsAreUrls) {
            return "Found multiple CRI sockets, please use --cri-socket to select one";
        }
        if self.has(Change::LowerCaseFound) {
            "found multiple CRI endpoints on the host. Please define which one do you wish to use by setting the \
             'criSocket' field in the kubeadm configuration file"
        } else {
            "Found multiple CRI endpoints on the host. Please define which one do you wish to use by setting the \
             'criSocket' field in the kubeadm configuration file"
        }
    }

    /// The keys of the taints a control-plane node gets if none are given.
    #[must_use]
    pub const fn taint_keys(&self) -> &'static [&'static str] {
        self.row.taints
    }

    /// The oldest control plane it deploys.
    #[must_use]
    pub fn oldest_control_plane(&self) -> KubernetesVersion {
        Minor::new(self.minor().number().saturating_sub(1)).patch(0)
    }

    /// Its feature gates, each with whether it is only deprecated.
    pub(crate) fn feature_gates(&self) -> impl Iterator<Item = &'static table::Gate> {
        let minor = self.minor().number();
        table::GATES
            .iter()
            .filter(move |gate| (u64::from(gate.since)..=u64::from(gate.until)).contains(&minor))
    }

    /// The first minor without a gate of kubeadm's own, where it is gone.
    pub(crate) fn gate_gone_since(name: &str) -> Option<Minor> {
        let until = u64::from(table::GATES.iter().find(|gate| gate.name == name)?.until);
        (until < *Self::MINORS.end()).then(|| Minor::new(until + 1))
    }

    /// Whether the release behaves in that way.
    pub(crate) fn has(&self, change: Change) -> bool {
        change.is_in(&self.version)
    }

    /// A URL as the release reads it.
    pub(crate) fn url(&self, text: &str) -> Result<Url, InvalidUrl> {
        let strict = self.has(Change::UrlColonsAreStrict);
        Url::parse_with(text, if strict { Colons::Strict } else { Colons::Lenient })
    }
}

/// Reads a version such as `v1.31.4`.
impl std::str::FromStr for KubeadmRelease {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::of(&text.parse()?)
    }
}
