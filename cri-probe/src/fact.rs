//! What can be known of a runtime, who says it, and where the sayings differ.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::code::Code;
use crate::cri::{Condition, Filesystem, Status};
use crate::info::Info;
use crate::probe::{Probe, Source};

/// One thing to know of a runtime.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Fact {
    /// Its name.
    Runtime,
    /// Its release.
    RuntimeVersion,
    /// Generation of CRI it serves.
    CriApi,
    /// Whether it says it is ready.
    RuntimeReady,
    /// Whether pods get a network; if not, the detail has the reason.
    NetworkReady,
    /// Who makes the cgroups.
    CgroupDriver,
    /// The image that holds a pod's namespaces.
    SandboxImage,
    /// Driver of containers-storage.
    StorageDriver,
    /// Directory of containers-storage.
    StorageRoot,
    /// Separate directory for images.
    ImageStore,
    /// The handler of pods that name none.
    DefaultHandler,
    /// All handlers, in alphabetical order.
    Handlers,
    /// Where images lie; the detail says how full it is.
    ImageFilesystem,
    /// How many pod sandboxes are ready; the detail counts the others.
    PodSandboxes,
}

impl Fact {
    /// All of them, in the order of a report.
    pub const ALL: &[Self] = &[
        Self::Runtime,
        Self::RuntimeVersion,
        Self::CriApi,
        Self::RuntimeReady,
        Self::NetworkReady,
        Self::CgroupDriver,
        Self::SandboxImage,
        Self::StorageDriver,
        Self::StorageRoot,
        Self::ImageStore,
        Self::DefaultHandler,
        Self::Handlers,
        Self::ImageFilesystem,
        Self::PodSandboxes,
    ];

    /// The name, with dashes.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Runtime => "runtime",
            Self::RuntimeVersion => "runtime-version",
            Self::CriApi => "cri-api",
            Self::RuntimeReady => "runtime-ready",
            Self::NetworkReady => "network-ready",
            Self::CgroupDriver => "cgroup-driver",
            Self::SandboxImage => "sandbox-image",
            Self::StorageDriver => "storage-driver",
            Self::StorageRoot => "storage-root",
            Self::ImageStore => "image-store",
            Self::DefaultHandler => "default-handler",
            Self::Handlers => "handlers",
            Self::ImageFilesystem => "image-filesystem",
            Self::PodSandboxes => "pod-sandboxes",
        }
    }

    /// Whom to ask, the most authoritative first.
    #[must_use]
    pub fn sources(self) -> &'static [Source] {
        match self {
            Self::Runtime | Self::RuntimeVersion | Self::CriApi => &[Source::Version],
            Self::RuntimeReady | Self::NetworkReady | Self::Handlers => &[Source::Status],
            Self::CgroupDriver => &[Source::RuntimeConfig, Source::Status, Source::Info, Source::Config],
            Self::SandboxImage | Self::DefaultHandler => &[Source::Status, Source::Config],
            Self::StorageDriver | Self::StorageRoot | Self::ImageStore => &[Source::Info, Source::Config],
            Self::ImageFilesystem => &[Source::ImageFsInfo],
            Self::PodSandboxes => &[Source::ListPodSandbox],
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Fact {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl FromStr for Fact {
    type Err = UnknownFact;

    fn from_str(name: &str) -> Result<Self, UnknownFact> {
        Self::ALL
            .iter()
            .copied()
            .find(|fact| fact.as_str() == name)
            .ok_or_else(|| UnknownFact(name.to_owned()))
    }
}

/// A name no [`Fact`] has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name:?} is nothing a runtime can be asked; the facts are {}", names(), name = .0)]
pub struct UnknownFact(String);

impl UnknownFact {
    /// The name of the fault.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::FactUnknown
    }
}

fn names() -> String {
    Fact::ALL.iter().map(|fact| fact.as_str()).collect::<Vec<_>>().join(", ")
}

/// Somebody's saying about a fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "callers add what they read from /config")]
pub struct Claim {
    /// About what.
    pub fact: Fact,
    /// Who says it.
    pub origin: Source,
    /// What is said. Yes and no are `true` and `false`.
    pub value: String,
    /// Reasons or amounts, for people; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub detail: String,
}

impl Claim {
    /// A claim without detail.
    #[must_use]
    pub fn new(fact: Fact, origin: Source, value: impl fmt::Display) -> Self {
        Self { fact, origin, value: value.to_string(), detail: String::new() }
    }

    fn detailed(self, detail: String) -> Self {
        Self { detail, ..self }
    }
}

/// A fact that not everybody sees the same.
///
/// ```
/// use cri_probe::{Claim, Disagreement, Fact, Source};
///
/// let claims = [
///     Claim::new(Fact::CgroupDriver, Source::RuntimeConfig, "systemd"),
///     Claim::new(Fact::CgroupDriver, Source::Info, "cgroupfs"),
///     Claim::new(Fact::NetworkReady, Source::Status, true),
/// ];
/// let disputed = Disagreement::among(&claims);
/// assert_eq!(disputed.len(), 1);
/// assert_eq!(
///     disputed[0].to_string(),
///     "cgroup-driver is \"systemd\" by RuntimeConfig, \"cgroupfs\" by /info"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Disagreement {
    /// About what.
    pub fact: Fact,
    /// All that is said about it.
    pub claims: Vec<Claim>,
}

