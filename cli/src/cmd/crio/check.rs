//! `k8sprep crio check`.
//!
//! Without files the host's own configuration and unit, with files each by itself.
//! `crio_config::check` judges; here is what the host adds (programs that are there, the unit) and
//! how it is printed. Exit 3 where CRI-O would not start. JSON: `k8sprep.crio-check/v1`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use annotate_snippets::Level;
use crio_config::{
    CheckOptions, ImageReference, Presence, Release, Remark, Report, Severity, SourceFile, Sources,
};
use host_prep::fs::MAX_FILE;
use serde::Serialize;

use super::judged::{self, Judged, Known};
use super::{Configured, collect, unit};
use crate::cmd::{Exits, Run};
use crate::crio_host::{self, Started};
use crate::excerpt::{self, Excerpt, Lines};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::recipe::Finding;
use crate::ui::{Format, Ui};

/// The flags of `crio check`.
#[derive(clap::Args, Debug)]
pub(crate) struct Check {
    /// Check these files instead, each as the only one that CRI-O reads, without a look at this
    /// host; `-` reads stdin
    #[arg(value_name = "FILE", conflicts_with_all = ["root", "pause_image"])]
    files: Vec<PathBuf>,
    #[command(flatten)]
    configured: Configured,
    /// The pause image kubeadm uses, to compare CRI-O's with
    #[arg(long, value_name = "IMAGE")]
    pause_image: Option<ImageReference>,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// One configuration that was judged.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Printed<'a> {
    /// The release that the files were read as.
    release: String,
    /// How that is known: `given`, `package`, `program` or `assumed`.
    release_from: &'static str,
    /// Whether CRI-O would start.
    accepted: bool,
    remarks: Vec<PrintedRemark<'a>>,
}

/// A remark as JSON has it; findings of the unit have the same shape.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PrintedRemark<'a> {
    severity: &'static str,
    code: &'static str,
    field: &'a str,
    text: &'a str,
    help: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
    /// The bytes of the file, from and up to.
    span: Option<[usize; 2]>,
}

impl Run for Check {
    const NAME: &'static str = "check";
    const ABOUT: &'static str =
        "Check CRI-O's configuration: errors CRI-O would report, and mistakes it ignores";
    const EXAMPLES: &'static str = "
  k8sprep crio check                              # as the CRI-O installed here reads it
  k8sprep crio check --release 1.31 --root /mnt/image
  k8sprep crio check --release 1.34 crio.conf     # files of wherever
  k8sprep crio check --pause-image registry.k8s.io/pause:3.10
  k8sprep crio check --output json | jq -r '.remarks[] | select(.severity == \"error\") | .text'";
    const NOTES: &'static str = "
Looks at crio.conf, its drop-ins and what CRI-O needs beside them: the programs of its runtimes in the unit's PATH,
storage.conf, registries.conf, policy.json, networks and their plugins, and the unit as systemd reads it.";
    const EXITS: Exits = &[(0, "CRI-O would start"), (3, "CRI-O would not start")];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let judged = self.configured.judged()?;
        let mut verdict = Ok(());
        let mut checked = Vec::new();
        if self.files.is_empty() {
            checked.push(self.of_host(&judged)?);
        }
        for file in &self.files {
            match of_file(file, judged.release) {
                Ok(one) => checked.push(one),
                Err(failure) => {
                    // The others are checked all the same.
                    ui.failure(&failure);
                    verdict = Err(Failure::silent(Exit::Failed));
                }
            }
        }
        let accepted = verdict.is_ok() && checked.iter().all(Checked::is_accepted);
        match self.output {
            Format::Json => ui.json(
                "crio-check",
                &Printed {
                    release: judged.release.to_string(),
                    release_from: judged.source(),
                    accepted,
                    remarks: checked.iter().flat_map(Checked::printed).collect(),
                },
            )?,
            Format::Text => checked.iter().try_for_each(|one| one.print(&judged, ui))?,
        }
        verdict?;
        if accepted { Ok(()) } else { Err(Failure::silent(Exit::Differences)) }
    }
}

/// What was checked, and what there is to say of it.
struct Checked {
    sources: Sources,
    options: CheckOptions,
    report: Report,
    /// What is wrong with CRI-O's unit.
    unit: Vec<Finding>,
    /// Of one file: its name.
    file: Option<String>,
}

/// One file, whatever host it is for.
fn of_file(file: &Path, release: Release) -> Result<Checked, Failure> {
    let name = input::shown(file);
    let bytes = input::read(file, MAX_FILE).map_err(|error| Failure::cannot_read(&name, error))?;
    let mut sources = Sources::new();
    sources.main = Some(SourceFile::new(name.as_str(), Ok(bytes)));
    let options = CheckOptions::default();
    let report = crio_config::check(&sources, release, &options);
    Ok(Checked { sources, options, report, unit: Vec::new(), file: Some(name) })
}

