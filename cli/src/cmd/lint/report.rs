//! What was found, printed in each of the forms.

use std::fmt::Write as _;

use annotate_snippets::Level;
use kubeadm_config::yaml::Position;
use serde_json::{Value, json};

use super::{Found, Looked, Output, Remark, Severity};
use crate::doctor::report::{escaped, one_line, sarif_of, uri};
use crate::excerpt::{self, Lines};
use crate::failure::{Exit, Failure};
use crate::stage::count;
use crate::ui::Ui;

/// So many remarks on a file are drawn; the other forms have all.
const MOST_DRAWN: usize = 1_000;

pub(super) fn print(found: &Found, output: Output, ui: &mut Ui) -> Result<(), Failure> {
    match output {
        Output::Json => ui.json("lint", found),
        Output::Sarif => ui.json_document(&sarif(found)),
        Output::Github => ui.text(github(found)),
        Output::Junit => ui.text(junit(found)),
        Output::Text => text(found, ui),
    }?;
    if output != Output::Json {
        found.files.iter().filter_map(unread).for_each(|failure| ui.failure(&failure));
    }
    Ok(())
}

fn unread(file: &Looked) -> Option<Failure> {
    let why = file.error.as_ref()?;
    let code = host_prep::Code::FileUnreadable.as_str();
    Some(Failure::new(Exit::Failed, code, format_args!("{}: {why}", file.file)))
}

fn text(found: &Found, ui: &mut Ui) -> Result<(), Failure> {
    for file in &found.files {
        let lines = Lines::new(&file.file, &file.text);
        let of_file = || found.remarks.iter().filter(|one| one.file == file.file);
        for remark in of_file().take(MOST_DRAWN) {
            ui.styled(format_args!("{}\n\n", drawn(remark, &lines)))?;
        }
        let more = of_file().count().saturating_sub(MOST_DRAWN);
        if more > 0 {
            ui.line(format_args!("{}: {more} more remarks, which --output json lists", file.file))?;
        }
        if let (Some(kind), None) = (file.kind, &file.error) {
            let by = file.by.as_ref().map(|by| format!(", by {by}")).unwrap_or_default();
            let verdict = match of_file().filter(|one| one.severity == Severity::Error).count() {
                0 => "no error".to_owned(),
                many => count(many, "error"),
            };
            ui.line(format_args!("{}: {}{by}: {verdict}", file.file, kind.name()))?;
        }
    }
    let ignored = match found.ignored {
        0 => String::new(),
        many => format!("; {} ignored by comments", count(many, "remark")),
    };
    let (checked, passed) =
        (found.files.iter().filter(|file| file.error.is_none()).count(), found.passed_over);
    ui.note(format_args!("{} checked, {passed} passed over{ignored}", count(checked, "file")));
    Ok(())
}

fn drawn(remark: &Remark, lines: &Lines<'_>) -> String {
    let level = match remark.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Advice => excerpt::advice(),
    };
    let title = format!("{} [{}]", said(remark), remark.code);
    let place = remark.line.map(|line| Position { line, column: remark.column.unwrap_or(1) });
    lines.drawn(level, &title, place, remark.help.as_deref())
}

fn said(remark: &Remark) -> String {
    match &*remark.field {
        field if field.is_empty() || remark.text.contains(field) => remark.text.clone(),
        field => format!("{field}: {}", remark.text),
    }
}

fn with_help(remark: &Remark) -> String {
    let help = remark.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    said(remark) + &help
}

fn sarif(found: &Found) -> Value {
    let mut codes: Vec<&str> = found.remarks.iter().map(|one| &*one.code).collect();
    codes.sort_unstable();
    codes.dedup();
    let result = |one: &Remark| {
        let mut physical = json!({ "artifactLocation": { "uri": address(&one.file) } });
        if let Some(line) = one.line {
            physical["region"] = json!({ "startLine": line });
            if let Some(column) = one.column {
                physical["region"]["startColumn"] = json!(column);
            }
        }
        json!({
            "ruleId": one.code,
            "ruleIndex": codes.iter().position(|code| *code == one.code),
            "kind": "fail",
            "level": level(one.severity),
            "message": { "text": with_help(one) },
            "locations": [{ "physicalLocation": physical }],
            "partialFingerprints": { "place/v1": format!("{}:{}:{}", one.code, one.file, one.field) },
        })
    };
    sarif_of("k8sprep lint", &codes, found.remarks.iter().map(result).collect())
}

/// As SARIF and GitHub have it; there is no advice.
const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Advice => "note",
    }
}

/// A file as a URI: relative to where the run was, or whole.
fn address(file: &str) -> String {
    if file.starts_with('/') { format!("file:///{}", uri(file)) } else { uri(file) }
}

/// Workflow commands of GitHub Actions.
fn github(found: &Found) -> String {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let mut text = String::new();
    for one in &found.remarks {
        let command = if one.severity == Severity::Advice { "notice" } else { level(one.severity) };
        let _ = write!(text, "::{command} file={}", property(&one.file));
        for (name, number) in [("line", one.line), ("col", one.column)] {
            let _ = number.map(|number| write!(text, ",{name}={number}"));
        }
        let _ = writeln!(text, ",title={}::{}", property(&one.code), data(&with_help(one)));
    }
    text
}

/// A suite per file, a case per remark; a file without one is a case that passes.
fn junit(found: &Found) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for file in &found.files {
        let remarks: Vec<&Remark> = found.remarks.iter().filter(|one| one.file == file.file).collect();
        let failures = remarks.iter().filter(|one| one.severity == Severity::Error).count();
        let errors = usize::from(file.error.is_some());
        let name = escaped(&one_line(&file.file));
        let _ = writeln!(
            text,
            "  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\">",
            remarks.len().max(1)
        );
        if remarks.is_empty() {
            let kind = file.kind.map_or("file", super::kind::Kind::name);
            let error =
                file.error.as_ref().map(|why| format!("<error message=\"{}\"/>", escaped(&one_line(why))));
            let _ = writeln!(
                text,
                "    <testcase classname=\"k8sprep.lint\" name=\"{name}: {kind}\">{}</testcase>",
                error.unwrap_or_default()
            );
        }
        remarks.iter().for_each(|one| case(&mut text, one));
        text.push_str("  </testsuite>\n");
    }
    text.push_str("</testsuites>\n");
    text
}

fn case(text: &mut String, one: &Remark) {
    let place = one.line.map(|line| format!(":{line}")).unwrap_or_default();
    let (name, message) = (escaped(&format!("{}{place}", one.code)), escaped(&one_line(&said(one))));
    let _ = writeln!(text, "    <testcase classname=\"k8sprep.lint\" name=\"{name}\">");
    let details = escaped(&format!("{}{place}: {}\n", one_line(&one.file), with_help(one)));
    let _ = match one.severity {
        Severity::Error => {
            writeln!(text, "      <failure type=\"error\" message=\"{message}\">{details}</failure>")
        }
        _ => writeln!(text, "      <system-out>{}: {details}</system-out>", level(one.severity)),
    };
    text.push_str("    </testcase>\n");
}
