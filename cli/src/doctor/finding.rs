//! What a check says: how bad, what, by which evidence, what to do, and what could not be read.

use std::error::Error;
use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::SystemTime;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::chain::chain;

/// A moment as it is told: RFC 3339, in UTC.
pub(super) fn date(time: SystemTime) -> String {
    jiff::Timestamp::try_from(time).map(|stamp| stamp.to_string()).unwrap_or_default()
}

/// How much a finding matters. The worst is the maximum.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing; nothing has to be done.
    Note,
    /// It works now, and something will not: at the next boot, in the next release, under load.
    Warning,
    /// The host is not a working node with it.
    Error,
}

/// What a check is about.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Family {
    /// The machine: processors, clock, names, resolvers.
    Host,
    /// Kernel, modules, sysctls, swap, cgroups.
    Kernel,
    /// Addresses, routes, ports, firewalls, proxies.
    Network,
    /// Packages, repositories, versions.
    Packages,
    /// CRI-O, its runtimes and its socket.
    Runtime,
    /// Images, registries, signatures.
    Images,
    /// Disks and the container store.
    Storage,
    /// The kubelet's configuration and flags.
    Kubelet,
    /// Static pods, etcd and the API server.
    ControlPlane,
    /// Certificates, keys, kubeconfigs.
    Certificates,
    /// The network of pods.
    PodNetwork,
    /// Joining a cluster.
    Join,
    /// From one minor to the next.
    Upgrade,
    /// `SELinux`, `AppArmor`, seccomp.
    Lsm,
    /// Units and the journal.
    Systemd,
}

impl Severity {
    /// As JSON spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl Fix {
    /// As JSON spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Automatic => "automatic",
            Self::Unsafe => "unsafe",
            Self::Commands => "commands",
        }
    }
}

impl Family {
    /// Every family.
    pub const ALL: &[Self] = &[
        Self::Host,
        Self::Kernel,
        Self::Network,
        Self::Packages,
        Self::Runtime,
        Self::Images,
        Self::Storage,
        Self::Kubelet,
        Self::ControlPlane,
        Self::Certificates,
        Self::PodNetwork,
        Self::Join,
        Self::Upgrade,
        Self::Lsm,
        Self::Systemd,
    ];

    /// As JSON spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Kernel => "kernel",
            Self::Network => "network",
            Self::Packages => "packages",
            Self::Runtime => "runtime",
            Self::Images => "images",
            Self::Storage => "storage",
            Self::Kubelet => "kubelet",
            Self::ControlPlane => "control-plane",
            Self::Certificates => "certificates",
            Self::PodNetwork => "pod-network",
            Self::Join => "join",
            Self::Upgrade => "upgrade",
            Self::Lsm => "lsm",
            Self::Systemd => "systemd",
        }
    }
}

/// Where evidence was found.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, JsonSchema, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Kind {
    /// A file.
    File,
    /// The running kernel: `/proc`, `/sys`, a system call.
    Kernel,
    /// What a program answered.
    Command,
    /// A line of a log.
    Log,
    /// What the API server answered.
    Api,
}

/// One place that shows a finding.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Evidence {
    /// What kind of place.
    pub kind: Kind,
    /// The path, the command or the program.
    pub source: String,
    /// The line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// What stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// How often a log has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// When a log has it first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// When a log has it last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<String>,
}

/// What is wrong.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Finding {
    /// The check's name, which `k8sprep explain` knows.
    pub code: &'static str,
    /// What it is about.
    pub family: Family,
    /// How bad it is here.
    pub severity: Severity,
    /// What is the matter, one sentence without a full stop.
    pub message: String,
    /// The places that show it; where several should agree, all of them.
    pub evidence: Vec<Evidence>,
    /// What to do.
    pub cure: String,
    /// The cause that explains it, where it is only a symptom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explained_by: Option<&'static str>,
    /// Who can cure it.
    pub fix: Fix,
}

/// Who can cure what was found, and at what price.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, JsonSchema, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Fix {
    /// A plan that disturbs no pod and that `rollback` undoes.
    Automatic,
    /// A plan that stops or disturbs what runs: only where somebody asks for it.
    Unsafe,
    /// What the cure says, by hand.
    Commands,
}

/// What a check could not look at, and why. Never the same as "nothing is wrong".
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Unread {
    /// The path or the question.
    pub source: String,
    /// Why it could not be read.
    pub why: String,
    /// What the system said, where it was the system.
    #[serde(skip)]
    refusal: Option<ErrorKind>,
}

impl Evidence {
    /// A place without a line, or anything that is there.
    fn new(kind: Kind, source: impl Into<String>) -> Self {
        let source = source.into();
        Self { kind, source, line: None, column: None, value: None, count: None, first: None, last: None }
    }

