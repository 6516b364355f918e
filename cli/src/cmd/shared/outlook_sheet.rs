//! What would still be wrong when a plan is done, beside the plan.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use host_prep::Plan;
use schemars::JsonSchema;
use serde::Serialize;

use crate::doctor::{Finding, Outlook, Severity};
use crate::recipe;
use crate::stage::count;
use crate::ui::{Ui, visible};

const HEAD: Style = Style::new().bold();
const PLACE: Style = AnsiColor::Blue.on_default();
const HELP: Style = AnsiColor::Cyan.on_default();

/// A plan and what would still be wrong when it is done, as one document.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PlanDocument<'a> {
    #[serde(flatten)]
    pub(crate) plan: &'a Plan,
    /// What would still be wrong with the host when all steps are taken.
    pub(crate) outlook: Outlook,
}

/// Everything under one heading; nothing where there is nothing to tell.
pub(crate) fn text(outlook: &Outlook) -> String {
    let mut text = String::new();
    if outlook.findings.is_empty() {
        return text;
    }
    let _ = writeln!(text, "{HEAD}what no step of it mends:{HEAD:#}");
    outlook.findings.iter().for_each(|finding| one(finding, &mut text));
    match outlook.undecided_checks() {
        0 => {}
        many => {
            let checks = count(many, "check");
            let _ = writeln!(text, "  {checks} can be decided when it is done (`k8sprep doctor`)");
        }
    }
    text
}

/// The same in a line each, for where the plan is not shown.
pub(crate) fn notes(outlook: &Outlook, ui: &mut Ui) {
    for finding in outlook.brief() {
        ui.note(format_args!("note: {}", line(&finding)));
    }
}

/// A finding as a problem of a plan is told.
pub(crate) fn line(finding: &recipe::Finding) -> String {
    let recipe::Finding { resource, what, hint, code, .. } = finding;
    format!("{resource}: {what} ({hint}) [{code}]")
}

fn one(finding: &Finding, text: &mut String) {
    let (word, style) = match finding.severity {
        Severity::Error => ("error", AnsiColor::Red.on_default().bold()),
        _ => ("warning", AnsiColor::Yellow.on_default().bold()),
    };
    let message = visible(&finding.message);
    let _ = writeln!(text, "  {style}{word}[{}]{style:#}: {message}", finding.code);
    for place in &finding.evidence {
        let value = place.value.as_ref().map(|value| format!(": {value}")).unwrap_or_default();
        let _ = writeln!(text, "    {PLACE}-->{PLACE:#} {}", visible(&format!("{place}{value}")));
    }
    if finding.explained_by.is_none() && !finding.cure.is_empty() {
        let _ = writeln!(text, "    {HELP}help{HELP:#}: {}", visible(&finding.cure));
    }
}
