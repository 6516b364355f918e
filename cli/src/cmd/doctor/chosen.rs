//! Which checks are told: by code or family.

use crate::doctor::{Diagnosis, Family, checks};
use crate::explain;

/// Flags that choose.
#[derive(clap::Args, Clone, Debug)]
pub(super) struct Chosen {
    /// Only this code or family; may be given several times
    #[arg(long, value_name = "CODE|FAMILY")]
    select: Vec<Name>,
    /// Not this code or family; may be given several times
    #[arg(long, value_name = "CODE|FAMILY")]
    ignore: Vec<Name>,
}

/// A code or a family.
#[derive(Clone, Debug)]
enum Name {
    Code(String),
    Family(Family),
}

impl Chosen {
    pub(super) fn keep(&self, diagnosis: &mut Diagnosis) {
        diagnosis.retain(|family, code| self.wants(family, code));
    }

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
