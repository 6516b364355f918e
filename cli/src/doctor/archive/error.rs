//! Why a support archive cannot be read or is not written.
//!
//! An archive comes from somebody else and may be broken, hostile or of a later release: each of
//! these is a variant of its own, since what is to be done differs. Paths are those of the
//! archive; members are named as the manifest has them.

use std::path::PathBuf;

use crate::Code;

/// Why a support archive cannot be read or is not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum ArchiveError {
    /// The system does not give the file.
    #[error("cannot read {}", .path.display())]
    Read { path: PathBuf, source: std::io::Error },
    /// It is no gzip, no tar, cut off, or has no manifest that can be read.
    #[error("{} is no support archive, or is damaged: {why}", .path.display())]
    Damaged { path: PathBuf, why: String },
    /// A link, a device, a name that leads elsewhere, a name twice.
    #[error("{} is refused: {what}", .path.display())]
    Refused { path: PathBuf, what: String },
    /// More than an archive of this program can have.
    #[error("{} is refused: {what}", .path.display())]
    TooLarge { path: PathBuf, what: String },
    /// What is in it is not what its manifest says.
    #[error("{}: {member} is not what the manifest says; it was changed or damaged", .path.display())]
    Digest { path: PathBuf, member: String },
    /// The manifest is of a kind that is not known here.
    #[error("{} has the schema {schema:?}, which is not known here; use a newer k8sprep", .path.display())]
    Newer { path: PathBuf, schema: String },
    /// Something that looks like a secret is in the finished archive.
    #[error(
        "nothing was written: {} looks like {what}, and an archive must not have one; report it",
        .member
    )]
    Secret { member: String, what: &'static str },
    /// What is at the place of the archive is not one of ours.
    #[error("{} is there already and {why}; it is left alone", .path.display())]
    Occupied { path: PathBuf, why: &'static str },
    /// What host-prep says of a file or a host.
    #[error(transparent)]
    Host(#[from] host_prep::Error),
}

impl ArchiveError {
    /// The name of the fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Read { .. } => host_prep::Code::FileUnreadable.as_str(),
            Self::Damaged { .. } => Code::SupportArchiveDamaged.as_str(),
            Self::Refused { .. } => Code::SupportArchiveRefused.as_str(),
            Self::TooLarge { .. } => Code::SupportArchiveTooLarge.as_str(),
            Self::Digest { .. } => Code::SupportArchiveChanged.as_str(),
            Self::Newer { .. } => Code::SupportArchiveNewer.as_str(),
            Self::Secret { .. } => Code::SupportArchiveHasSecret.as_str(),
            Self::Occupied { .. } => Code::SupportArchivePlaceTaken.as_str(),
            Self::Host(error) => error.code().as_str(),
        }
    }
}
