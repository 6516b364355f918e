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
use crate::doctor::archive::{Archive, ArchiveError, is_unpacked};
use crate::doctor::hosts::{Compared, Difference, HostProfile, Profile, compare};
use crate::failure::{Exit, Failure};
use crate::shortened::shortened;
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
    /// Files that are not compared, since they could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unread: &'a Vec<NotRead>,
    #[serde(flatten)]
    compared: &'a Compared,
}

/// A file of which nothing is known.
#[derive(Serialize)]
struct NotRead {
    from: String,
    code: Option<&'static str>,
    why: String,
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
    let (hosts, unread) = profiles(files)?;
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
        Output::Json => {
            ui.json("doctor-hosts", &Printed { summary, unread: &unread, compared: &compared })?;
        }
        Output::Jsonl => {
            compared.findings.iter().try_for_each(|one| ui.json_line("doctor-hosts-finding", one))?;
        }
        _ => return Err(Failure::usage("several hosts are told with --output text, json or jsonl")),
    }
    for one in unread.iter().take(TOLD) {
        ui.warn(one.code.unwrap_or_default(), format_args!("not compared: {}", one.why));
    }
    if unread.len() > TOLD {
        let more = count(unread.len() - TOLD, "more file");
        let code = common(unread.iter().skip(TOLD).map(|one| one.code));
        ui.warn(code, format_args!("not compared: {more}"));
    }
    if !unread.is_empty() {
        return Err(Failure::silent(Exit::Failed));
    }
    let fail_on = Severity::from(asked.fail_on);
    if compared.worst() >= Some(fail_on) { Err(Failure::silent(Exit::Differences)) } else { Ok(()) }
}

/// One file that is broken does not keep the others from being compared; where none can be read, that is
/// the failure.
fn profiles(files: &[PathBuf]) -> Result<(Vec<HostProfile>, Vec<NotRead>), Failure> {
    let (mut hosts, mut failures) = (Vec::new(), Vec::new());
    for path in files {
        match profile(path) {
            Ok(host) => hosts.push(host),
            Err(failure) => failures.push((path, failure)),
        }
    }
    if hosts.is_empty() && failures.len() == 1 {
        return Err(failures.remove(0).1);
    }
    if hosts.is_empty() {
        let code = common(failures.iter().map(|(_, failure)| failure.code()));
        let lines = failures.iter().map(|(_, failure)| failure.text());
        return Err(Failure::lines(Exit::Failed, code, lines));
    }
    let unread = failures.iter().map(|(path, failure)| NotRead {
        from: path.display().to_string(),
        code: failure.code(),
        why: failure.text(),
    });
    Ok((hosts, unread.collect()))
}

/// The code that all of them have. Of several it is that files do not say what is compared.
fn common(mut codes: impl Iterator<Item = Option<&'static str>>) -> &'static str {
    let first = codes.next().flatten();
    let common = first.filter(|first| codes.all(|code| code == Some(first)));
    common.unwrap_or(crate::Code::SupportArchiveDamaged.as_str())
}

/// Why the one file that was named cannot be diagnosed: facts say too little for it. A pipe is not looked
/// at again.
pub(super) fn cannot_be_diagnosed(path: &Path, error: &ArchiveError) -> Failure {
    let bytes = if path.is_file() { bounded::read(path, MOST).unwrap_or_default() } else { Vec::new() };
    if json_of(&bytes).is_none() {
        return collect::failed(error);
    }
    let text =
        format!("{} is no support archive: facts are compared with those of other hosts", path.display());
    Failure::new(Exit::Failed, crate::Code::SupportArchiveDamaged.as_str(), text)
        .hint("name several hosts, or have `k8sprep doctor --collect FILE` run on this one")
}

/// An object of JSON, whatever an editor put before it.
fn json_of(bytes: &[u8]) -> Option<&[u8]> {
    let text = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes).trim_ascii_start();
    text.starts_with(b"{").then_some(text)
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
    let Some(json) = json_of(&bytes) else {
        let archive = Archive::of_bytes(path, &bytes).map_err(failed)?;
        return Ok(HostProfile::new(from, archive.profile()));
    };
    let none = |why: String| {
        let code = crate::Code::SupportArchiveDamaged.as_str();
        Failure::new(Exit::Failed, code, format_args!("{from} has no facts of a host: {why}"))
            .hint("make them with `k8sprep facts --output json`")
    };
    let facts: Facts = serde_json::from_slice(json).map_err(|error| none(error.to_string()))?;
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
    for file in compared.passed_over.iter().take(TOLD) {
        let why = "of a host that another file shows as late or later";
        text.push_str(&format!("passed over: {}, {why}\n", visible(file)));
    }
    if compared.passed_over.len() > TOLD {
        text.push_str(&format!("and {} more passed over\n", compared.passed_over.len() - TOLD));
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
        let line = format!("{}: {}{there}", says.host, says.value);
        text.push_str(&format!("  {}", place(&shortened(&line))));
    }
    if one.hosts.len() > TOLD {
        text.push_str(&format!("  and {} more\n", one.hosts.len() - TOLD));
    }
    if let Some(others) = &one.others {
        let line = format!("{}: {}", count(others.hosts, "other"), others.value);
        text.push_str(&format!("  {}\n", visible(&shortened(&line))));
    }
    text.push_str(&format!("  {}\n", help(one.cure)));
}
