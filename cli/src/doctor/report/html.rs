//! One self-contained HTML file: what was found, who disagrees with whom, what is undecided, what
//! logs say. Without a script and without anything from elsewhere; every value is escaped.

mod picture;
mod text;

use std::time::SystemTime;

use crate::doctor::finding::date;
use crate::doctor::folded::{Row, folded};
use crate::doctor::{Diagnosis, Finding, Severity, Undecided};
use crate::explain;
use text::{Page, cut, escaped};

/// Whatever a host has in its files, the page is no larger.
const MOST: usize = 200 << 10;
/// What sections may fill the page up to, in bytes: each leaves room for those behind it.
const UP_TO: [usize; 4] = [120 << 10, 160 << 10, 180 << 10, 196 << 10];
/// So many places of a finding are shown.
const PLACES: usize = 12;
/// Characters of a message, of a place, of a cure.
const SHOWN: usize = 600;

const STYLE: &str = include_str!("html/style.css");

/// The diagnosis, made at the time `now`, as an HTML page of at most 200 KiB. What does not fit is
/// counted there.
#[must_use]
pub fn html(diagnosis: &Diagnosis, now: SystemTime) -> String {
    let mut page = Page::default();
    head(&mut page, diagnosis, now);
    findings(&mut page, diagnosis, UP_TO[0]);
    picture::add(&mut page, diagnosis, UP_TO[1]);
    undecided(&mut page, &diagnosis.undecided, UP_TO[2]);
    logs(&mut page, diagnosis, UP_TO[3]);
    page.must("</main>\n<footer>Causes stand before the symptoms that they explain. What could not be read is undecided, \
               which is not the same as well. <code>k8sprep explain CODE</code> says more of a finding.</footer>\n\
               </body>\n</html>\n");
    debug_assert!(page.len() <= MOST);
    page.into_text()
}

fn head(page: &mut Page, diagnosis: &Diagnosis, now: SystemTime) {
    let host = &diagnosis.host;
    let name = escaped(&cut(host.name.as_deref().unwrap_or("a host without a name"), 120));
    let counts = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Note, "note")];
    let counts = counts.map(|(severity, what)| (diagnosis.count(severity), what));
    let title: Vec<String> =
        counts.iter().filter(|(many, _)| *many > 0).map(|(many, what)| counted(*many, what)).collect();
    let title = if title.is_empty() { "nothing found".to_owned() } else { title.join(", ") };
    let mut about = vec![host.role.as_str().to_owned()];
    let versions = [("kubelet", &host.kubelet), ("control plane", &host.kubernetes), ("CRI-O", &host.crio)];
    about.extend(versions.into_iter().filter_map(|(what, it)| Some(format!("{what} {}", it.as_ref()?))));
    if !host.running {
        about.push("a tree of files, not running".to_owned());
    }
    let about = escaped(&cut(&about.join(", "), SHOWN));
    page.must(&format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{name}: {title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>{name}</h1>\n<p>{about}</p>\n<p class=\"quiet\">looked at {}, k8sprep {}</p>\n<ul class=\"counts\">\n",
        escaped(&date(now)),
        env!("CARGO_PKG_VERSION"),
    ));
    for (many, what) in counts {
        let class = if many > 0 { what } else { "none" };
        page.must(&format!("<li class=\"{class}\"><b>{many}</b> {what}{}</li>\n", plural(many)));
    }
    page.must(&format!(
        "<li><b>{}</b> undecided</li>\n<li><b>{}</b> checks</li>\n</ul>\n</header>\n<main>\n",
        diagnosis.undecided_checks(),
        diagnosis.checked
    ));
}

fn findings(page: &mut Page, diagnosis: &Diagnosis, up_to: usize) {
    page.must("<section>\n<h2>What was found</h2>\n");
    if diagnosis.findings.is_empty() {
        page.must("<p>Nothing.</p>\n");
    }
    let all = folded(&diagnosis.findings).into_iter().map(|row| match row {
        Row::Finding(one) => (finding(one), 1),
        Row::More(one, many) => (more(one, many), many),
    });
    page.as_much_as_fits(all, up_to, "finding", "findings");
    page.must("</section>\n");
    if diagnosis.suppressed.is_empty() {
        return;
    }
    page.must("<section>\n<h2>What is left as it is</h2>\n<ul>\n");
    let all = diagnosis.suppressed.iter().map(|one| {
        let (message, reason) = (cut(&one.finding.message, SHOWN), cut(&one.reason, SHOWN));
        let code = escaped(one.finding.code);
        format!("<li><code>{code}</code> {}: {}</li>\n", escaped(&message), escaped(&reason))
    });
    page.as_many_as_fit(all, up_to, "finding", "findings");
    page.must("</ul>\n</section>\n");
}

