//! What would still be wrong when a plan is done, beside the plan.

use std::fmt::Write;

use host_prep::Plan;
use schemars::JsonSchema;
use serde::Serialize;

use crate::cmd::shared::finding_sheet::{BOLD, head, help, place};
use crate::cmd::shared::plan_sheet;
use crate::doctor::{Finding, Outlook};
use crate::failure::Failure;
use crate::recipe;
use crate::stage::count;
use crate::ui::{Format, Ui};

/// A plan and what would still be wrong when it is done, as one document.
#[derive(Serialize, JsonSchema)]
pub(crate) struct PlanDocument<'a> {
    #[serde(flatten)]
    pub(crate) plan: &'a Plan,
    /// What would still be wrong with the host when all steps are taken.
    pub(crate) outlook: Outlook,
}

/// Prints a plan with what it leaves.
pub(crate) fn print(plan: &Plan, outlook: Outlook, output: Format, ui: &mut Ui) -> Result<(), Failure> {
    match output {
        Format::Json => ui.json_document(&PlanDocument { plan, outlook }),
        Format::Text => ui.styled(plan_sheet::with(plan, &text(&outlook))),
    }
}

/// Everything under one heading; nothing where there is nothing to tell.
pub(crate) fn text(outlook: &Outlook) -> String {
    let mut text = String::new();
    if outlook.findings.is_empty() {
        return text;
    }
    let _ = writeln!(text, "{BOLD}what no step of it mends:{BOLD:#}");
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

/// As doctor shows it.
fn one(finding: &Finding, text: &mut String) {
    let _ = write!(text, "  {}", head(finding.severity, finding.code, &finding.message));
    for one in &finding.evidence {
        let _ = write!(text, "    {}", place(&one.with_value()));
    }
    if finding.explained_by.is_none() && !finding.cure.is_empty() {
        let _ = write!(text, "    {}", help(&finding.cure));
    }
}
