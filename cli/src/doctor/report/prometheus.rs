//! The text format of Prometheus, for the textfile collector of `node_exporter`.
//!
//! Every check that was decided is a series, also one that holds: an alert on a series that is
//! sometimes absent is hard to write. The time is a metric and not a stamp, so `time() -
//! k8sprep_doctor_last_run_timestamp_seconds` tells a cron job that died.

use std::fmt::Write as _;

use super::{Outcome, outcomes};
use crate::doctor::{Diagnosis, Severity};

/// The diagnosis as metrics: 0 holds, 1 note, 2 warning, 3 error; what is undecided has no value of
/// its own, and is counted. No time stamps: the textfile collector refuses them.
#[must_use]
pub fn prometheus(diagnosis: &Diagnosis, now: std::time::SystemTime) -> String {
    let mut text = String::new();
    head(&mut text, "k8sprep_doctor_check", "What a check came to: 0 holds, 1 note, 2 warning, 3 error");
    for (family, name, outcome) in outcomes(diagnosis) {
        let worst = match outcome {
            Outcome::Holds => 0,
            Outcome::Found(found) => found.iter().map(|one| weight(one.severity)).max().unwrap_or_default(),
            // A value of its own would be compared with the others by `>`.
            Outcome::Undecided(_) => continue,
        };
        let (family, name) = (family.as_str(), escaped(name));
        let _ = writeln!(text, "k8sprep_doctor_check{{code=\"{name}\",family=\"{family}\"}} {worst}");
    }
    head(&mut text, "k8sprep_doctor_findings", "Findings by severity");
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let (name, count) = (severity.as_str(), diagnosis.count(severity));
        let _ = writeln!(text, "k8sprep_doctor_findings{{severity=\"{name}\"}} {count}");
    }
    head(
        &mut text,
        "k8sprep_doctor_undecided",
        "Checks that found nothing and whose evidence could not all be read",
    );
    let _ = writeln!(text, "k8sprep_doctor_undecided {}", diagnosis.undecided_checks());
    head(&mut text, "k8sprep_doctor_last_run_timestamp_seconds", "When it was looked");
    let seconds = now.duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_secs();
    let _ = writeln!(text, "k8sprep_doctor_last_run_timestamp_seconds {seconds}");
    text
}

/// Help and type of a metric. All are gauges: a finding can go away again.
fn head(text: &mut String, name: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
}

/// The number of a severity: a wider gap would say nothing more, and `>= 2` reads well in an
/// alert.
const fn weight(severity: Severity) -> u8 {
    match severity {
        Severity::Note => 1,
        Severity::Warning => 2,
        Severity::Error => 3,
    }
}

/// A label's value by the exposition format: backslash, quote and line feed are escaped, all else
/// stands.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