fn more(one: &Finding, many: usize) -> String {
    let code = escaped(one.code);
    format!(
        "<p class=\"quiet\">and {many} more of <code>{code}</code>; <code>--output json</code> has all.</p>\n"
    )
}

fn finding(one: &Finding) -> String {
    let (severity, code) = (one.severity.as_str(), escaped(one.code));
    let class = if one.explained_by.is_some() { " symptom" } else { "" };
    let open = if one.explained_by.is_none() && one.severity > Severity::Note { " open" } else { "" };
    let mut text = format!(
        "<details class=\"{severity}{class}\"{open}>\n<summary><span class=\"severity\">{severity}</span> \
         <code>{code}</code> {}</summary>\n",
        escaped(&cut(&one.message, SHOWN))
    );
    if !one.evidence.is_empty() {
        text.push_str("<ul class=\"places\">\n");
        for place in one.evidence.iter().take(PLACES) {
            text.push_str(&format!("<li><code>{}</code></li>\n", escaped(&cut(&place.with_value(), SHOWN))));
        }
        text.push_str("</ul>\n");
    }
    if one.evidence.len() > PLACES {
        let more = one.evidence.len() - PLACES;
        text.push_str(&format!("<p class=\"quiet\">and {more} more {}</p>\n", places(more)));
    }
    if let Some(why) = explain::find(one.code).map(|text| text.why) {
        text.push_str(&format!("<p>{}</p>\n", with_code(why)));
    }
    match one.explained_by {
        Some(cause) => {
            text.push_str(&format!("<p>Explained by <code>{}</code>.</p>\n", escaped(cause)));
        }
        None if !one.cure.is_empty() => {
            text.push_str(&format!("<p class=\"help\"><b>What to do:</b> {}</p>\n", with_code(&one.cure)));
        }
        None => {}
    }
    text + "</details>\n"
}

/// A text with its commands, which stand between backquotes, in the type of commands.
fn with_code(cure: &str) -> String {
    let cure = cut(cure, 2 * SHOWN);
    let parts: Vec<&str> = cure.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escaped(&cure);
    }
    let part = |(at, part): (usize, &&str)| match at % 2 {
        0 => escaped(part),
        _ => format!("<code>{}</code>", escaped(part)),
    };
    parts.iter().enumerate().map(part).collect()
}

fn undecided(page: &mut Page, all: &[Undecided], up_to: usize) {
    if all.is_empty() {
        return;
    }
    page.must("<section>\n<h2>What could not be decided</h2>\n");
    page.must(&format!("<details>\n<summary>{}</summary>\n<ul>\n", counted(all.len(), "reason")));
    let rows = all.iter().map(|one| {
        let why = format!("{}: {}", one.unread.source, one.unread.why);
        format!("<li><code>{}</code> {}</li>\n", escaped(one.code), escaped(&cut(&why, SHOWN)))
    });
    page.as_many_as_fit(rows, up_to, "reason", "reasons");
    page.must("</ul>\n</details>\n</section>\n");
}

fn logs(page: &mut Page, diagnosis: &Diagnosis, up_to: usize) {
    if diagnosis.logs.is_empty() {
        return;
    }
    page.must("<section>\n<h2>What logs say</h2>\n<details>\n");
    page.must(&format!("<summary>{}</summary>\n<ul>\n", counted(diagnosis.logs.len(), "message")));
    let rows = diagnosis.logs.iter().map(|said| {
        let last = said.last.as_ref().map(|last| format!(", last {last}")).unwrap_or_default();
        format!(
            "<li>{} <code>{}</code> ({}{}): <code>{}</code></li>\n",
            escaped(said.program),
            escaped(said.code),
            counted(usize::try_from(said.count).unwrap_or(usize::MAX), "time"),
            escaped(&cut(&last, 60)),
            escaped(&cut(&said.sample, SHOWN))
        )
    });
    page.as_many_as_fit(rows, up_to, "message", "messages");
    page.must("</ul>\n</details>\n</section>\n");
}

fn counted(many: usize, what: &str) -> String {
    format!("{many} {what}{}", plural(many))
}

fn plural(many: usize) -> &'static str {
    if many == 1 { "" } else { "s" }
}

fn places(many: usize) -> &'static str {
    if many == 1 { "place" } else { "places" }
}

#[cfg(test)]
mod tests;
