//! SARIF 2.1.0: what code scanners exchange.
//!
//! A finding is a result of kind `fail` with the level of its severity; what could not be decided
//! is one of kind `open` with level `none` (SARIF 2.1.0, 3.27.9 and 3.27.10: any other kind than
//! `fail` has to have that level). Findings without a file have no location, and some viewers do
//! not show them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{title, why};
use crate::doctor::{Diagnosis, Evidence, Finding, Kind, Severity};
use crate::explain;

/// The diagnosis as a SARIF 2.1.0 log of one run. Files are relative to the root of the host.
#[must_use]
pub fn sarif(diagnosis: &Diagnosis) -> Value {
    let mut codes: Vec<&str> = diagnosis.findings.iter().map(|one| one.code).collect();
    codes.extend(diagnosis.undecided.iter().map(|one| one.code));
    codes.extend(diagnosis.suppressed.iter().map(|one| one.finding.code));
    codes.sort_unstable();
    codes.dedup();
    let index = |code: &str| codes.binary_search(&code).ok();
    let mut places = Places::default();
    let found: Vec<Value> =
        diagnosis.findings.iter().map(|one| result(one, index(one.code), &mut places)).collect();
    let open = diagnosis.open().into_iter().map(|(code, unread)| {
        json!({
            "ruleId": code,
            "ruleIndex": index(code),
            "kind": "open",
            "level": "none",
            "message": { "text": format!("undecided: {}", why(&unread)) },
        })
    });
    let left = diagnosis.suppressed.iter().map(|one| {
        let mut result = result(&one.finding, index(one.finding.code), &mut places);
        // Kept outside of what is scanned (3.35.2).
        result["suppressions"] = json!([{ "kind": "external", "justification": one.reason }]);
        result
    });
    let mut log = sarif_of("k8sprep doctor", &codes, found.into_iter().chain(open).chain(left).collect());
    log["runs"][0]["originalUriBaseIds"] = json!({ "ROOT": { "uri": "file:///" } });
    log
}

/// A log of one run of a tool.
pub(crate) fn sarif_of(tool: &str, codes: &[&str], results: Vec<Value>) -> Value {
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": tool,
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|code| rule(code)).collect::<Vec<_>>(),
            }},
            "results": results,
        }],
    })
}

/// A `reportingDescriptor`: the texts of [`explain`], or the bare code where there is none.
fn rule(code: &str) -> Value {
    let Some(text) = explain::find(code) else { return json!({ "id": code }) };
    json!({
        "id": code,
        "shortDescription": { "text": text.title },
        "fullDescription": { "text": format!("{} {}", text.meaning, text.why) },
        "help": { "text": text.cure },
    })
}

/// The first file is the location, the others are related ones: viewers put a finding at one
/// place.
fn result(finding: &Finding, index: Option<usize>, known: &mut Places) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    };
    let places = finding.evidence.iter().filter(|place| place.kind == Kind::File).map(location);
    let mut places: Vec<Value> = places.collect();
    // GitHub's upload shows the first location alone.
    let related = if places.len() > 1 { places.split_off(1) } else { Vec::new() };
    json!({
        "ruleId": finding.code,
        "ruleIndex": index,
        "kind": "fail",
        "level": level,
        "message": { "text": format!("{}: {}", title(finding.code), finding.message) },
        "locations": places,
        "relatedLocations": related,
        // By it a code scanner knows a finding of the last run again.
        "partialFingerprints": { "place/v1": known.fingerprint(finding) },
    })
}

/// How often a place was told already.
#[derive(Default)]
struct Places(BTreeMap<String, usize>);

impl Places {
    /// A place without its line: lines move, the fault stays. Another one of the same place has a number,
    /// since a scanner takes two results with one fingerprint for one.
    fn fingerprint(&mut self, finding: &Finding) -> String {
        let source = finding.evidence.first().map_or("", |place| place.source.as_str());
        let place = format!("{}:{source}", finding.code);
        let many = self.0.entry(place.clone()).or_default();
        *many += 1;
        if *many == 1 { place } else { format!("{place}:{many}") }
    }
}

/// A `physicalLocation` below `ROOT`. Lines and columns count from 1, as ours do.
fn location(place: &Evidence) -> Value {
    let mut physical = json!({
        "artifactLocation": { "uri": uri(&place.source), "uriBaseId": "ROOT" },
    });
    if let Some(line) = place.line {
        physical["region"] = json!({ "startLine": line });
        if let Some(column) = place.column {
            physical["region"]["startColumn"] = json!(column);
        }
    }
    json!({ "physicalLocation": physical })
}

/// A path as a relative URI reference (RFC 3986): what is not unreserved, or a slash, is escaped.
pub(crate) fn uri(path: &str) -> String {
    let mut text = String::new();
    for byte in path.trim_start_matches('/').bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("%{byte:02X}"));
        }
    }
    text
}
