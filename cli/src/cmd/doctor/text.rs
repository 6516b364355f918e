//! A diagnosis as text: the host, causes with their symptoms, the places, and what to do.

use anstyle::{AnsiColor, Style};

use super::Summary;
use crate::doctor::{Diagnosis, Finding, Fix, Severity};
use crate::stage::count;
use crate::ui::visible;

const BOLD: Style = Style::new().bold();
const PLACE: Style = AnsiColor::Blue.on_default();
const HELP: Style = AnsiColor::Cyan.on_default();

pub(super) fn of(diagnosis: &Diagnosis, summary: &Summary) -> String {
    let mut text = header(diagnosis);
    for finding in &diagnosis.findings {
        add(&mut text, finding);
    }
    let found = [(summary.error, "error"), (summary.warning, "warning"), (summary.note, "note")];
    let found: Vec<String> =
        found.into_iter().filter(|(many, _)| *many > 0).map(|(many, what)| count(many, what)).collect();
    let found = if found.is_empty() { "nothing found".to_owned() } else { found.join(", ") };
    text.push_str(&format!("{BOLD}{found}{BOLD:#}; {}", count(summary.checked, "check")));
    if summary.undecided > 0 {
        text.push_str(&format!(", {} undecided (`--output json` says why)", summary.undecided));
    }
    text.push('\n');
    let curable = diagnosis.findings.iter().filter(|one| one.severity > Severity::Note);
    match curable.filter(|one| one.fix == Fix::Automatic).count() {
        0 => {}
        many => text.push_str(&format!(
            "`k8sprep doctor --fix` shows the steps that cure {}\n",
            count(many, "finding")
        )),
    }
    if let Some(first) = diagnosis.findings.first() {
        text.push_str(&format!("`k8sprep explain {}` says more\n", first.code));
    }
    text
}

fn header(diagnosis: &Diagnosis) -> String {
    let host = &diagnosis.host;
    let name = host.name.as_deref().unwrap_or("a host without a name");
    let mut parts = vec![host.role.as_str().to_owned()];
    let versions = [("kubelet", &host.kubelet), ("control plane", &host.kubernetes), ("CRI-O", &host.crio)];
    parts.extend(versions.into_iter().filter_map(|(what, it)| Some(format!("{what} {}", it.as_ref()?))));
    if !host.running {
        parts.push("a tree of files, not running".to_owned());
    }
    format!("{BOLD}{}{BOLD:#}: {}\n\n", visible(name), visible(&parts.join(", ")))
}

fn add(text: &mut String, finding: &Finding) {
    let indent = if finding.explained_by.is_some() { "    " } else { "" };
    let (word, style) = match finding.severity {
        Severity::Error => ("error", AnsiColor::Red.on_default().bold()),
        Severity::Warning => ("warning", AnsiColor::Yellow.on_default().bold()),
        Severity::Note => ("note", BOLD),
    };
    let message = visible(&finding.message);
    text.push_str(&format!("{indent}{style}{word}[{}]{style:#}: {message}\n", finding.code));
    for place in &finding.evidence {
        let value = place.value.as_ref().map(|value| format!(": {value}")).unwrap_or_default();
        let place = visible(&format!("{place}{value}"));
        text.push_str(&format!("{indent}  {PLACE}-->{PLACE:#} {place}\n"));
    }
    match finding.explained_by {
        Some(cause) => text.push_str(&format!("{indent}  explained by {cause}\n")),
        None if !finding.cure.is_empty() => {
            text.push_str(&format!("{indent}  {HELP}help{HELP:#}: {}\n", visible(&finding.cure)));
        }
        None => {}
    }
    text.push('\n');
}
