//! Keys CRI-O passes over in silence, or takes although they are odd.

use super::{Finding, origin_of};
use crate::Release;
use crate::catalogue::{self, CrioOption, Found, Table};
use crate::code::Code;
use crate::effective::{FileReport, Overlooked, Reason};
use crate::toml::{Dialect, join_key};

pub(super) fn overlooked(report: &FileReport, release: Release, findings: &mut Vec<Finding>) {
    let Some(decoded) = &report.decoded else { return };
    for overlooked in &decoded.overlooked {
        let finding = match overlooked.reason {
            Reason::Unknown => unknown(overlooked, release),
            Reason::OtherCase => other_case(overlooked),
            Reason::NotATable => not_a_table(overlooked),
            Reason::Negative => negative(overlooked),
        };
        findings.push(finding.of(&overlooked.path).at(Some(origin_of(report, overlooked))));
    }
    for change in &decoded.changes {
        if let crate::effective::Change::Set { path, span, .. } = change {
            let origin = Overlooked { path: path.clone(), span: span.clone(), reason: Reason::Unknown };
            if let Some(finding) = disadvised(path, release) {
                findings.push(finding.of(path).at(Some(origin_of(report, &origin))));
            }
        }
    }
}

fn name(path: &[String]) -> String {
    join_key(Dialect::V1_6, path)
}

fn unknown(overlooked: &Overlooked, release: Release) -> Finding {
    let path = name(&overlooked.path);
    match catalogue::find(&overlooked.path) {
        Some(Found::Option(option) | Found::Tables(option) | Found::MapEntry(option)) => {
            other_release(&path, option, release)
        }
        Some(Found::Table(table)) => Finding::advice(
            Code::NewerTable,
            format!(
                "CRI-O {release} has no table [{path}], it came with {}: nothing in it acts",
                table.since()
            ),
        ),
        None => stranger(&path, overlooked, release),
    }
}

/// The key is known, to other releases.
fn other_release(path: &str, option: &CrioOption, release: Release) -> Finding {
    if option.removed_in().is_some_and(|removed| removed <= release) {
        let removed = option.removed_in().map(|removed| removed.to_string()).unwrap_or_default();
        let finding = Finding::advice(
            Code::RemovedKey,
            format!("{path} is gone since CRI-O {removed}: it does nothing"),
        );
        return match option.instead() {
            Some(instead) => finding.help(format!("use {instead}")),
            None => finding.help("remove the line"),
        };
    }
    let since = option.releases().first().map(|(first, _)| first.to_string()).unwrap_or_default();
    Finding::advice(
        Code::NewerKey,
        format!("CRI-O {release} does not know {path} and passes over it: it came with {since}"),
    )
}

/// No release has the key there.
fn stranger(path: &str, overlooked: &Overlooked, release: Release) -> Finding {
    let finding = |code, text: String| Finding::advice(code, text);
    let near: Vec<&CrioOption> =
        catalogue::closest(&overlooked.path).into_iter().filter(|option| option.is_in(release)).collect();
    let key = overlooked.path.last().map(String::as_str).unwrap_or_default();
    match near.as_slice() {
        [] => finding(Code::UnknownKey, format!("CRI-O has no {path} and passes over it")),
        near if near[0].key() == key => {
            let places: Vec<String> =
                near.iter().map(|option| format!("[{}]", option.table().path())).collect();
            finding(Code::MisplacedKey, format!("CRI-O has no {path} and passes over it"))
                .help(format!("{key} belongs in {}", places.join(" or ")))
        }
        near => {
            let names: Vec<String> = near.iter().map(|option| option.path()).collect();
            finding(Code::MisspeltKey, format!("CRI-O has no {path} and passes over it"))
                .help(format!("did you mean {}?", names.join(" or ")))
        }
    }
}

fn other_case(overlooked: &Overlooked) -> Finding {
    let proper = overlooked.path.last().map(|key| key.to_lowercase()).unwrap_or_default();
    Finding::advice(
        Code::KeyLetterCase,
        format!("CRI-O takes {} although the case is wrong", name(&overlooked.path)),
    )
    .help(format!(
        "write `{proper}`: with both spellings in one file, which one wins changes from start to start"
    ))
}

fn not_a_table(overlooked: &Overlooked) -> Finding {
    let path = name(&overlooked.path);
    Finding::advice(
        Code::NotATable,
        format!("{path} must be a table; CRI-O drops anything else without a word"),
    )
    .help(format!("write a header such as [{path}.<name>]"))
}

fn negative(overlooked: &Overlooked) -> Finding {
    let path = name(&overlooked.path);
    Finding::advice(
        Code::NegativeNumber,
        format!("{path} cannot be negative: CRI-O makes a huge number of it"),
    )
}

/// A key that acts, or used to, but should not be used.
fn disadvised(path: &[String], release: Release) -> Option<Finding> {
    let Some(Found::Option(option)) = catalogue::find(path) else { return None };
    let shown = name(path);
    let instead = option.instead().map(|instead| format!("use {instead}"));
    let finding = if let Some(inert) = option.inert_since().filter(|inert| *inert <= release) {
        Finding::advice(Code::NoEffect, format!("{shown} is read but does nothing since CRI-O {inert}"))
    } else if option.is_internal() {
        Finding::advice(Code::InternalKey, format!("{shown} is CRI-O's own and overwritten at every start"))
    } else if let Some(since) = option.deprecated_since().filter(|since| *since <= release) {
        Finding::advice(Code::CrioOptionDeprecated, format!("{shown} is deprecated since CRI-O {since}"))
    } else {
        return None;
    };
    debug_assert!(
        !matches!(option.table(), Table::Root) || path.len() == 2,
        "an option of [crio] has two parts"
    );
    Some(match instead {
        Some(instead) => finding.help(instead),
        None => finding,
    })
}
