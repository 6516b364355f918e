//! A diagnosis as text: causes with their symptoms, the places, and what to do.

use std::collections::BTreeSet;

use super::Summary;
use crate::doctor::{Diagnosis, Finding, Severity};
use crate::stage::count;
use crate::ui::visible;

pub(super) fn of(diagnosis: &Diagnosis, summary: &Summary) -> String {
    let mut text = String::new();
    for finding in &diagnosis.findings {
        add(&mut text, finding);
    }
    let undecided: BTreeSet<&str> = diagnosis.undecided.iter().map(|one| one.code).collect();
    let found = [(summary.error, "error"), (summary.warning, "warning"), (summary.note, "note")];
    let found: Vec<String> =
        found.into_iter().filter(|(many, _)| *many > 0).map(|(many, what)| count(many, what)).collect();
    let found = if found.is_empty() { "nothing found".to_owned() } else { found.join(", ") };
    text.push_str(&format!("{found}; {} looked at", count(summary.checked, "check")));
    if !undecided.is_empty() {
        text.push_str(&format!(", {} undecided (--output json says why)", undecided.len()));
    }
    text.push('\n');
    if let Some(first) = diagnosis.findings.first() {
        text.push_str(&format!("`k8sprep explain {}` says more\n", first.code));
    }
    text
}

fn add(text: &mut String, finding: &Finding) {
    let indent = if finding.explained_by.is_some() { "    " } else { "" };
    let word = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        _ => "note",
    };
    let line = |what: String| format!("{indent}{}\n", visible(&what));
    text.push_str(&line(format!("{word}[{}]: {}", finding.code, finding.message)));
    for place in &finding.evidence {
        let value = place.value.as_ref().map(|value| format!(": {value}")).unwrap_or_default();
        text.push_str(&line(format!("  --> {place}{value}")));
    }
    match finding.explained_by {
        Some(cause) => text.push_str(&line(format!("  explained by {cause}"))),
        None if !finding.cure.is_empty() => text.push_str(&line(format!("  help: {}", finding.cure))),
        None => {}
    }
    text.push('\n');
}
