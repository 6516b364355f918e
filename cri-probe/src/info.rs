//! `/info`: storage, cgroup driver and id mappings of a running CRI-O.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, Serializer};

use crate::error::Error;
use crate::json::{Object, RawJson};
use crate::socket::Socket;

/// The path of the endpoint.
pub(crate) const ENDPOINT: &str = "/info";

/// What CRI-O answers to `GET /info`, of every release from 1.9 on.
///
/// ```
/// use cri_probe::{Info, Socket};
///
/// let body = br#"{"storage_driver":"overlay","storage_root":"/var/lib/containers/storage",
///     "cgroup_driver":"systemd","new_in_2030":true}"#;
/// let info = Info::from_json(&Socket::crio(), body)?;
/// assert_eq!(info.storage_driver, "overlay");
/// assert_eq!(info.other["new_in_2030"].as_str(), "true");
/// # Ok::<(), cri_probe::Error>(())
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Info {
    /// Name of the containers-storage driver, as `overlay` or `vfs`.
    pub storage_driver: String,
    /// Where containers-storage keeps its layers, as `/var/lib/containers/storage`.
    pub storage_root: String,
    /// The separate image store; `None` before 1.29, empty when none is configured.
    pub storage_image: Option<String>,
    /// Who makes the cgroups. The kubelet must be of the same opinion.
    pub cgroup_driver: RuntimeCgroupDriver,
    /// User namespace mappings; `None` before 1.11.
    pub default_id_mappings: Option<IdMappings>,
    /// Fields no release up to 1.37 has, as they came.
    #[serde(flatten)]
    pub other: BTreeMap<String, RawJson>,
}

impl Info {
    /// Reads the body of an `/info` answer; `socket` is for messages.
    ///
    /// # Errors
    /// [`Error::NotJson`] with line and column, or [`Error::UnexpectedJson`] with the field.
    pub fn from_json(socket: &Socket, body: &[u8]) -> Result<Self, Error> {
        let mut object = Object::parse(socket, ENDPOINT, body)?;
        Ok(Self {
            storage_driver: object.require("storage_driver")?,
            storage_root: object.require("storage_root")?,
            // Older ones lack the field; CRI-O has it since the separate image store (1.29).
            storage_image: object.take_option("storage_image")?,
            cgroup_driver: RuntimeCgroupDriver::from(object.require::<String>("cgroup_driver")?),
            default_id_mappings: object.take_option("default_id_mappings")?,
            other: object.rest(),
        })
    }
}

/// Who makes the cgroups of pods and containers.
///
/// Compare it with the kubelet's `cgroupDriver` by [`as_str`](Self::as_str): the two words are the
/// same.
///
/// ```
/// use cri_probe::RuntimeCgroupDriver;
///
/// assert_eq!(RuntimeCgroupDriver::from("systemd".to_owned()), RuntimeCgroupDriver::Systemd);
/// assert_eq!(RuntimeCgroupDriver::Other("x".into()).as_str(), "x");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RuntimeCgroupDriver {
    /// systemd, as slices and scopes. CRI-O's default since 1.18, kubeadm's for the kubelet since
    /// 1.22.
    Systemd,
    /// The runtime itself, in the cgroup file system.
    Cgroupfs,
    /// A value that is neither; CRI-O up to 1.18 passes on what its configuration says.
    Other(String),
}

impl RuntimeCgroupDriver {
    /// The word Kubernetes and CRI-O use.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Systemd => "systemd",
            Self::Cgroupfs => "cgroupfs",
            Self::Other(value) => value,
        }
    }
}

impl From<String> for RuntimeCgroupDriver {
    fn from(value: String) -> Self {
        match value.as_str() {
            "systemd" => Self::Systemd,
            "cgroupfs" => Self::Cgroupfs,
            _ => Self::Other(value),
        }
    }
}

impl FromStr for RuntimeCgroupDriver {
    type Err = Infallible;

    fn from_str(value: &str) -> Result<Self, Infallible> {
        Ok(Self::from(value.to_owned()))
    }
}

impl fmt::Display for RuntimeCgroupDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RuntimeCgroupDriver {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The user and group mappings of containers that ask for none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct IdMappings {
    /// Users.
    #[serde(deserialize_with = "crate::json::nullable")]
    pub uids: Vec<IdMap>,
    /// Groups.
    #[serde(deserialize_with = "crate::json::nullable")]
    pub gids: Vec<IdMap>,
}

/// `size` ids from `container_id` inside are `host_id` and following outside.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct IdMap {
    /// First id inside.
    pub container_id: i64,
    /// First id outside.
    pub host_id: i64,
    /// How many; 4294967295 maps all of them to themselves.
    pub size: i64,
}
