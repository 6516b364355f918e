//! A diagnosis as text: the host, causes with their symptoms, the places, and what to do.
//!
//! Symptoms are indented below what explains them and have no cure of their own. Everything from
//! the host goes through `visible`, since a log may hold what acts on a terminal.

use std::collections::BTreeSet;
use std::io::ErrorKind;

use super::Summary;
use crate::cmd::shared::finding_sheet::{BOLD, found, head, help, place};
use crate::doctor::folded::{Row, folded};
use crate::doctor::{Diagnosis, Finding, Fix, Severity, Subject, Unread};
use crate::failure::as_root;
use crate::stage::count;
use crate::ui::visible;

/// So many places of a finding are shown.
const PLACES: usize = 12;

/// Ends with the number of each kind, and where there is one, with the `cure`: what shows the steps.
pub(super) fn of(diagnosis: &Diagnosis, summary: &Summary, cure: Option<&str>) -> String {
    let mut text = header(diagnosis);
    for row in folded(&diagnosis.findings) {
        match row {
            Row::Finding(finding) => add(&mut text, finding),
            Row::More(one, many) => {
                let more = format!("and {many} more (`--output json` has all)");
                let indent = if one.explained_by.is_some() { "    " } else { "" };
                text.push_str(&format!("{indent}{}\n", head(one.severity, one.code, &more)));
            }
        }
    }
    let all = [(summary.error, "error"), (summary.warning, "warning"), (summary.note, "note")];
    text.push_str(&format!("{}; {}", found(&all), count(summary.checked, "check")));
    if summary.undecided > 0 {
        text.push_str(&format!(", {} undecided (`--output json` says why)", summary.undecided));
    }
    if !diagnosis.suppressed.is_empty() {
        let many = count(diagnosis.suppressed.len(), "finding");
        text.push_str(&format!(", {many} suppressed (`--output json` has the reasons)"));
    }
    text.push('\n');
    let curable = diagnosis.findings.iter().filter(|one| one.severity > Severity::Note);
    match (curable.filter(|one| one.fix == Fix::Automatic).count(), cure) {
        (0, _) | (_, None) => {}
        (many, Some(cure)) => {
            text.push_str(&format!("{cure} shows the steps that cure {}\n", count(many, "finding")));
        }
    }
    if let Some(first) = diagnosis.findings.first() {
        text.push_str(&format!("`k8sprep explain {}` says more\n", first.code));
    }
    text
}

/// Which files the system did not show to this user, of a host that is looked at here.
pub(super) fn refused(diagnosis: &Diagnosis) -> String {
    let is_refused = |one: &&Unread| one.refusal() == Some(ErrorKind::PermissionDenied);
    let refused = diagnosis.undecided.iter().map(|one| &one.unread).filter(is_refused);
    let sources: BTreeSet<&str> = refused.map(|unread| unread.source.as_str()).collect();
    let Some(first) = sources.first() else { return String::new() };
    let more = match sources.len() - 1 {
        0 => String::new(),
        more => format!(" and {}", count(more, "more file")),
    };
    let step = as_root().map(|step| format!(": {step}")).unwrap_or_default();
    format!("{}{more} may not be read by this user{step}\n", visible(first))
}

/// Role, versions, and whether it runs.
pub(super) fn header(diagnosis: &Diagnosis) -> String {
    head_of(&diagnosis.host)
}

/// Which host it is.
pub(super) fn head_of(host: &Subject) -> String {
    let name = host.name.as_deref().unwrap_or("a host without a name");
    let mut parts = vec![host.role.as_str().to_owned()];
    let versions = [("kubelet", &host.kubelet), ("control plane", &host.kubernetes), ("CRI-O", &host.crio)];
    parts.extend(versions.into_iter().filter_map(|(what, it)| Some(format!("{what} {}", it.as_ref()?))));
    if !host.running {
        parts.push("a tree of files, not running".to_owned());
    }
    format!("{BOLD}{}{BOLD:#}: {}\n\n", visible(name), visible(&parts.join(", ")))
}

/// Head, places, cure.
fn add(text: &mut String, finding: &Finding) {
    let indent = if finding.explained_by.is_some() { "    " } else { "" };
    text.push_str(&format!("{indent}{}", head(finding.severity, finding.code, &finding.message)));
    for one in finding.evidence.iter().take(PLACES) {
        text.push_str(&format!("{indent}  {}", place(&one.with_value())));
    }
    if finding.evidence.len() > PLACES {
        let more = count(finding.evidence.len() - PLACES, "more place");
        text.push_str(&format!("{indent}  and {more} (`--output json` has all)\n"));
    }
    match finding.explained_by {
        Some(cause) => text.push_str(&format!("{indent}  explained by {cause}\n")),
        None if !finding.cure.is_empty() => {
            text.push_str(&format!("{indent}  {}", help(&finding.cure)));
        }
        None => {}
    }
    text.push('\n');
}
