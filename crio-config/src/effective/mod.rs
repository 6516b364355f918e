//! The configuration CRI-O ends up with: defaults, main file and drop-ins merged as a release
//! merges them.

mod builtin;
mod command;
mod decode;
pub(crate) mod go;
mod merge;
mod print;
mod settings;

pub(crate) use builtin::runtime_name;
pub(crate) use decode::{Change, Overlooked, Reason};
pub(crate) use merge::{FileReport, Merger};
pub(crate) use settings::handler_path;
pub use settings::{CommandOrigin, Effective, FileOrigin, Origin, Setting};

use crate::{Release, Sources};

/// How far CRI-O gets before it gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Stage {
    /// A file cannot be read or decoded.
    Load,
    /// The merged configuration breaks a rule.
    Validate,
    /// CRI-O itself dies with a Go panic.
    Crash,
}

/// CRI-O does not start with this configuration.
///
/// No error of this crate: the files were read, and this is what CRI-O would end with. `text` is its
/// message word for word, so that it can be looked for in a journal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
#[non_exhaustive]
pub struct Refusal {
    /// How far it gets.
    pub stage: Stage,
    /// The message CRI-O ends with, in full.
    pub text: String,
    /// The value at fault, where it comes from a file.
    pub origin: Option<FileOrigin>,
}

/// A merged configuration that has not been checked yet.
///
/// To look at what the files amount to, take `config`; to know whether CRI-O starts with it, call
/// [`validate`](Self::validate).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Merged {
    /// What the files amount to.
    pub config: Effective,
    /// What CRI-O logs while it reads them, level first: `warning: …`.
    pub warnings: Vec<String>,
}

/// Reads and merges the files as a release does.
///
/// # Errors
/// The first thing CRI-O stumbles over, in its words.
///
/// Pure: whatever the host has is in `sources`. Rules that hold for the whole are not applied yet;
/// [`Merged::validate`] does so, and [`check`](crate::check) does both and goes on after the first
/// fault.
///
/// ```
/// use crio_config::{CrioHost, Sources, Stage, merge};
///
/// let broken = Sources::new().with_main("/etc/crio/crio.conf", "[crio.runtime\n");
/// let refusal = merge(&broken, "1.34".parse()?).unwrap_err();
/// assert_eq!(refusal.stage, Stage::Load);
///
/// let odd = "[crio.image]\nimage_volumes = \"x\"\n";
/// let odd = Sources::new().with_main("/etc/crio/crio.conf", odd);
/// let merged = merge(&odd, "1.34".parse()?)?;
/// let refusals = merged.validate(&CrioHost::unknown()).unwrap_err();
/// assert_eq!(refusals[0].stage, Stage::Validate);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn merge(sources: &Sources, release: Release) -> Result<Merged, Refusal> {
    let mut merger = Merger::new(release);
    for report in merger.read_all(sources) {
        if let Some(refusal) = report.refusals.into_iter().next() {
            return Err(refusal);
        }
    }
    Ok(merger.finish())
}
