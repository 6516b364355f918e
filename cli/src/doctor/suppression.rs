//! Findings that somebody looked at and leaves as they are, each with the reason: they weigh nothing
//! and stay visible.
//!
//! ```yaml
//! suppress:
//! - code: packages-not-held
//!   reason: these nodes are replaced, never upgraded
//! - code: certificate-expires-soon
//!   reason: renewed with the move in March
//!   where: /etc/kubernetes/pki/apiserver.crt
//!   until: "2027-03-31"
//! ```

use jiff::civil::Date;
use jiff::tz::TimeZone;
use kubeadm_config::yaml::{self, Base, Node};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Diagnosis, Finding, checks};
use crate::explain;

/// Reasons that findings are left for.
#[derive(Clone, Debug, Default)]
pub struct Suppressions(Vec<Row>);

#[derive(Clone, Debug)]
struct Row {
    line: u32,
    code: String,
    reason: String,
    place: Option<String>,
    until: Option<Date>,
}

/// A finding that is left as it is.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Suppressed {
    /// What was found.
    #[serde(flatten)]
    pub finding: Finding,
    /// Why it is left.
    pub reason: String,
}

/// A row that leaves nothing, and why.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Idle {
    /// The line of the file that it begins at.
    pub line: u32,
    /// The code that it names.
    pub code: String,
    /// Whether its day is over; else nothing of it was found.
    pub is_over: bool,
}

/// What a row can have.
const FIELDS: [&str; 4] = ["code", "reason", "where", "until"];

impl Suppressions {
    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// Every line that is wrong, with its number.
    pub fn parse(text: &[u8]) -> Result<Self, Vec<String>> {
        let root = match yaml::read(text, Base::default()) {
            Ok(document) => document.root,
            Err(error) => return Err(vec![error.to_string()]),
        };
        let (mut rows, mut wrong) = (Vec::new(), Vec::new());
        for entry in root.as_mapping().into_iter().flatten().filter(|entry| entry.key != "suppress") {
            wrong.push(at(&entry.value, format!("{:?} is not known; `suppress` is", entry.key)));
        }
        match root.get("suppress").map(Node::as_sequence) {
            Some(Some(all)) => all.iter().for_each(|node| match Row::of(node) {
                Ok(row) => rows.push(row),
                Err(more) => wrong.extend(more),
            }),
            _ => wrong.push("there is no list `suppress`".to_owned()),
        }
        if wrong.is_empty() { Ok(Self(rows)) } else { Err(wrong) }
    }

    /// The rows that left nothing of a diagnosis that they were applied to.
    #[must_use]
    pub fn idle(&self, diagnosis: &Diagnosis, now: std::time::SystemTime) -> Vec<Idle> {
        let idle = |row: &&Row| !diagnosis.suppressed.iter().any(|one| row.is_of(&one.finding));
        let told = |row: &Row| Idle { line: row.line, code: row.code.clone(), is_over: row.is_over(now) };
        self.0.iter().filter(idle).map(told).collect()
    }

    fn reason(&self, finding: &Finding, now: std::time::SystemTime) -> Option<&str> {
        let row = self.0.iter().find(|row| row.is_of(finding) && !row.is_over(now))?;
        Some(&row.reason)
    }
}

impl Diagnosis {
    /// Sets aside what is left as it is at the time `now`.
    pub fn suppress(&mut self, reasons: &Suppressions, now: std::time::SystemTime) {
        let mut kept = Vec::with_capacity(self.findings.len());
        for finding in std::mem::take(&mut self.findings) {
            match reasons.reason(&finding, now).map(str::to_owned) {
                Some(reason) => self.suppressed.push(Suppressed { finding, reason }),
                None => kept.push(finding),
            }
        }
        self.findings = kept;
    }
}

impl Row {
    fn of(node: &Node) -> Result<Self, Vec<String>> {
        let mut wrong = Vec::new();
        let Some(entries) = node.as_mapping() else {
            return Err(vec![at(node, "a row has `code` and `reason`".to_owned())]);
        };
        for entry in entries.iter().filter(|entry| !FIELDS.contains(&entry.key.as_str())) {
            wrong.push(at(&entry.value, format!("{:?} is not known; {} are", entry.key, FIELDS.join(", "))));
        }
        let mut text = |field: &str| {
            let value = node.get(field)?;
            let text = value.as_str().map(str::trim).filter(|text| !text.is_empty());
            if text.is_none() {
                wrong.push(at(value, format!("`{field}` is no text")));
            }
            text.map(str::to_owned)
        };
        let (code, reason) = (text("code"), text("reason"));
        let (place, until) = (text("where"), text("until"));
        let until = until.and_then(|text| match text.parse::<Date>() {
            Ok(date) => Some(date),
            Err(_) => {
                wrong.push(at(node, format!("`until` is {text:?}, and is a day such as 2027-03-31")));
                None
            }
        });
        if let Some(code) = code.as_deref().filter(|code| !is_code(code)) {
            let near = explain::near(code).first().map(|near| format!("; did you mean {near}?"));
            wrong.push(at(node, format!("{code:?} is no code{}", near.unwrap_or_default())));
        }
        match (code, reason) {
            (Some(code), Some(reason)) if wrong.is_empty() => {
                Ok(Self { line: node.span.position.line, code, reason, place, until })
            }
            (code, reason) => {
                let missing = [("code", code.is_none()), ("reason", reason.is_none())];
                for (field, _) in missing.iter().filter(|(field, none)| *none && node.get(field).is_none()) {
                    wrong.push(at(node, format!("a row without `{field}`")));
                }
                Err(wrong)
            }
        }
    }

