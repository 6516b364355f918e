//! The lines of a finding as text: what it is, where, and what to do.

use anstyle::{AnsiColor, Style};

use crate::doctor::Severity;
use crate::stage::count;
use crate::ui::visible;

/// Colours are left out by `Ui` where the stream is no terminal.
pub(crate) const BOLD: Style = Style::new().bold();
const PLACE: Style = AnsiColor::Blue.on_default();
const HELP: Style = AnsiColor::Cyan.on_default();

/// What is the matter, by its name.
pub(crate) fn head(severity: Severity, code: &str, message: &str) -> String {
    let (word, style) = match severity {
        Severity::Error => ("error", AnsiColor::Red.on_default().bold()),
        Severity::Warning => ("warning", AnsiColor::Yellow.on_default().bold()),
        Severity::Note => ("note", BOLD),
    };
    format!("{style}{word}[{code}]{style:#}: {}\n", visible(message))
}

/// A place, with what stands there.
pub(crate) fn place(text: &str) -> String {
    format!("{PLACE}-->{PLACE:#} {}\n", visible(text))
}

/// What to do.
pub(crate) fn help(text: &str) -> String {
    format!("{HELP}help{HELP:#}: {}\n", visible(text))
}

/// How many were found, by severity.
pub(crate) fn found(many: &[(usize, &str)]) -> String {
    let found: Vec<String> =
        many.iter().filter(|(many, _)| *many > 0).map(|(many, what)| count(*many, what)).collect();
    let found = if found.is_empty() { "nothing found".to_owned() } else { found.join(", ") };
    format!("{BOLD}{found}{BOLD:#}")
}
