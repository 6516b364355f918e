//! What can go wrong.

use crate::{Code, KeyPath, Place};

/// Why a file could not be read or an edit not be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum Error {
    /// The text is not TOML as CRI-O reads it.
    #[error("{place}: {message}")]
    Syntax { place: Place, message: String },
    /// A plain value stands where the path needs a table, or the other way round.
    #[error("{path} cannot be set: `{found}` at {place} is in the way")]
    InTheWay { path: KeyPath, place: Place, found: String },
    /// A registries file is written so that no `[[registry]]` can be put into it.
    #[error("{place}: {why}")]
    Registries { code: Code, place: Place, why: &'static str },
}

impl Error {
    /// The name of the fault.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Syntax { .. } => Code::CrioTomlBroken,
            Self::InTheWay { .. } => Code::KeyInTheWay,
            Self::Registries { code, .. } => *code,
        }
    }
}
