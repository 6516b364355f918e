//! Something about a host that somebody should know, and how much it matters.

use host_prep::resource::Obstacle;
use serde::Serialize;

/// Something about a host that somebody should know.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The stable name of the fault.
    pub code: &'static str,
    /// What it is about: a kind of host-prep's resources, or `static-pod`.
    pub resource: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is the matter, and where.
    pub what: String,
    /// What can be done about it.
    pub hint: String,
}

/// What somebody should know of a spec, though nothing has to change for it.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Note {
    /// The stable name of it.
    pub code: &'static str,
    /// What it is.
    pub text: String,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Severity {
    /// It works, but not as somebody may think.
    Notice,
    /// The host is no working node with it.
    Fault,
}

impl Finding {
    /// `code` has its text in `explain`; `hint` is one sentence that says what to do.
    pub(super) fn fault(
        code: &'static str,
        resource: &'static str,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { code, resource, severity: Severity::Fault, what: what.into(), hint: hint.into() }
    }

    /// What stands in the way of a plan.
    #[must_use]
    pub fn obstacle(self) -> Obstacle {
        Obstacle::new(self.resource, self.code, self.what, self.hint)
    }
}
