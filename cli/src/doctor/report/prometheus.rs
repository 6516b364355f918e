//! The text format of Prometheus, for the textfile collector of `node_exporter`.
//!
//! Every check that was decided is a series, also one that holds: an alert on a series that is
//! sometimes absent is hard to write. The time is a metric and not a stamp, so `time() -
//! k8sprep_doctor_last_run_timestamp_seconds` tells a cron job that died.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use super::{Outcome, outcomes};
use crate::doctor::{Diagnosis, Severity, checks};

/// The diagnosis as metrics: 0 holds, 1 note, 2 warning, 3 error; what is undecided has no value of
/// its own, and is counted. `now` is when the host was looked at, `took` how long that was. No time
/// stamps: the textfile collector refuses them.
#[must_use]
pub fn prometheus(diagnosis: &Diagnosis, now: SystemTime, took: Duration) -> String {
    let mut text = String::new();
    each_check(&mut text, diagnosis);
    head(&mut text, "k8sprep_doctor_findings", "Findings by severity");
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let (name, count) = (severity.as_str(), diagnosis.count(severity));
        let _ = writeln!(text, "k8sprep_doctor_findings{{severity=\"{name}\"}} {count}");
    }
    let undecided = "Checks that found nothing and whose evidence could not all be read";
    gauge(&mut text, "k8sprep_doctor_undecided", undecided, diagnosis.undecided_checks());
    each_certificate(&mut text, diagnosis);
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    gauge(&mut text, "k8sprep_doctor_last_run_timestamp_seconds", "When it was looked", seconds);
    let took = format!("{:.3}", took.as_secs_f64());
    gauge(&mut text, "k8sprep_doctor_duration_seconds", "How long the look took", took);
    text
}

/// A series of each check that was decided. Its `severity` is the worst that the check can say, so
/// that a series keeps its labels whatever it comes to.
fn each_check(text: &mut String, diagnosis: &Diagnosis) {
    head(text, "k8sprep_doctor_check", "What a check came to: 0 holds, 1 note, 2 warning, 3 error");
    let declared: BTreeMap<_, _> = checks().map(|(_, check)| (check.name, check.severity)).collect();
    for (family, name, outcome) in outcomes(diagnosis) {
        let worst = match outcome {
            Outcome::Holds => None,
            Outcome::Found(found) => found.iter().map(|one| one.severity).max(),
            // A value of its own would be compared with the others by `>`.
            Outcome::Undecided(_) => continue,
        };
        let declared = declared.get(name).copied().or(worst).unwrap_or(Severity::Error).as_str();
        let (family, code, value) = (family.as_str(), escaped(name), worst.map_or(0, weight));
        let labels = format!("code=\"{code}\",family=\"{family}\",severity=\"{declared}\"");
        let _ = writeln!(text, "k8sprep_doctor_check{{{labels}}} {value}");
    }
}

/// When each certificate ends, in seconds since 1970: an alert compares it with `time()`.
fn each_certificate(text: &mut String, diagnosis: &Diagnosis) {
    if diagnosis.certificates.is_empty() {
        return;
    }
    let help = "When the certificate in a file ends, in seconds since 1970";
    head(text, "k8sprep_doctor_certificate_expiry_seconds", help);
    for one in &diagnosis.certificates {
        let Ok(end) = one.not_after.parse::<jiff::Timestamp>() else { continue };
        let (file, end) = (escaped(&one.file), end.as_second());
        let _ = writeln!(text, "k8sprep_doctor_certificate_expiry_seconds{{file=\"{file}\"}} {end}");
    }
}

/// A metric of one series without labels.
fn gauge(text: &mut String, name: &str, help: &str, value: impl std::fmt::Display) {
    head(text, name, help);
    let _ = writeln!(text, "{name} {value}");
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
