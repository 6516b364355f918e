//! From docker or containerd to CRI-O: what there is on a host, what stands in the way, and the
//! steps in their order. Only reads.
//!
//! ```
//! use std::time::SystemTime;
//!
//! use k8sprep::doctor::Inspection;
//! use k8sprep::host_prep::{Host, fs::Root};
//! use k8sprep::migrate::{PlanOptions, Status, plan};
//!
//! # let dir = tempfile::tempdir()?;
//! # let env = dir.path().join("var/lib/kubelet");
//! # std::fs::create_dir_all(&env)?;
//! # std::fs::write(env.join("config.yaml"), "containerRuntimeEndpoint: unix:///run/containerd/containerd.sock\n")?;
//! let host = Host::offline(Root::open(dir.path())?);
//! let plan = plan(&Inspection::of(&host, SystemTime::UNIX_EPOCH), &PlanOptions::default())?;
//! assert_eq!(plan.in_use.runtime.as_str(), "containerd");
//! assert_eq!((plan.status(), plan.places[0].line), (Status::Ready, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod collect;
#[cfg(any(feature = "api", test))]
pub(crate) mod edit;
mod flag;
mod in_use;
mod others;
mod places;
mod step;
#[cfg(test)]
mod tests;

use crio_config::Release;

use crate::Code;
use crate::doctor::{Inspection, Unread};
use crate::translate::{self, Error as TranslateError, Fate, Input, Translation};

pub use collect::{MOST_FILES, configuration, new_places};
pub use in_use::{InUse, Runtime};
pub use places::NamedPlace;
pub use step::{Step, Undo};

/// How to plan.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct PlanOptions {
    /// The CRI-O that is to be the runtime; none: of the kubelet's minor.
    pub release: Option<Release>,
    /// What was found and is to stop nothing, by code.
    pub despite: Vec<String>,
}

/// Something that stands in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// The name of the fault.
    pub code: Code,
    /// The file, with a line where one says it.
    pub place: String,
    /// What was found.
    pub what: String,
    /// Whether it was said that it stops nothing.
    pub accepted: bool,
}

/// Whether the change can begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a program that reads it has to meet each of them")]
pub enum Status {
    /// CRI-O is the runtime already.
    Done,
    /// Nothing stands in the way.
    Ready,
    /// Something has to be mended or accepted first.
    Blocked,
    /// Something could not be read that may stand in the way.
    Undecided,
}

impl Status {
    /// The word for it in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Ready => "ready",
            Self::Blocked => "blocked",
            Self::Undecided => "undecided",
        }
    }
}

/// What would be done, and what stands in the way.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MigrationPlan {
    /// The runtime of the kubelet.
    pub in_use: InUse,
    /// What the node is: `control-plane`, `worker`.
    pub role: &'static str,
    /// The kubelet's minor, where something on the host says it.
    pub kubelet: Option<u64>,
    /// The CRI-O that the files are for.
    pub release: Release,
    /// Where files of the host name the old runtime.
    pub places: Vec<NamedPlace>,
    /// What stands in the way.
    pub verdicts: Vec<Verdict>,
    /// What could not be read.
    pub unread: Vec<Unread>,
    /// The old configuration in CRI-O's files; none where there is no file of it.
    pub translation: Option<Translation>,
    /// The steps in their order; none where there is nothing to do.
    pub steps: Vec<Step>,
}

impl MigrationPlan {
    /// Whether the change can begin.
    #[must_use]
    pub fn status(&self) -> Status {
        if self.in_use.runtime == Runtime::Crio {
            Status::Done
        } else if self.verdicts.iter().any(|verdict| !verdict.accepted) {
            Status::Blocked
        } else if self.unread.is_empty() {
            Status::Ready
        } else {
            Status::Undecided
        }
    }
}

/// Why no plan can be made.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum Error {
    /// Nothing on the host says which runtime the kubelet uses.
    #[error(
        "which runtime the kubelet uses cannot be told: neither its flags nor its configuration nor its version says it"
    )]
    RuntimeUnknown,
    /// What decides it cannot be read.
    #[error("{}: {}", .0.source, .0.why)]
    Unread(Unread),
    /// The old configuration cannot be read.
    #[error(transparent)]
    Configuration(#[from] TranslateError),
    /// More files than a configuration has.
    #[error("there are more than {limit} files below {place}: this is no runtime's configuration")]
    TooManyFiles { place: String, limit: usize },
    /// The host cannot be read.
    #[error("{0}")]
    Host(String, host_prep::Code),
}

impl Error {
    /// The name of the fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::RuntimeUnknown => Code::RuntimeInUseUnknown.as_str(),
            Self::Unread(_) => host_prep::Code::FileUnreadable.as_str(),
            Self::Configuration(error) => error.code().as_str(),
            Self::TooManyFiles { .. } => Code::RuntimeConfigUnrecognised.as_str(),
            Self::Host(_, code) => code.as_str(),
        }
    }
}

/// Looks at a host, and plans.
///
/// # Errors
/// Where it cannot be told which runtime the kubelet uses, or what that is configured to.
pub fn plan(seen: &Inspection<'_>, options: &PlanOptions) -> Result<MigrationPlan, Error> {
    let in_use = in_use::of(seen)?;
    let kubelet = in_use::minor(seen);
    let minor = kubelet.and_then(|minor| format!("1.{minor}").parse().ok());
    let release = options.release.or(minor).unwrap_or(Release::NEWEST);
    let mut unread = Vec::new();
    let translation = match in_use.runtime.old() {
        Some(old) => {
            let root = seen.host().root();
            let (from, places) = (Some(old), new_places(root));
            translated(&configuration(root)?, &translate::Options { release, from, places })?
        }
        None => None,
    };
    let mut verdicts = others::found(seen, translation.as_ref(), &mut unread);
    verdicts.extend(translation.iter().flat_map(Translation::open).map(of_fate));
    for verdict in &mut verdicts {
        verdict.accepted = options.despite.iter().any(|code| *code == verdict.code.as_str());
    }
    let role = if seen.is_control_plane().map_err(Error::Unread)? { "control-plane" } else { "worker" };
    let steps = match in_use.runtime {
        Runtime::Crio => Vec::new(),
        _ => step::all(&in_use, role == "control-plane"),
    };
    let places = places::named(seen, kubelet.unwrap_or_else(|| u64::from(release.minor())), &mut unread);
    Ok(MigrationPlan { in_use, role, kubelet, release, places, verdicts, unread, translation, steps })
}

fn translated(files: &[Input], options: &translate::Options) -> Result<Option<Translation>, Error> {
    match translate::translate(files, options) {
        Ok(told) => Ok(Some(told)),
        // The runtime's defaults.
        Err(TranslateError::Nothing) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn of_fate(fate: &Fate) -> Verdict {
    let line = fate.place.map(|place| format!(":{}", place.line)).unwrap_or_default();
    Verdict {
        code: fate.outcome.code().unwrap_or(Code::RuntimeSettingByHand),
        place: format!("{}{line}", fate.file),
        what: format!("{}: {}", fate.key, fate.outcome.text()),
        accepted: false,
    }
}