    /// A file of the host.
    #[must_use]
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self::new(Kind::File, path.as_ref().display().to_string())
    }

    /// A file of `/proc` or `/sys`, or a system call.
    #[must_use]
    pub fn kernel(source: impl Into<String>) -> Self {
        Self::new(Kind::Kernel, source)
    }

    /// The answer of a program.
    #[must_use]
    pub fn command(source: impl Into<String>) -> Self {
        Self::new(Kind::Command, source)
    }

    /// An object that the API server has.
    #[must_use]
    pub fn api(object: impl Into<String>) -> Self {
        Self::new(Kind::Api, object)
    }

    /// The log of a program: how often it has such a line, when first and last.
    #[must_use]
    pub fn log(program: &str, count: u64, first: Option<String>, last: Option<String>) -> Self {
        Self { count: Some(count), first, last, ..Self::new(Kind::Log, program) }
    }

    /// The same place, at that line.
    #[must_use]
    pub fn line(self, line: impl TryInto<u32>) -> Self {
        Self { line: line.try_into().ok().filter(|line| *line > 0), ..self }
    }

    /// The same place, at that line and column.
    #[must_use]
    pub fn at(self, line: impl TryInto<u32>, column: impl TryInto<u32>) -> Self {
        Self { column: column.try_into().ok().filter(|column| *column > 0), ..self.line(line) }
    }

    /// The same place, with what stands there. Passwords in URLs are masked.
    #[must_use]
    pub fn value(self, value: impl fmt::Display) -> Self {
        Self { value: Some(host_prep::without_passwords(&value.to_string())), ..self }
    }
}

impl Evidence {
    /// The place with what stands there.
    pub(crate) fn with_value(&self) -> String {
        let value = self.value.as_ref().map(|value| format!(": {value}")).unwrap_or_default();
        format!("{self}{value}")
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        if let Some(count) = self.count {
            let last = self.last.as_ref().map(|last| format!(", last {last}")).unwrap_or_default();
            let times = if count == 1 { "time" } else { "times" };
            return write!(f, " ({count} {times}{last})");
        }
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
            if let Some(column) = self.column {
                write!(f, ":{column}")?;
            }
        }
        Ok(())
    }
}

impl Finding {
    /// With one more place that shows it.
    pub fn seen_at(&mut self, evidence: Evidence) -> &mut Self {
        self.evidence.push(evidence);
        self
    }

    /// With places that show it.
    pub fn seen_in(&mut self, evidence: impl IntoIterator<Item = Evidence>) -> &mut Self {
        self.evidence.extend(evidence);
        self
    }

    /// With what to do here, instead of what the check says in general.
    pub fn cured_by(&mut self, cure: impl Into<String>) -> &mut Self {
        self.cure = cure.into();
        self
    }
}

impl Unread {
    /// That a source could not be read, and why; which source it is stands before that, once.
    #[must_use]
    pub fn new(source: impl Into<String>, why: impl Into<String>) -> Self {
        let (source, why) = (source.into(), why.into());
        let why = why.strip_prefix(&format!("cannot read {source}: ")).map(str::to_owned).unwrap_or(why);
        Self { source, why, refusal: None }
    }

    /// That a source could not be read, and all the causes.
    #[must_use]
    pub fn because(source: impl Into<String>, error: &(dyn Error + 'static)) -> Self {
        let (mut cause, mut refusal) = (Some(error), None);
        while let Some(error) = cause.filter(|_| refusal.is_none()) {
            refusal = error.downcast_ref::<io::Error>().map(io::Error::kind);
            cause = error.source();
        }
        Self { refusal, ..Self::new(source, chain(error)) }
    }

    /// What the system said. A reason that a fact has is words alone, those of the system at their end.
    #[must_use]
    pub fn refusal(&self) -> Option<ErrorKind> {
        self.refusal.or_else(|| is_denial(&self.why).then_some(ErrorKind::PermissionDenied))
    }

    /// A question that only a running host answers.
    #[must_use]
    pub fn not_running(source: impl Into<String>) -> Self {
        Self::new(source, "this is a tree, not a running host")
    }
}

/// Whether a reason ends with the system's refusal for want of a right (`EACCES`): Rust writes the number of
/// an error behind its text.
pub(crate) fn is_denial(why: &str) -> bool {
    why.contains("(os error 13)")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_read_is_named_once() {
        let of = |why: &str| Unread::new("/a/b", why).why;
        assert_eq!(of("cannot read /a/b: Permission denied"), "Permission denied");
        assert_eq!(of("cannot read /a/b/c: Permission denied"), "cannot read /a/b/c: Permission denied");
        assert_eq!(of("it is no regular file"), "it is no regular file");
    }
}