impl Disagreement {
    /// Every fact with more than one value among `claims`.
    #[must_use]
    pub fn among(claims: &[Claim]) -> Vec<Self> {
        let about = |fact: Fact| claims.iter().filter(move |claim| claim.fact == fact);
        let differ =
            |fact: Fact| about(fact).any(|claim| Some(&claim.value) != about(fact).next().map(|c| &c.value));
        let disputed = Fact::ALL.iter().copied().filter(|fact| differ(*fact));
        disputed.map(|fact| Self { fact, claims: about(fact).cloned().collect() }).collect()
    }
}

impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.fact)?;
        for (index, claim) in self.claims.iter().enumerate() {
            let before = if index == 0 { " is" } else { "," };
            write!(f, "{before} {:?} by {}", claim.value, claim.origin.as_str())?;
        }
        Ok(())
    }
}

impl Probe {
    /// All that the answers say, by fact and then by authority. `/config` is the caller's to read;
    /// claims from it belong behind these.
    #[must_use]
    pub fn claims(&self) -> Vec<Claim> {
        let mut claims = Vec::new();
        if let Some(version) = &self.version {
            claims.push(Claim::new(Fact::Runtime, Source::Version, &version.runtime_name));
            claims.push(Claim::new(Fact::RuntimeVersion, Source::Version, &version.runtime_version));
            claims.push(Claim::new(Fact::CriApi, Source::Version, version.api));
        }
        if let Some(driver) = &self.cgroup_driver {
            claims.push(Claim::new(Fact::CgroupDriver, Source::RuntimeConfig, driver));
        }
        self.status.iter().for_each(|status| of_status(status, &mut claims));
        self.info.iter().for_each(|info| of_info(info, &mut claims));
        let filesystems = self.image_filesystems.iter().flat_map(|all| &all.images);
        claims.extend(filesystems.map(of_filesystem));
        if let Some(pods) = self.pod_sandboxes {
            let claim = Claim::new(Fact::PodSandboxes, Source::ListPodSandbox, pods.ready);
            claims.push(claim.detailed(format!("{} not ready", pods.not_ready)));
        }
        claims.sort_by_key(|claim| claim.fact);
        claims
    }

    /// What the answers say differently: [`Disagreement::among`] its [`claims`](Self::claims).
    #[must_use]
    pub fn disagreements(&self) -> Vec<Disagreement> {
        Disagreement::among(&self.claims())
    }
}

fn of_status(status: &Status, claims: &mut Vec<Claim>) {
    let from = Source::Status;
    for (fact, kind) in [(Fact::RuntimeReady, "RuntimeReady"), (Fact::NetworkReady, "NetworkReady")] {
        let condition = status.condition(kind);
        claims.extend(condition.map(|it| Claim::new(fact, from, it.status).detailed(reason(it))));
    }
    let settings = status.settings();
    claims.extend(settings.cgroup_driver.map(|driver| Claim::new(Fact::CgroupDriver, from, driver)));
    claims.extend(settings.sandbox_image.map(|image| Claim::new(Fact::SandboxImage, from, image)));
    claims.extend(settings.default_handler.map(|handler| Claim::new(Fact::DefaultHandler, from, handler)));
    let mut names: Vec<&str> = status.handlers.iter().map(|handler| handler.name.as_str()).collect();
    names.retain(|name| !name.is_empty());
    names.sort_unstable();
    if !names.is_empty() {
        claims.push(Claim::new(Fact::Handlers, from, names.join(" ")));
    }
}

fn of_info(info: &Info, claims: &mut Vec<Claim>) {
    let from = Source::Info;
    claims.push(Claim::new(Fact::CgroupDriver, from, &info.cgroup_driver));
    claims.push(Claim::new(Fact::StorageDriver, from, &info.storage_driver));
    claims.push(Claim::new(Fact::StorageRoot, from, &info.storage_root));
    claims.extend(info.storage_image.as_ref().map(|image| Claim::new(Fact::ImageStore, from, image)));
}

fn of_filesystem(filesystem: &Filesystem) -> Claim {
    let amount = |what: &str, known: Option<u64>| known.map(|amount| format!("{amount} {what}"));
    let detail = [amount("bytes", filesystem.used_bytes), amount("inodes", filesystem.inodes_used)];
    let detail: Vec<String> = detail.into_iter().flatten().collect();
    Claim::new(Fact::ImageFilesystem, Source::ImageFsInfo, &filesystem.mountpoint).detailed(detail.join(", "))
}

fn reason(condition: &Condition) -> String {
    match (condition.reason.as_str(), condition.message.as_str()) {
        ("", message) => message.to_owned(),
        (reason, "") => reason.to_owned(),
        (reason, message) => format!("{reason}: {message}"),
    }
}
