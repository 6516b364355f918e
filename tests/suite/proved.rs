//! What proves checks of the doctor beside its own tests: recorded trees and journals, real kubeadm, a
//! real cluster. The table beside the doctor's tests is made of these.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use k8sprep::doctor::checks;
use serde_json::Value;

/// A code, how it is proved, and by what.
type Row = (String, &'static str, String);

fn table() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/src/doctor/testdata/elsewhere.tsv")
}

const HEAD: &str =
    "# Made by tests/suite/proved.rs: what proves checks beside the doctor's own tests.\n# code\thow\tby\n";

/// What the checkout has.
fn of_checkout() -> BTreeSet<Row> {
    let mut all = BTreeSet::new();
    for row in crate::preflight::ROWS {
        all.insert((row.code.to_owned(), "kubeadm", row.check.to_owned()));
    }
    for (name, code) in k8sprep_tests::real_cluster::named_ills() {
        all.insert((code.to_owned(), "cluster", name.to_owned()));
    }
    for (journal, errors, warnings) in crate::journals::RECORDED {
        for code in errors.iter().chain(*warnings) {
            all.insert(((*code).to_owned(), "journal", (*journal).to_owned()));
        }
    }
    all
}

/// What is recorded beside it.
fn of_trees(cases: &str) -> BTreeSet<Row> {
    let mut all = BTreeSet::new();
    for case in cases.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let id = case["id"].as_str().unwrap_or_default().to_owned();
        let expected = case["expect"].as_array().into_iter().flatten().filter_map(Value::as_str);
        all.extend(expected.map(|code| (code.to_owned(), "tree", id.clone())));
    }
    all
}

/// The rows that there are, of those ways.
fn there(ways: &[&str]) -> BTreeSet<Row> {
    let text = std::fs::read_to_string(table()).unwrap_or_default();
    let rows = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut columns = line.split('\t');
        let (code, how, by) = (columns.next()?, columns.next()?, columns.next()?);
        let how = ["cluster", "journal", "kubeadm", "tree"].into_iter().find(|known| *known == how)?;
        Some((code.to_owned(), how, by.to_owned()))
    });
    rows.filter(|(_, how, _)| ways.contains(how)).collect()
}

/// Compares the rows of those ways, or writes them anew beside the others.
#[expect(clippy::disallowed_methods, reason = "a table of the tests is made anew by who asks for it")]
fn compare(ways: &[&str], others: &[&str], wanted: &BTreeSet<Row>) {
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        let all: BTreeSet<Row> = wanted.union(&there(others)).cloned().collect();
        let rows: String = all.iter().map(|(code, how, by)| format!("{code}\t{how}\t{by}\n")).collect();
        std::fs::write(table(), format!("{HEAD}{rows}")).unwrap();
    }
    let is = there(ways);
    let differ: Vec<&Row> = is.symmetric_difference(wanted).collect();
    assert!(differ.is_empty(), "elsewhere.tsv is stale: {differ:#?}");
    let unknown: Vec<&Row> =
        wanted.iter().filter(|row| checks().all(|(_, check)| check.name != row.0)).collect();
    assert!(unknown.is_empty(), "no checks: {unknown:#?}");
}

#[test]
fn what_real_programs_prove_is_in_the_table() {
    compare(&["cluster", "journal", "kubeadm"], &["tree"], &of_checkout());
}

#[test]
#[ignore = "run it with `tests/layer recorded`"]
fn what_recorded_trees_prove_is_in_the_table() {
    let Some(recorded) = k8sprep_tests::recorded("recorded/doctor") else { return };
    let cases = std::fs::read_to_string(recorded.join("cases.jsonl")).unwrap();
    compare(&["tree"], &["cluster", "journal", "kubeadm"], &of_trees(&cases));
}
