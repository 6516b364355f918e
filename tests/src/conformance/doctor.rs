//! What doctor says of trees of ill nodes: `cases.jsonl` with the expected names, laid out by the
//! directory's own `lay.py`.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use host_prep::Host;
use host_prep::fs::Root;
use k8sprep::doctor::{Finding, Severity, examine};
use serde_json::Value;

use super::{Error, Request, Tally, json_lines};

pub(super) fn run(request: &Request, tally: &mut Tally) -> Result<(), Error> {
    let cases = request.dir.join("cases.jsonl");
    let trees = tempfile::tempdir().map_err(|error| Error::io(&request.dir, &error))?;
    lay(&request.dir, trees.path())?;
    for case in json_lines(&cases)? {
        // A layer is something to stand on.
        if case["layer"] == true {
            continue;
        }
        let id = case["id"].as_str().unwrap_or_default();
        let root = Root::open(trees.path().join(id)).map_err(|error| unusable(&cases, &error.to_string()))?;
        let found = examine(&Host::offline(root), SystemTime::now()).findings;
        compare(&case, id, &found, tally);
    }
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "the recording lays its trees out itself")]
fn lay(dir: &Path, trees: &Path) -> Result<(), Error> {
    let script = dir.join("lay.py");
    let laid = Command::new("python3")
        .arg(&script)
        .arg(dir.join("cases.jsonl"))
        .arg(dir.join("base.tar.gz"))
        .arg(trees)
        .output()
        .map_err(|error| Error::io(&script, &error))?;
    if laid.status.success() {
        Ok(())
    } else {
        Err(unusable(&script, &String::from_utf8_lossy(&laid.stderr)))
    }
}

fn unusable(path: &Path, why: &str) -> Error {
    Error::Unreadable(path.to_owned(), why.to_owned())
}

/// Every expected name is an error or a warning, and no other error is there but those allowed. A
/// healthy tree has no error and no warning.
fn compare(case: &Value, id: &str, found: &[Finding], tally: &mut Tally) {
    let names = |field: &str| -> BTreeSet<String> {
        let all = case[field].as_array().into_iter().flatten();
        all.filter_map(|name| name.as_str().map(str::to_owned)).collect()
    };
    let (expected, allowed) = (names("expect"), names("allow"));
    let of = |least: Severity| -> BTreeSet<String> {
        let bad = found.iter().filter(|one| one.severity >= least);
        bad.map(|one| one.code.to_owned()).collect()
    };
    let told: BTreeSet<String> = of(Severity::Warning).intersection(&expected).cloned().collect();
    tally.compare("", "named", id, &shown(&expected), &shown(&told));
    let stray =
        |least| of(least).into_iter().filter(|name| !expected.contains(name) && !allowed.contains(name));
    let errors: BTreeSet<String> = stray(Severity::Error).collect();
    tally.compare("", "no other error", id, "", &shown(&errors));
    let warnings: BTreeSet<String> = stray(Severity::Warning).collect();
    tally.compare("", "no other warning", id, "", &shown(&warnings));
}

fn shown(names: &BTreeSet<String>) -> String {
    names.iter().map(String::as_str).collect::<Vec<_>>().join(" ")
}