impl Check {
    /// What CRI-O reads on the host, and what it needs beside that.
    fn of_host(&self, judged: &Judged) -> Result<Checked, Failure> {
        let root = self.configured.on.tree()?;
        let crio = Started::on(&root);
        let sources = collect::sources(&root, &crio)?;
        let mut options = CheckOptions::default();
        options.kubeadm_pause_image.clone_from(&self.pause_image);
        if let Ok(merged) = crio_config::merge(&sources, judged.release) {
            options.host = crio_host::host(&root, &crio, &merged.config);
        }
        options.host.crio = match judged.known {
            Known::Asked if !judged::is_installed(&self.configured.on)? => None,
            Known::NotInstalled => Some(Presence::Absent),
            _ => Some(Presence::Present),
        };
        let report = crio_config::check(&sources, judged.release, &options);
        Ok(Checked { sources, options, report, unit: unit::look(&root), file: None })
    }
}

impl Checked {
    /// Whether CRI-O starts with it.
    fn is_accepted(&self) -> bool {
        self.report.is_accepted() && self.unit.iter().all(|one| unit::severity(one) != Severity::Error)
    }

    /// Remarks of the files first, then those of the unit.
    fn printed(&self) -> impl Iterator<Item = PrintedRemark<'_>> {
        let of_unit = self.unit.iter().map(|finding| PrintedRemark {
            severity: unit::severity(finding).as_str(),
            code: finding.code,
            field: "",
            text: &finding.what,
            help: Some(&finding.hint),
            file: None,
            line: None,
            column: None,
            span: None,
        });
        self.report.remarks.iter().map(printed).chain(of_unit)
    }

    /// Each remark with the line that it is about, where the text is at hand.
    fn print(&self, judged: &Judged, ui: &mut Ui) -> Result<(), Failure> {
        let remarks = &self.report.remarks;
        if remarks.is_empty() && self.unit.is_empty() {
            let file = self.file.as_ref().map(|file| format!("{file}: ")).unwrap_or_default();
            return ui.line(format_args!("{file}no problems found, {judged}"));
        }
        let texts = texts(remarks, &self.sources, &self.options.host.beside);
        let texts: BTreeMap<&str, Lines<'_>> =
            texts.iter().map(|(file, text)| (*file, Lines::new(file, text))).collect();
        for remark in remarks {
            ui.styled(format_args!("{}\n\n", drawn(remark, &texts)))?;
        }
        for finding in &self.unit {
            let (level, help) = (level(unit::severity(finding)), Some(finding.hint.as_str()));
            let title = format!("{} [{}]", finding.what, finding.code);
            let drawn = excerpt::drawn(Excerpt { level, title: &title, place: None, help });
            ui.styled(format_args!("{drawn}\n\n"))?;
        }
        ui.note(judged);
        Ok(())
    }
}

fn printed(remark: &Remark) -> PrintedRemark<'_> {
    PrintedRemark {
        severity: remark.severity.as_str(),
        code: remark.code.as_str(),
        field: &remark.field,
        text: &remark.text,
        help: remark.help.as_deref(),
        file: remark.file.as_deref(),
        line: remark.line,
        column: remark.column,
        span: remark.span.as_ref().map(|span| [span.start, span.end]),
    }
}

/// How an excerpt is coloured.
fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        _ => excerpt::advice(),
    }
}

/// The remark with the line it is about and a caret under the place.
fn drawn(remark: &Remark, texts: &BTreeMap<&str, Lines<'_>>) -> String {
    let level = level(remark.severity);
    let (title, help) = (format!("{} [{}]", remark.text, remark.code), remark.help.as_deref());
    let place = remark.line.zip(remark.span.clone());
    match remark.file.as_deref().and_then(|file| texts.get(file)).zip(place) {
        Some((lines, place)) => lines.drawn_span(level, &title, place, help),
        // A line of the unit, whose text is not at hand.
        None => {
            let place = remark.file.as_ref().zip(remark.line);
            let title = place.map_or(title.clone(), |(file, line)| format!("{file}:{line}: {title}"));
            excerpt::drawn(Excerpt { level, title: &title, place: None, help })
        }
    }
}

/// The text of each file that a remark is about, read once.
fn texts<'a>(
    remarks: &'a [Remark],
    sources: &'a Sources,
    beside: &'a [SourceFile],
) -> BTreeMap<&'a str, Cow<'a, str>> {
    let meant: BTreeSet<&str> = remarks.iter().filter_map(|remark| remark.file.as_deref()).collect();
    let all = sources.main.iter().chain(&sources.drop_ins).chain(beside);
    let meant = all.filter(|file| meant.contains(file.path.as_str()));
    meant
        .filter_map(|file| Some((file.path.as_str(), excerpt::readable(file.content.as_ref().ok()?))))
        .collect()
}
