//! What is known to stand in the way before the host is looked at.

use super::Resource;
use crate::plan::Draft;
use crate::{Host, Observed};

/// A wish that cannot come true, known before the host is looked at. It stands in the plan as a
/// problem, or as a note where nothing has to wait for it, beside everything else, instead of
/// hiding the rest.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Obstacle {
    kind: &'static str,
    code: &'static str,
    what: String,
    hint: String,
    weight: Weight,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Weight {
    Problem,
    Note,
}

impl Obstacle {
    /// What of the kind `kind` stands in the way, by the stable name of the fault, and what can be
    /// done about it.
    pub fn new(
        kind: &'static str,
        code: impl Into<&'static str>,
        what: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self { kind, code: code.into(), what: what.into(), hint: hint.into(), weight: Weight::Problem }
    }

    /// The same as a note.
    #[must_use]
    pub fn told(self) -> Self {
        Self { weight: Weight::Note, ..self }
    }
}

impl Resource for Obstacle {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn observe(&self, _host: &Host, _seen: &mut Observed) {}

    fn plan(&self, _seen: &Observed, draft: &mut Draft<'_>) {
        match self.weight {
            Weight::Problem => draft.coded_problem(self.code, self.what.clone(), self.hint.clone()),
            Weight::Note => draft.coded_note(self.code, self.what.clone(), self.hint.clone()),
        }
    }
}