    fn is_of(&self, finding: &Finding) -> bool {
        let there = |place: &String| finding.evidence.iter().any(|one| one.source == *place);
        self.code == finding.code && self.place.as_ref().is_none_or(there)
    }

    /// Its last day is over, in UTC.
    fn is_over(&self, now: std::time::SystemTime) -> bool {
        let today = jiff::Timestamp::try_from(now).map(|now| TimeZone::UTC.to_datetime(now).date());
        self.until.is_some_and(|until| today.is_ok_and(|today| today > until))
    }
}

fn at(node: &Node, what: String) -> String {
    format!("line {}: {what}", node.span.position.line)
}

fn is_code(name: &str) -> bool {
    checks().any(|(_, check)| check.name == name) || explain::find(name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::laid;

    fn ill() -> Diagnosis {
        let unit = "[Service]\nExecStart=/usr/bin/crio\n";
        laid::said_of(&[
            ("usr/lib/systemd/system/crio.service", unit),
            ("etc/systemd/system/crio.service.d/20-own.conf", unit),
        ])
    }

    fn left(text: &str) -> (Vec<String>, Vec<Idle>) {
        let rows = Suppressions::parse(text.as_bytes()).unwrap();
        let (before, mut after) = (ill(), ill());
        after.suppress(&rows, laid::now());
        assert_eq!(before.findings.len(), after.findings.len() + after.suppressed.len());
        let codes = after.suppressed.iter().map(|one| format!("{}: {}", one.finding.code, one.reason));
        (codes.collect(), rows.idle(&after, laid::now()))
    }

    #[test]
    fn a_finding_is_left_by_code_place_and_day() {
        let row = |more: &str| format!("suppress:\n- code: exec-start-duplicated\n  reason: mine\n{more}");
        let (all, none) = (vec!["exec-start-duplicated: mine".to_owned()], Vec::<String>::new());
        assert_eq!(left(&row("")), (all.clone(), vec![]));
        let there = "  where: /etc/systemd/system/crio.service.d/20-own.conf\n";
        assert_eq!(left(&row(there)), (all.clone(), vec![]));
        let idle = |is_over| vec![Idle { line: 2, code: "exec-start-duplicated".to_owned(), is_over }];
        assert_eq!(left(&row("  where: /etc/hosts\n")), (none.clone(), idle(false)));
        // It is the first day of 2027.
        assert_eq!(left(&row("  until: \"2027-01-01\"\n")), (all, vec![]));
        assert_eq!(left(&row("  until: \"2026-12-31\"\n")), (none, idle(true)));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let cases = [
            ("suppress:\n- code: swap-on\n", "line 2: a row without `reason`"),
            ("suppress:\n- reason: x\n", "line 2: a row without `code`"),
            (
                "suppress:\n- code: swap-of\n  reason: x\n",
                "line 2: \"swap-of\" is no code; did you mean swap-on?",
            ),
            ("suppress:\n- code: swap-on\n  reason: ''\n", "line 3: `reason` is no text"),
            ("suppress:\n- code: swap-on\n  reason: x\n  for: y\n", "line 4: \"for\" is not known"),
            ("suppress:\n- code: swap-on\n  reason: x\n  until: soon\n", "line 2: `until` is \"soon\""),
            ("suppress:\n- swap-on\n", "line 2: a row has"),
            ("suppress: {}\n", "there is no list"),
            ("", "there is no list"),
            ("ignore: []\nsuppress: []\n", "line 1: \"ignore\" is not known"),
        ];
        for (text, wanted) in cases {
            let wrong = Suppressions::parse(text.as_bytes()).unwrap_err();
            assert!(wrong.iter().any(|one| one.starts_with(wanted)), "{text}: {wrong:?}");
        }
        assert!(Suppressions::parse(b"suppress: [").is_err());
        assert!(Suppressions::parse(b"suppress: []").is_ok());
    }
}
