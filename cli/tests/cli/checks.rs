//! The page of checks: one row a check, made of the catalogue, the cures, and the tables that the
//! doctor's tests made of themselves.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use k8sprep::doctor::{CATALOGUE, Check, Family, Need, Severity, cures};

use crate::handbook::{MADE, page, prose, top};

/// What the doctor's tests prove, and what is proved beside them.
const TABLES: [&str; 2] = ["proved.tsv", "elsewhere.tsv"];

const INTRO: &str = "What `k8sprep doctor` looks for, one row a check; `k8sprep explain CODE` says what each means, and what to do.\n\n\
- **Releases**: what the rule asks of a release; *all* where the release does not matter to it.\n\
- **Needs**: *files* alone decide (a dead disk too), the *kernel*, a *daemon* or program that answers, the *API* server, a *log*. One of several is enough \
to say something.\n\
- **Cured by**: `--fix` or `--fix=unsafe`, whose plan `k8sprep rollback` undoes; else the commands that the finding prints, and why no plan does it. On a control \
plane that runs, and where a runtime has to be restarted under pods, what `--fix` cures elsewhere is unsafe.\n\
- **Fires in**, **undecided in**: the test, and the answer that was taken away there; without one, the test's host has not what the check needs. \
**Beside that**: recorded trees and journals of real nodes, real kubeadm's preflight, a real cluster made ill.\n\n\
Each holds in a test as well, and says nothing of the recorded nodes that are well, nor of a host before `kubeadm init`.\n";

/// The columns of a table by its first.
fn by_code(table: &str) -> BTreeMap<&str, Vec<Vec<&str>>> {
    let mut all: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        all.entry(columns[0]).or_default().push(columns);
    }
    all
}

/// Why no plan cures it, by what it needs and what it is about.
fn why_not(family: Family, check: &Check) -> &'static str {
    let only = |some: &[Need]| check.needs.iter().all(|need| some.contains(need));
    match () {
        () if only(&[Need::Log]) => "a log points to it, and says nothing that a step could set",
        () if only(&[Need::Log, Need::Api]) => "it lies in the cluster, not on this host",
        () if family == Family::Upgrade => "`k8sprep upgrade` has the steps, in their order",
        () if family == Family::Certificates => {
            "whose key or name is right only their owner knows; `k8sprep certs` renews"
        }
        () if family == Family::Join => "it is decided on another node, or at the join",
        () if family == Family::Packages => "packages are `k8sprep apply`'s, which is told which",
        () if only(&[Need::Kernel]) => "the machine, or what runs on it: no file of a host makes it so",
        () if check.severity == Severity::Note => "nothing has to be done",
        () => "somebody wrote it, and which value is meant only they know; the finding names the line",
    }
}

fn needs(check: &Check) -> String {
    let name = |need: &Need| match need {
        Need::Files => "files",
        Need::Kernel => "kernel",
        Need::Daemon => "daemon",
        Need::Api => "API",
        Need::Log => "log",
        _ => "?",
    };
    check.needs.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// A test's path without what all have.
fn test(path: &str) -> String {
    let short = path.trim_start_matches("doctor::").trim_start_matches("rules::").replace("::tests::", ": ");
    short.replace("::", ": ").replace('_', " ")
}

fn row(family: Family, check: &Check, proved: &[&str], elsewhere: &[Vec<&str>]) -> String {
    let column = |at: usize| proved.get(at).copied().unwrap_or_default();
    let cured = cures().find(|cure| cure.code == check.name).map(|cure| match cure.fix.as_str() {
        "unsafe" => "`--fix=unsafe`".to_owned(),
        _ => "`--fix`".to_owned(),
    });
    let cured = cured.unwrap_or_else(|| format!("commands: {}", why_not(family, check)));
    let without = match column(4) {
        "" => String::new(),
        asked => format!(", without `{asked}`"),
    };
    let beside: Vec<String> = elsewhere.iter().map(|row| format!("{} {}", row[1], row[2])).collect();
    let cells = [
        format!("`{}`", check.name),
        check.severity.as_str().to_owned(),
        check.releases.to_owned(),
        needs(check),
        cured,
        test(column(1)),
        format!("{}{without}", test(column(3))),
        beside.join("; "),
    ];
    format!("| {} |\n", cells.map(|cell| prose(&cell).replace('|', "\\|")).join(" | "))
}

#[test]
fn the_page_of_checks_in_the_handbook_has_every_check() {
    let dir = top().join("cli/src/doctor/testdata");
    let tables = TABLES.map(|name| std::fs::read_to_string(dir.join(name)).unwrap());
    let [proved, elsewhere] = tables.each_ref().map(|text| by_code(text));
    let mut text = format!("{MADE}# Checks\n\n{INTRO}");
    let mut counts = String::from(
        "\n| Family | Checks | `--fix` | `--fix=unsafe` | Commands | Fire | Hold | Undecided | Without one answer | Beside that |\n|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let mut rows = String::new();
    for (family, checks) in CATALOGUE {
        let name = serde_json::to_value(family).unwrap().as_str().unwrap_or_default().to_owned();
        let _ = write!(
            rows,
            "\n## {name}\n\n| Check | Severity | Releases | Needs | Cured by | Fires in | Undecided in | Beside that |\n|---|---|---|---|---|---|---|---|\n"
        );
        let mut count = [0; 8];
        for check in *checks {
            let of =
                proved.get(check.name).and_then(|all| all.first()).map(Vec::as_slice).unwrap_or_default();
            let beside = elsewhere.get(check.name).map(Vec::as_slice).unwrap_or_default();
            rows.push_str(&row(*family, check, of, beside));
            let fix = cures().find(|cure| cure.code == check.name).map(|cure| cure.fix.as_str());
            let has = |at: usize| of.get(at).is_some_and(|text| !text.is_empty());
            let is = [
                fix == Some("automatic"),
                fix == Some("unsafe"),
                fix.is_none(),
                has(1),
                has(2),
                has(3),
                has(4),
                !beside.is_empty(),
            ];
            count.iter_mut().zip(is).for_each(|(count, is)| *count += usize::from(is));
        }
        let numbers: Vec<String> = count.iter().map(ToString::to_string).collect();
        let _ = writeln!(counts, "| {name} | {} | {} |", checks.len(), numbers.join(" | "));
    }
    text.push_str(&counts);
    text.push_str(&rows);
    page("en/reference/checks.md", &text);
}
