//! What a custom plugin of node-problem-detector says: a line and a status.
//!
//! The contract (node-problem-detector, `docs/custom_plugin_monitor.md`): exit status 0 is OK, 1
//! is NonOK, anything else unknown, and stdout is the message of the condition. Where
//! it runs in a container, `--root` names where the host is mounted.

use crate::doctor::{Diagnosis, Severity};

/// The condition that a plugin reports by its exit status.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Condition {
    /// Status 0.
    Ok,
    /// Status 1.
    NonOk,
    /// Status 2.
    Unknown,
}

impl Condition {
    /// The exit status.
    #[must_use]
    pub const fn status(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::NonOk => 1,
            Self::Unknown => 2,
        }
    }
}

/// One line, the worst codes first, since it is cut to the length the plugin's configuration sets
/// (80 by default); and the condition. Errors make it `NonOk`; where nothing at all could be
/// decided it is `Unknown`.
#[must_use]
pub fn problem_detector(diagnosis: &Diagnosis) -> (Condition, String) {
    let errors = diagnosis.count(Severity::Error);
    if errors > 0 {
        let mut codes: Vec<&str> = Vec::new();
        for finding in diagnosis.findings.iter().filter(|one| one.severity == Severity::Error) {
            if !codes.contains(&finding.code) {
                codes.push(finding.code);
            }
        }
        let plural = if errors == 1 { "" } else { "s" };
        return (Condition::NonOk, format!("{errors} error{plural}: {}", codes.join(" ")));
    }
    // Everything unread is most often a plugin without the host's files.
    if diagnosis.checked > 0 && diagnosis.undecided_checks() >= diagnosis.checked {
        return (Condition::Unknown, "nothing could be read".to_owned());
    }
    (Condition::Ok, "no error found".to_owned())
}
