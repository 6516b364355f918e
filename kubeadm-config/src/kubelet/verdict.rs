//! What comes out: whether it starts, and what is wrong, in the kubelet's words and with its place.

use super::gates::aggregate;
use crate::yaml::{Position, Span};

/// What a kubelet makes of its configuration.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Verdict {
    /// Why it would end. None: it starts, as far as the facts go.
    pub refusal: Option<Refusal>,
    /// What it passes over or warns of.
    pub remarks: Vec<Remark>,
}

/// Where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// The command line.
    Flag,
    /// The main file.
    Decode,
    /// The files of `--config-dir`.
    DropIn,
    /// Feature gates: the kubelet panics, with exit status 2.
    Gate,
    /// The logging part.
    Logging,
    /// Validation of the whole.
    Validate,
    /// Certificates and ciphers.
    Dependencies,
    /// Anything after that.
    Run,
}

impl Stage {
    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Decode => "decode",
            Self::DropIn => "dropin",
            Self::Gate => "gate",
            Self::Logging => "logging",
            Self::Validate => "validate",
            Self::Dependencies => "dependencies",
            Self::Run => "run",
        }
    }
}

/// Which text a fault stands in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A value nobody wrote: a default, or the host.
    #[default]
    Nowhere,
    /// A file, by its path.
    File(String),
    /// An argument of the command line, counted from 0.
    Argument(usize),
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The field of KubeletConfiguration, the gate or the flag; empty where there is none.
    pub field: String,
    /// What the kubelet says.
    pub text: String,
    /// Where it was written.
    pub origin: Origin,
    /// The line and column there.
    pub place: Option<Position>,
}

impl Fault {
    pub(super) fn new(field: &str, text: String) -> Self {
        Self { field: field.to_owned(), text, origin: Origin::Nowhere, place: None }
    }

    pub(super) fn in_file(self, path: &str, span: Option<Span>) -> Self {
        let place = span.map(|span| span.position).filter(|position| position.line > 0);
        Self { origin: Origin::File(path.to_owned()), place, ..self }
    }

    pub(super) fn in_argument(self, index: usize) -> Self {
        Self { origin: Origin::Argument(index), ..self }
    }
}

/// Why the kubelet ends.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// Where it ends.
    pub stage: Stage,
    /// Everything that is wrong there. Where the kubelet says only the first, which one that is may
    /// depend on chance.
    pub faults: Vec<Fault>,
    /// The exit status: 1, or 2 for a panic.
    pub status: u8,
    /// What comes before the faults in its message.
    pub(super) prefix: String,
    pub(super) suffix: &'static str,
}

impl Refusal {
    /// Whether the kubelet says all faults at once, and not just one of them.
    #[must_use]
    pub const fn is_joined(&self) -> bool {
        matches!(self.stage, Stage::Gate | Stage::Validate | Stage::Logging)
    }

    /// The kubelet's message.
    #[must_use]
    pub fn message(&self) -> String {
        let shown =
            if self.is_joined() { self.faults.as_slice() } else { &self.faults[..self.faults.len().min(1)] };
        let text = aggregate(shown.iter().map(|fault| fault.text.as_str()));
        self.told(&text)
    }

    /// The messages it may say instead, where only one fault is said.
    #[must_use]
    pub fn alternatives(&self) -> Vec<String> {
        if self.is_joined() {
            return vec![self.message()];
        }
        self.faults.iter().map(|fault| self.told(&fault.text)).collect()
    }

    /// A text of the log stands alone.
    fn told(&self, text: &str) -> String {
        let prefix = if text.starts_with('"') { "" } else { self.prefix.as_str() };
        format!("{prefix}{text}{}", self.suffix)
    }
}

/// Something the kubelet starts with all the same.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Remark {
    /// What kind of thing.
    pub kind: RemarkKind,
    /// Field, gate or flag.
    pub field: String,
    /// What the kubelet says of it, or would.
    pub text: String,
    /// Where it was written.
    pub origin: Origin,
    /// The line and column there.
    pub place: Option<Position>,
}

/// What the kubelet passes over or warns of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RemarkKind {
    /// A field it does not have: it is not in force.
    UnknownField,
    /// A key that stands twice: the later one is in force.
    DuplicateKey,
    /// A gate of a feature that is always there, or going away.
    Gate,
    /// A flag that belongs into the file.
    DeprecatedFlag,
}
