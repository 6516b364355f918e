//! `k8sprep crio check`.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use annotate_snippets::Level;
use crio_config::{CheckOptions, ImageReference, Presence, Remark, Severity, SourceFile, Sources};
use serde::Serialize;

use super::judged::{self, Judged, Known};
use super::{Configured, collect};
use crate::cmd::Run;
use crate::excerpt::{self, Excerpt, Lines};
use crate::failure::{Exit, Failure};
use crate::ui::{Format, Ui};

/// The flags of `crio check`.
#[derive(clap::Args, Debug)]
pub(crate) struct Check {
    #[command(flatten)]
    configured: Configured,
    /// The pause image kubeadm uses, to compare CRI-O's with
    #[arg(long, value_name = "IMAGE")]
    pause_image: Option<ImageReference>,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Printed<'a> {
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
    /// The release the file was read as.
    release: String,
    /// How that is known: `given`, `package`, `program` or `assumed`.
    release_from: &'static str,
}

impl Run for Check {
    const NAME: &'static str = "check";
    const ABOUT: &'static str =
        "Check CRI-O's configuration: errors CRI-O would report, and mistakes it ignores";
    const EXAMPLES: &'static str =
        "  k8sprep crio check                             # of this host, as the CRI-O installed here reads it
  k8sprep crio check --release 1.31 --root /mnt/image
  k8sprep crio check --pause-image registry.k8s.io/pause:3.10
  k8sprep crio check --output json | jq -r '.[] | select(.severity == \"error\") | .text'

Looks at crio.conf, its drop-ins and what CRI-O needs beside them: the programs of its runtimes in the unit's PATH,
storage.conf, registries.conf, policy.json, networks and their plugins. Exits with 3 where CRI-O would not start.";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let judged = self.configured.judged()?;
        let root = self.configured.on.tree()?;
        let sources = collect::sources(&root)?;
        let mut options = CheckOptions::default();
        options.kubeadm_pause_image = self.pause_image;
        if let Ok(merged) = crio_config::merge(&sources, judged.release) {
            options.host = collect::host(&root, &merged.config);
        }
        options.host.crio = match judged.known {
            Known::Asked if !judged::is_installed(&self.configured.on)? => None,
            Known::NotInstalled => Some(Presence::Absent),
            _ => Some(Presence::Present),
        };
        let report = crio_config::check(&sources, judged.release, &options);
        match self.output {
            Format::Json => {
                ui.json(&report.remarks.iter().map(|remark| printed(remark, &judged)).collect::<Vec<_>>())?;
            }
            Format::Text if report.remarks.is_empty() => {
                ui.line(format_args!("no problems found, {judged}"))?
            }
            Format::Text => {
                let texts = texts(&report.remarks, &sources, &options.host.beside);
                let texts: BTreeMap<&str, Lines<'_>> =
                    texts.iter().map(|(file, text)| (*file, Lines::new(file, text))).collect();
                for remark in &report.remarks {
                    ui.styled(format_args!("{}\n\n", drawn(remark, &texts)))?;
                }
                ui.note(&judged);
            }
        }
        if report.is_accepted() { Ok(()) } else { Err(Failure::silent(Exit::Differences)) }
    }
}

fn printed<'a>(remark: &'a Remark, judged: &Judged) -> Printed<'a> {
    Printed {
        severity: remark.severity.as_str(),
        code: remark.code.as_str(),
        field: &remark.field,
        text: &remark.text,
        help: remark.help.as_deref(),
        file: remark.file.as_deref(),
        line: remark.line,
        column: remark.column,
        span: remark.span.as_ref().map(|span| [span.start, span.end]),
        release: judged.release.to_string(),
        release_from: judged.source(),
    }
}

/// The remark with the line it is about and a caret under the place.
fn drawn(remark: &Remark, texts: &BTreeMap<&str, Lines<'_>>) -> String {
    let level = match remark.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        _ => excerpt::advice(),
    };
    let (title, help) = (&remark.text, remark.help.as_deref());
    let place = remark.line.zip(remark.span.clone());
    match remark.file.as_deref().and_then(|file| texts.get(file)).zip(place) {
        Some((lines, place)) => lines.drawn_span(level, title, place, help),
        None => excerpt::drawn(Excerpt { level, title, place: None, help }),
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
