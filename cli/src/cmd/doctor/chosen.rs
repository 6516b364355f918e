//! Which checks are told: by code or family; and what is left as it is, with the reason.
//!
//! Names are codes or families. A check that is not told was asked all the same, because it may be
//! the cause of one that is.

use std::path::PathBuf;
use std::time::SystemTime;

use crate::Code;
use crate::doctor::{Diagnosis, Family, Suppressions, checks, family_of};
use crate::explain;
use crate::failure::{Exit, Failure};
use crate::input;
use crate::ui::Ui;

/// A file of suppressions is a few rows.
const MOST: u64 = 1 << 20;

/// Flags that choose.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Chosen {
    /// Only this code or family; may be given several times
    #[arg(long, value_name = "CODE|FAMILY")]
    select: Vec<Name>,
    /// Not this code or family; may be given several times
    #[arg(long, value_name = "CODE|FAMILY")]
    ignore: Vec<Name>,
    /// Leave what this file names with a reason: it is told apart, and does not decide the exit status
    #[arg(long, value_name = "FILE")]
    suppress: Option<PathBuf>,
    /// What the file says.
    #[arg(skip)]
    reasons: Suppressions,
}

/// A code or a family.
#[derive(Clone, Debug)]
enum Name {
    Code(String),
    Family(Family),
}

impl Chosen {
    /// Whether a file of suppressions was named.
    pub(super) fn has_file(&self) -> bool {
        self.suppress.is_some()
    }

    /// Reads the file of suppressions, where there is one. Where `--ignore` takes away all of `--select`
    /// nothing would be looked at, and that would pass for well.
    pub(super) fn read(&mut self) -> Result<(), Failure> {
        if !self.select.is_empty() && self.select.iter().all(|name| self.ignores(name)) {
            return Err(Failure::usage("--ignore leaves nothing of what --select names"));
        }
        let Some(file) = &self.suppress else { return Ok(()) };
        let shown = input::shown(file);
        let bytes = input::read(file, MOST).map_err(|error| Failure::cannot_read(&shown, error))?;
        self.reasons = Suppressions::parse(&bytes).map_err(|wrong| {
            let head = format!("{shown} is no file of suppressions");
            let lines = std::iter::once(head).chain(wrong);
            Failure::lines(Exit::Failed, Code::SuppressionsInvalid.as_str(), lines)
        })?;
        Ok(())
    }

    /// Whether nothing of that name is told.
    fn ignores(&self, name: &Name) -> bool {
        self.ignore.iter().any(|ignored| match (ignored, name) {
            (Name::Family(ignored), Name::Family(family)) => ignored == family,
            (Name::Family(ignored), Name::Code(code)) => family_of(code) == Some(*ignored),
            (Name::Code(ignored), Name::Code(code)) => ignored == code,
            (Name::Code(_), Name::Family(_)) => false,
        })
    }

    /// Also of what is undecided.
    pub(super) fn keep(&self, diagnosis: &mut Diagnosis, now: SystemTime) {
        diagnosis.retain(|family, code| self.wants(family, code));
        diagnosis.suppress(&self.reasons, now);
    }

    /// Says which rows of the file leave nothing; not those of checks that are not wanted.
    pub(super) fn tell_idle(&self, diagnosis: &Diagnosis, now: SystemTime, ui: &mut Ui) {
        for row in self.reasons.idle(diagnosis, now) {
            if family_of(&row.code).is_some_and(|family| !self.wants(family, &row.code)) {
                continue;
            }
            let why = if row.is_over { "its day is over" } else { "nothing of it was found" };
            let text = format!("line {} of the suppressions, {}, leaves nothing: {why}", row.line, row.code);
            ui.warn(Code::SuppressionIdle.as_str(), text);
        }
    }

    /// `--ignore` wins over `--select`.
    pub(super) fn wants(&self, family: Family, code: &str) -> bool {
        let names = |all: &[Name]| all.iter().any(|name| name.is(family, code));
        (self.select.is_empty() || names(&self.select)) && !names(&self.ignore)
    }
}

impl Chosen {
    /// Whether it was asked for by its own name.
    pub(super) fn names(&self, code: &str) -> bool {
        self.select.iter().any(|name| matches!(name, Name::Code(own) if own == code))
    }
}

impl Name {
    /// Exactly, not by a part of the name.
    fn is(&self, family: Family, code: &str) -> bool {
        match self {
            Self::Code(name) => name == code,
            Self::Family(one) => *one == family,
        }
    }
}

impl std::str::FromStr for Name {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim().to_ascii_lowercase();
        if let Some(family) = Family::ALL.iter().find(|family| family.as_str() == text) {
            return Ok(Self::Family(*family));
        }
        if checks().any(|(_, check)| check.name == text) || explain::find(&text).is_some() {
            return Ok(Self::Code(text));
        }
        let families: Vec<&str> = Family::ALL.iter().map(|family| family.as_str()).collect();
        let near = explain::near(&text);
        let near = near.first().map(|code| format!("; did you mean {code}?")).unwrap_or_default();
        Err(format!("it is not a code or a family ({}){near}", families.join(", ")))
    }
}
