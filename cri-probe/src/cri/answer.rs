//! What a runtime says over CRI, typed.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{CriApi, Settings};
use crate::info::RuntimeCgroupDriver;
use crate::proto::runtime_v1 as proto;

/// Answer to `Version`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Version {
    /// As the runtime calls itself: `cri-o`, `containerd`, `docker` (cri-dockerd).
    pub runtime_name: String,
    /// The release, as `1.31.13`.
    pub runtime_version: String,
    /// What it says of its CRI. CRI-O up to 1.20 says `v1alpha1` and serves v1alpha2.
    pub runtime_api_version: String,
    /// Over which CRI it answered.
    pub api: CriApi,
}

impl Version {
    pub(super) fn new(answer: proto::VersionResponse, api: CriApi) -> Self {
        Self {
            runtime_name: answer.runtime_name,
            runtime_version: answer.runtime_version,
            runtime_api_version: answer.runtime_api_version,
            api,
        }
    }
}

/// Answer to a verbose `Status`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// `RuntimeReady`, `NetworkReady` and what else the runtime has.
    pub conditions: Vec<Condition>,
    /// What it adds when verbose; values are mostly JSON. CRI-O from 1.27 on.
    pub info: BTreeMap<String, String>,
    /// CRI-O from 1.30 on, containerd from 2.0. The default one comes a second time under the name
    /// "".
    pub handlers: Vec<Handler>,
}

impl Status {
    /// The condition of that type.
    #[must_use]
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions.iter().find(|condition| condition.kind == kind)
    }

    /// The configuration that the verbose part tells of.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.info.get("config").map(|json| Settings::from_json(json)).unwrap_or_default()
    }
}

impl From<proto::StatusResponse> for Status {
    fn from(answer: proto::StatusResponse) -> Self {
        let conditions = answer.status.unwrap_or_default().conditions;
        Self {
            conditions: conditions.into_iter().map(Condition::from).collect(),
            info: answer.info,
            handlers: answer.runtime_handlers.into_iter().map(Handler::from).collect(),
        }
    }
}

/// One condition of a runtime.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Condition {
    /// Its type, as `NetworkReady`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it holds.
    pub status: bool,
    /// Why not, as one word.
    pub reason: String,
    /// Why not, for people.
    pub message: String,
}

impl From<proto::RuntimeCondition> for Condition {
    fn from(condition: proto::RuntimeCondition) -> Self {
        Self {
            kind: condition.r#type,
            status: condition.status,
            reason: condition.reason,
            message: condition.message,
        }
    }
}

/// A way to run containers that a RuntimeClass can name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Handler {
    /// Empty for the default handler.
    pub name: String,
    /// Whether read-only mounts can be read-only all the way down.
    pub recursive_read_only_mounts: bool,
    /// Whether pods can have user namespaces.
    pub user_namespaces: bool,
}

impl From<proto::RuntimeHandler> for Handler {
    fn from(handler: proto::RuntimeHandler) -> Self {
        let features = handler.features.unwrap_or_default();
        Self {
            name: handler.name,
            recursive_read_only_mounts: features.recursive_read_only_mounts,
            user_namespaces: features.user_namespaces,
        }
    }
}

/// Answer to `ImageFsInfo`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImageFilesystems {
    /// Where images lie.
    pub images: Vec<Filesystem>,
    /// Where containers write; CRI-O 1.29.0 and from 1.30 on.
    pub containers: Vec<Filesystem>,
}

impl From<proto::ImageFsInfoResponse> for ImageFilesystems {
    fn from(answer: proto::ImageFsInfoResponse) -> Self {
        let read = |list: Vec<proto::FilesystemUsage>| list.into_iter().map(Filesystem::from).collect();
        Self { images: read(answer.image_filesystems), containers: read(answer.container_filesystems) }
    }
}

/// How full one place is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Filesystem {
    /// The directory.
    pub mountpoint: String,
    /// Bytes in it, if known.
    pub used_bytes: Option<u64>,
    /// Inodes in it, if known.
    pub inodes_used: Option<u64>,
}

impl From<proto::FilesystemUsage> for Filesystem {
    fn from(usage: proto::FilesystemUsage) -> Self {
        Self {
            mountpoint: usage.fs_id.unwrap_or_default().mountpoint,
            used_bytes: usage.used_bytes.map(|bytes| bytes.value),
            inodes_used: usage.inodes_used.map(|inodes| inodes.value),
        }
    }
}

/// Answer to `ListPodSandbox`, counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PodSandboxes {
    /// Those that run.
    pub ready: usize,
    /// Those that ended or failed and are not yet removed.
    pub not_ready: usize,
}

impl From<proto::ListPodSandboxResponse> for PodSandboxes {
    fn from(answer: proto::ListPodSandboxResponse) -> Self {
        // `SANDBOX_READY` is 0, so an absent field counts as ready, as it does for the kubelet.
        let ready = proto::PodSandboxState::SandboxReady as i32;
        let total = answer.items.len();
        let ready = answer.items.iter().filter(|pod| pod.state == ready).count();
        Self { ready, not_ready: total - ready }
    }
}

impl RuntimeCgroupDriver {
    /// The enum of `RuntimeConfig`, where 0, the value of an absent field, is systemd.
    pub(super) fn from_wire(value: i32) -> Self {
        match proto::CgroupDriver::try_from(value) {
            Ok(proto::CgroupDriver::Systemd) => Self::Systemd,
            Ok(proto::CgroupDriver::Cgroupfs) => Self::Cgroupfs,
            Err(_) => Self::Other(value.to_string()),
        }
    }
}
