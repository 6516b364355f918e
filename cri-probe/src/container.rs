//! `/containers/{id}`: one container as a running CRI-O sees it.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::code::Code;
use crate::error::Error;
use crate::json::{Object, RawJson};
use crate::socket::Socket;

/// What CRI-O answers to `GET /containers/{id}`, of every release from 1.9 on.
///
/// What was pulled, where it logs, and the process of the host: for a tool that looks at one
/// container without the CRI. [`Client::container`](crate::Client::container) asks for it,
/// [`from_json`](Self::from_json) reads an answer that was kept.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Container {
    /// The name in CRI-O's store.
    pub name: String,
    /// The process of the container as the host sees it; 0 when it does not run.
    pub pid: i64,
    /// The image as it was asked for.
    pub image: String,
    /// The image as it was resolved.
    pub image_ref: String,
    /// Nanoseconds since the Unix epoch.
    pub created_time: i64,
    /// Labels given over CRI.
    pub labels: BTreeMap<String, String>,
    /// Annotations given over CRI.
    pub annotations: BTreeMap<String, String>,
    /// CRI-O's own annotations.
    pub crio_annotations: BTreeMap<String, String>,
    /// Where the container logs to.
    pub log_path: String,
    /// The mount point of the root file system.
    pub root: String,
    /// The id of the pod sandbox.
    pub sandbox: String,
    /// Addresses of the pod. Up to 1.15 CRI-O knew one, in a field of another name.
    pub ip_addresses: Vec<String>,
    /// Whether the pod uses the host's network; `None` before 1.33.4.
    pub host_network: Option<bool>,
    /// Fields no release up to 1.37 has, as they came.
    #[serde(flatten)]
    pub other: BTreeMap<String, RawJson>,
}

impl Container {
    /// Reads the body of a `/containers/{id}` answer; `socket` and `id` are for messages.
    ///
    /// # Errors
    /// [`Error::NotJson`] with line and column, or [`Error::UnexpectedJson`] with the field.
    pub fn from_json(socket: &Socket, id: &ContainerId, body: &[u8]) -> Result<Self, Error> {
        let endpoint = id.endpoint();
        let mut object = Object::parse(socket, &endpoint, body)?;
        let mut ip_addresses: Vec<String> = object.take("ip_addresses")?;
        let single: String = object.take("ip_address")?;
        if ip_addresses.is_empty() && !single.is_empty() {
            ip_addresses.push(single);
        }
        Ok(Self {
            name: object.require("name")?,
            pid: object.take("pid")?,
            image: object.take("image")?,
            image_ref: object.take("image_ref")?,
            created_time: object.take("created_time")?,
            labels: object.take("labels")?,
            annotations: object.take("annotations")?,
            crio_annotations: object.take("crio_annotations")?,
            log_path: object.take("log_path")?,
            root: object.take("root")?,
            sandbox: object.require("sandbox")?,
            ip_addresses,
            host_network: object.take_option("host_network")?,
            other: object.rest(),
        })
    }
}

/// The id of a container: letters, digits, `_`, `.` and `-`, so that it can only ever be one
/// segment of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ContainerId(String);

impl ContainerId {
    pub(crate) fn endpoint(&self) -> String {
        format!("/containers/{}", self.0)
    }
}

impl FromStr for ContainerId {
    type Err = InvalidContainerId;

    fn from_str(text: &str) -> Result<Self, InvalidContainerId> {
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
        let good = text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.len() <= 128
            && text.bytes().all(legal);
        if good { Ok(Self(text.to_owned())) } else { Err(InvalidContainerId(text.to_owned())) }
    }
}

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is no container id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a valid container ID: letters, digits, _, . and -, at most 128, beginning with a letter or digit"
)]
pub struct InvalidContainerId(String);

impl InvalidContainerId {
    /// The name of the fault.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::ContainerIdInvalid
    }
}
