//! JUnit XML: a suite per family, a case per check.
//!
//! There is no one schema of JUnit XML; what is written is what Jenkins, GitLab and GitHub's
//! actions read alike: `testsuites`, `testsuite` with its counts, `testcase`, `failure`,
//! `skipped`, `system-out`.

use std::fmt::Write as _;

use super::{Outcome, outcomes, title, why};
use crate::doctor::{Diagnosis, Family, Finding, Severity};

/// The diagnosis as JUnit XML. A check fails from `fail_on` on; what is less bad is its output,
/// what is undecided is skipped.
#[must_use]
pub fn junit(diagnosis: &Diagnosis, fail_on: Severity) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    let all = outcomes(diagnosis);
    let host = diagnosis.host.name.as_deref().unwrap_or_default();
    for family in Family::ALL {
        let cases: Vec<_> = all.iter().filter(|(of, ..)| of == family).collect();
        if cases.is_empty() {
            continue;
        }
        let fails = |outcome: &Outcome<'_>| match outcome {
            Outcome::Found(found) => found.iter().any(|one| one.severity >= fail_on),
            _ => false,
        };
        let failures = cases.iter().filter(|(_, _, outcome)| fails(outcome)).count();
        let skipped = cases.iter().filter(|(_, _, outcome)| matches!(outcome, Outcome::Undecided(_))).count();
        let _ = writeln!(
            text,
            "  <testsuite name=\"{}\" hostname=\"{}\" tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">",
            family.as_str(),
            escaped(host),
            cases.len()
        );
        for (_, name, outcome) in cases {
            case(&mut text, *family, name, outcome, fail_on);
        }
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

/// One check. Several findings are several `failure` elements of one case, so the count of
/// failures is that of checks.
fn case(text: &mut String, family: Family, name: &str, outcome: &Outcome<'_>, fail_on: Severity) {
    let _ = writeln!(
        text,
        "    <testcase classname=\"k8sprep.doctor.{}\" name=\"{}\">",
        family.as_str(),
        escaped(&format!("{name}: {}", title(name)))
    );
    match outcome {
        Outcome::Holds => {}
        Outcome::Found(found) => {
            for one in found.iter().filter(|one| one.severity >= fail_on) {
                let (severity, message) = (one.severity.as_str(), escaped(&one_line(&one.message)));
                let _ = writeln!(
                    text,
                    "      <failure type=\"{severity}\" message=\"{message}\">{}</failure>",
                    escaped(&details(one))
                );
            }
            let less: String =
                found.iter().filter(|one| one.severity < fail_on).map(|one| said(one)).collect();
            if !less.is_empty() {
                let _ = writeln!(text, "      <system-out>{}</system-out>", escaped(&less));
            }
        }
        Outcome::Undecided(unread) => {
            let _ = writeln!(text, "      <skipped message=\"{}\"/>", escaped(&one_line(&why(unread))));
        }
    }
    text.push_str("    </testcase>\n");
}

/// A finding below the threshold, as text of `system-out`.
fn said(finding: &Finding) -> String {
    format!("{}: {}\n{}", finding.severity.as_str(), one_line(&finding.message), details(finding))
}

/// Evidence, a line each, and then the cure.
fn details(finding: &Finding) -> String {
    let mut text = String::new();
    for place in &finding.evidence {
        let _ = writeln!(text, "{}", one_line(&place.with_value()));
    }
    let _ = writeln!(text, "{}", one_line(&finding.cure));
    text
}

/// The text with its line ends shown: lines of a report are the report's.
pub(crate) fn one_line(text: &str) -> String {
    text.replace('\r', "\\r").replace('\n', "\\n")
}

/// XML text: what marks up is escaped, and what XML 1.0 cannot hold (control characters but tab and
/// line ends) is made visible.
/// What reorders text on a screen is written as a reference, which reads back as the same.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\t' | '\n' => safe.push(character),
            c if c.is_control() || ('\u{fffe}'..='\u{ffff}').contains(&c) => {
                safe.push_str(&c.escape_unicode().to_string());
            }
            c if host_prep::acts_on_terminal(c) => {
                let _ = write!(safe, "&#x{:x};", u32::from(c));
            }
            c => safe.push(c),
        }
    }
    safe
}
