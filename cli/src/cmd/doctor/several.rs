//! `doctor --from A B ...`: hosts compared with each other.
//!
//! Archives, facts or directories of them -> one `Profile` a host -> comparisons. JSON:
//! `k8sprep.doctor-hosts/v1`. Findings of single hosts are not told here: each has its own look.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use host_prep::fs::Root;
use serde::{Deserialize, Serialize};

use super::{Doctor, Output, collect};
use crate::bounded;
use crate::cmd::shared::finding_sheet::{BOLD, found, head, help, place};
use crate::doctor::Severity;
use crate::doctor::archive::{Archive, is_unpacked};
use crate::doctor::hosts::{Compared, Difference, HostProfile, Profile, compare};
use crate::failure::{Exit, Failure};
use crate::stage::count;
use crate::ui::{Ui, visible};

/// The facts of a host are a few hundred kilobytes.
const MOST: u64 = 64 << 20;
/// So many hosts of a finding are told; JSON has all.
const TOLD: usize = 10;
/// What in a directory is taken for a host.
const ENDS: [&str; 3] = [".tar.gz", ".tgz", ".json"];

/// What is read of a file of facts; the rest is passed over.
#[derive(Deserialize)]
struct Facts {
    schema: String,
    profile: Option<Profile>,
}

/// The JSON document.
#[derive(Serialize)]
struct Printed<'a> {
    summary: Summary,
    #[serde(flatten)]
    compared: &'a Compared,
}

/// What the last line says.
#[derive(Serialize)]
struct Summary {
    hosts: usize,
    error: usize,
    warning: usize,
    undecided: usize,
    checked: usize,
}

/// The files that are meant: a directory that is no archive stands for those in it.
pub(super) fn files(named: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() || is_unpacked(path) {
            files.push(path.clone());
            continue;
        }
        let names = Root::open(path).and_then(|root| root.list(Path::new("/")));
        let names = names.map_err(|error| Failure::from_error(&error))?.unwrap_or_default();
        let below = names.iter().map(|name| path.join(name));
        let before = files.len();
        files.extend(below.filter(|one| {
            let name = one.to_string_lossy();
            if one.is_dir() { is_unpacked(one) } else { ENDS.iter().any(|end| name.ends_with(end)) }
        }));
        if files.len() == before {
            let text = format!("{} has no support archive and no facts", path.display());
            return Err(Failure::new(Exit::Failed, crate::Code::SupportArchiveDamaged.as_str(), text));
        }
    }
    Ok(files)
}

/// Compares the hosts of several files.
pub(super) fn run(files: &[PathBuf], asked: &Doctor, ui: &mut Ui) -> Result<(), Failure> {
    let hosts: Vec<HostProfile> = files.iter().map(|path| profile(path)).collect::<Result<_, _>>()?;
    let mut compared = compare(&hosts, SystemTime::now());
    let wanted = |family, code: &str| asked.chosen.wants(family, code);
    compared.retain(wanted);
    let of = |severity| compared.findings.iter().filter(|one| one.severity == severity).count();
    let summary = Summary {
        hosts: compared.hosts.len(),
        error: of(Severity::Error),
        warning: of(Severity::Warning),
        undecided: compared.undecided.len(),
        checked: compared.checked,
    };
    match asked.output {
        Output::Text => ui.styled(text(&compared, &summary))?,
        Output::Json => ui.json("doctor-hosts", &Printed { summary, compared: &compared })?,
        Output::Jsonl => {
            compared.findings.iter().try_for_each(|one| ui.json_line("doctor-hosts-finding", one))?;
        }
        _ => return Err(Failure::usage("several hosts are told with --output text, json or jsonl")),
    }
    let fail_on = Severity::from(asked.fail_on);
    if compared.worst() >= Some(fail_on) { Err(Failure::silent(Exit::Differences)) } else { Ok(()) }
}

/// What is compared of the host of a file: facts are JSON, everything else is an archive.
fn profile(path: &Path) -> Result<HostProfile, Failure> {
    let from = path.display().to_string();
    let failed = |error| collect::failed(&error);
    if path.is_dir() {
        return Ok(HostProfile::new(from, Archive::open(path).map_err(failed)?.profile()));
    }
    // Once: what was read of a pipe is gone.
    let bytes = bounded::read(path, MOST).map_err(|error| Failure::cannot_read(&from, error))?;
    if bytes.first() != Some(&b'{') {
        let archive = Archive::of_bytes(path, &bytes).map_err(failed)?;
        return Ok(HostProfile::new(from, archive.profile()));
    }
    let none = |why: String| {
        let code = crate::Code::SupportArchiveDamaged.as_str();
        Failure::new(Exit::Failed, code, format_args!("{from} has no facts of a host: {why}"))
            .hint("make them with `k8sprep facts --output json`")
    };
    let facts: Facts = serde_json::from_slice(&bytes).map_err(|error| none(error.to_string()))?;
    if facts.schema != "k8sprep.facts/v1" {
        return Err(none(format!("its schema is {:?}", facts.schema)));
    }
    let profile = facts.profile.ok_or_else(|| none("they were made by an older k8sprep".to_owned()))?;
    Ok(HostProfile::new(from, profile))
}

/// The worst first.
fn text(compared: &Compared, summary: &Summary) -> String {
    let mut text = format!("{BOLD}{}{BOLD:#} compared\n\n", count(summary.hosts, "host"));
    compared.findings.iter().for_each(|one| add(&mut text, one));
    for file in &compared.passed_over {
        text.push_str(&format!("passed over: {}, of a host that was collected again later\n", visible(file)));
    }
    let all = [(summary.error, "error"), (summary.warning, "warning")];
    text.push_str(&format!("{}; {}", found(&all), count(summary.checked, "comparison")));
    if summary.undecided > 0 {
        text.push_str(&format!(", {} not of all hosts (`--output json` says which)", summary.undecided));
    }
    text.push_str("\n`k8sprep doctor --from FILE` says what is wrong with the one host of an archive\n");
    text
}

/// A difference with its hosts, and what the others have.
fn add(text: &mut String, one: &Difference) {
    text.push_str(&head(one.severity, one.code, &one.message));
    for says in one.hosts.iter().take(TOLD) {
        let there = says.place.as_ref().map(|there| format!(" ({there})")).unwrap_or_default();
        text.push_str(&format!("  {}", place(&format!("{}: {}{there}", says.host, says.value))));
    }
    if one.hosts.len() > TOLD {
        text.push_str(&format!("  and {} more\n", one.hosts.len() - TOLD));
    }
    if let Some(others) = &one.others {
        let line = format!("{}: {}", count(others.hosts, "other"), others.value);
        text.push_str(&format!("  {}\n", visible(&line)));
    }
    text.push_str(&format!("  {}\n", help(one.cure)));
}
