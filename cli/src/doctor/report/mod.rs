//! A diagnosis in the formats that other programs read. Each is text in one piece; nothing is
//! written.
//!
//! What the formats have in common: the code of a check is its name, and an exit status is none of
//! theirs but the command's. For people there is `cmd::doctor`, for programs that know us the JSON
//! of [`Diagnosis`].

mod html;
mod junit;
mod npd_patterns;
mod problem_detector;
mod prometheus;
mod sarif;

pub use html::html;
pub use junit::junit;
pub use npd_patterns::npd_patterns;
pub use problem_detector::{Condition, problem_detector};
pub use prometheus::prometheus;
pub use sarif::sarif;

/// What other reports of this program are made with.
#[cfg(feature = "bin")]
pub(crate) use {
    junit::{escaped, one_line},
    sarif::{sarif_of, uri},
};

use super::{Diagnosis, checks};
use crate::explain;

/// The title of a check or another code.
fn title(code: &str) -> &'static str {
    explain::find(code).map_or("", |text| text.title)
}

/// What a check came to.
///
/// A check with both, findings and something unread, counts as one that found: the undecided rest
/// is in the JSON only.
enum Outcome<'d> {
    Holds,
    Found(Vec<&'d super::Finding>),
    Undecided(Vec<&'d super::Undecided>),
}

/// Every check that was asked with what it came to, then codes that are no check.
///
/// The order is that of [`checks`]; findings that no check of the catalogue has come last, in
/// theirs.
fn outcomes(diagnosis: &Diagnosis) -> Vec<(super::Family, &str, Outcome<'_>)> {
    let found = |name: &str| -> Vec<_> { diagnosis.findings.iter().filter(|one| one.code == name).collect() };
    let mut all: Vec<(super::Family, &str, Outcome<'_>)> = Vec::new();
    let mut open = diagnosis.open();
    for (family, check) in checks() {
        let told = found(check.name);
        let outcome = match open.remove(check.name) {
            _ if !told.is_empty() => Outcome::Found(told),
            Some(unread) => Outcome::Undecided(unread),
            None => Outcome::Holds,
        };
        all.push((family, check.name, outcome));
    }
    for finding in &diagnosis.findings {
        if !all.iter().any(|(_, name, _)| *name == finding.code) {
            all.push((finding.family, finding.code, Outcome::Found(found(finding.code))));
        }
    }
    all
}

/// Why a check is undecided, on one line.
fn why(unread: &[&super::Undecided]) -> String {
    let each = unread.iter().map(|one| format!("{}: {}", one.unread.source, one.unread.why));
    each.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests;
