//! The manifest of a support archive: of which host, what was asked and answered, what is in it, what
//! was left out and what was hidden.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The schema of a manifest.
pub(super) const SCHEMA: &str = "k8sprep.support-archive/v1";

/// A manifest.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Manifest {
    /// [`SCHEMA`].
    pub(super) schema: String,
    /// The version of the program that wrote it.
    pub tool: String,
    /// When, RFC 3339.
    pub collected: String,
    /// The host.
    pub host: Of,
    /// What is in the archive, by name.
    pub members: BTreeMap<String, Member>,
    /// What was left out, and why.
    pub left_out: Vec<LeftOut>,
    /// Codes that the host has and the archive has not, or the other way: of what was left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differs: Vec<String>,
    /// What was asked of the host, and what it answered.
    pub(super) answers: Vec<Answered>,
}

/// The host that an archive is of.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Of {
    /// Its name, where it has one.
    pub name: Option<String>,
    /// The directory that its tree was at.
    pub root: String,
    /// Whether a kernel ran under it.
    pub running: bool,
    /// This boot of the kernel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub boot_id: Option<String>,
}

/// A file of an archive.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Member {
    /// SHA-256 of what is in the archive, in hexadecimal.
    pub sha256: String,
    /// Bytes of it.
    pub size: u64,
    /// Bytes that it had on the host.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_on_host: Option<u64>,
    /// The path or the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// How often which kind of secret was hidden in it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub hidden: BTreeMap<String, u32>,
}

/// What was left out.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LeftOut {
    /// The path or the command.
    pub source: String,
    /// Why.
    pub why: String,
}

/// A question with its answer.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Answered {
    /// The path, the system call or the command.
    pub(super) of: String,
    pub(super) asked: Asked,
    /// For heads and tails: at most so many bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) most: Option<u64>,
    pub(super) answer: Said,
}

/// [`host_prep::fs::Question`] as the manifest spells it.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Asked {
    Whole,
    Head,
    Tail,
    Names,
    Kind,
    KindOfLink,
    Link,
    Mode,
    System,
    Program,
}

/// [`host_prep::fs::Answer`] as the manifest spells it.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Said {
    Nothing,
    /// The name of a member.
    Member(String),
    /// A short text.
    Text(String),
    Names(Vec<String>),
    Kind(What),
    Link(String),
    Mode(u32),
    Ended(Ended),
    Failed(String),
    TooLarge(u64),
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum What {
    File,
    Directory,
    Symlink,
    Other,
}

/// How a program ended; what it wrote are members.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
pub(super) struct Ended {
    pub(super) status: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stdout: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) stderr: Option<String>,
}
