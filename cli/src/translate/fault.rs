//! What keeps a file from being translated, and what becomes of each of its keys.

use std::fmt;

use crate::Code;

/// A place in a file, both numbers from 1 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_structs, reason = "line and column are all there is to a place")]
pub struct Place {
    /// Line of the file.
    pub line: u32,
    /// Character of the line.
    pub column: u32,
}

/// A file that cannot be read as what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The file as it was named.
    pub file: String,
    /// Where, if that is known.
    pub place: Option<Place>,
    /// What is wrong, without a secret of the file.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some(place) => write!(f, "{}:{}:{}: {}", self.file, place.line, place.column, self.what),
            None => write!(f, "{}: {}", self.file, self.what),
        }
    }
}

/// Why nothing was translated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum Error {
    /// Files that cannot be read as what they are, all of them.
    #[error("{}", lines(.faults))]
    Unreadable { faults: Vec<Fault> },
    /// Files that are of no runtime that is known here.
    #[error("what {} is cannot be told: neither its name nor what is in it says it", .files.join(", "))]
    Unrecognised { files: Vec<String> },
    /// Files of two runtimes.
    #[error(
        "{docker} is docker's and {containerd} is containerd's: which of the two the kubelet used is not said"
    )]
    TwoRuntimes { docker: String, containerd: String },
    /// No file of a runtime at all.
    #[error("there is no file of docker or containerd to translate")]
    Nothing,
}

fn lines(faults: &[Fault]) -> String {
    faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl Error {
    /// The name of the fault.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Unreadable { .. } => Code::RuntimeConfigUnreadable,
            Self::Unrecognised { .. } => Code::RuntimeConfigUnrecognised,
            Self::TwoRuntimes { .. } => Code::RuntimeNotTold,
            Self::Nothing => Code::RuntimeConfigMissing,
        }
    }
}

/// A key of a file, and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fate {
    /// The file as it was named.
    pub file: String,
    /// Where the key stands; none for a file as a whole.
    pub place: Option<Place>,
    /// The key, and which item of its list; empty for a file as a whole.
    pub key: String,
    /// What becomes of it.
    pub outcome: Outcome,
}

/// What becomes of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a program that reads it has to meet each of them")]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum Outcome {
    /// It is said in a file of the new runtime.
    Translated { to: String, note: Option<String> },
    /// Nothing has to be said: what it asks for is so already, or is nothing of Kubernetes'.
    NotNeeded { why: String },
    /// There is no equal: somebody has to decide.
    ByHand { why: String },
    /// No release of the old runtime has such a key here.
    Unknown { near: Option<String> },
    /// The value is none that the key takes.
    Invalid { why: String },
}

impl Outcome {
    /// The word for it in JSON.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Translated { .. } => "translated",
            Self::NotNeeded { .. } => "notNeeded",
            Self::ByHand { .. } => "byHand",
            Self::Unknown { .. } => "unknown",
            Self::Invalid { .. } => "invalid",
        }
    }

    /// The name of the fault, where somebody has to look at it.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Translated { .. } | Self::NotNeeded { .. } => None,
            Self::ByHand { .. } => Some(Code::RuntimeSettingByHand),
            Self::Unknown { .. } => Some(Code::RuntimeSettingUnknown),
            Self::Invalid { .. } => Some(Code::RuntimeSettingInvalid),
        }
    }

    /// Why, or where to, in a sentence.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Translated { to, note: None } => to.clone(),
            Self::Translated { to, note: Some(note) } => format!("{to} ({note})"),
            Self::NotNeeded { why } | Self::ByHand { why } | Self::Invalid { why } => why.clone(),
            Self::Unknown { near: None } => "no release has such a key".into(),
            Self::Unknown { near: Some(near) } => format!("no release has such a key; did you mean {near}?"),
        }
    }

    pub(super) fn to(to: impl Into<String>) -> Self {
        Self::Translated { to: to.into(), note: None }
    }

    /// The same with what there is to know.
    #[must_use]
    pub(super) fn note(self, text: impl Into<String>) -> Self {
        match self {
            Self::Translated { to, .. } => Self::Translated { to, note: Some(text.into()) },
            other => other,
        }
    }

    pub(super) fn not_needed(why: impl Into<String>) -> Self {
        Self::NotNeeded { why: why.into() }
    }

    pub(super) fn by_hand(why: impl Into<String>) -> Self {
        Self::ByHand { why: why.into() }
    }

    pub(super) fn invalid(why: impl Into<String>) -> Self {
        Self::Invalid { why: why.into() }
    }
}
