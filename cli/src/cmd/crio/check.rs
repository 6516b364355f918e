//! `k8sprep crio check`.

use std::borrow::Cow;

use annotate_snippets::Level;
use crio_config::{CheckOptions, Finding, ImageReference, Severity, Sources};
use serde::Serialize;

use super::{Configured, collect};
use crate::cmd::Run;
use crate::excerpt::{self, Excerpt, Place};
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
struct Printed<'a> {
    severity: &'static str,
    rule: &'a str,
    text: &'a str,
    help: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<usize>,
    /// The bytes of the file, from and up to.
    span: Option<[usize; 2]>,
}

impl Run for Check {
    const NAME: &'static str = "check";
    const ABOUT: &'static str =
        "Check CRI-O's configuration: errors CRI-O would report, and mistakes it ignores";
    const EXAMPLES: &'static str =
        "  k8sprep crio check                             # of this host, as the newest CRI-O reads it
  k8sprep crio check --release 1.31 --root /mnt/image
  k8sprep crio check --pause-image registry.k8s.io/pause:3.10
  k8sprep crio check --output json | jq -r '.[] | select(.severity == \"refused\") | .text'

Exits with 3 where CRI-O would not start.";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let root = self.configured.on.tree()?;
        let sources = collect::sources(&root)?;
        let mut options = CheckOptions::default();
        options.kubeadm_pause_image = self.pause_image;
        if let Ok(merged) = crio_config::merge(&sources, self.configured.release) {
            options.host = collect::host(&root, &merged.config);
        }
        let report = crio_config::check(&sources, self.configured.release, &options);
        match self.output {
            Format::Json => ui.json(&report.findings.iter().map(printed).collect::<Vec<_>>())?,
            Format::Text if report.findings.is_empty() => {
                ui.line(format_args!("nothing to say: CRI-O {} takes it", self.configured.release))?;
            }
            Format::Text => {
                for finding in &report.findings {
                    ui.styled(format_args!("{}\n\n", drawn(finding, &sources)))?;
                }
            }
        }
        if report.is_accepted() { Ok(()) } else { Err(Failure::silent(Exit::Differences)) }
    }
}

fn printed(finding: &Finding) -> Printed<'_> {
    Printed {
        severity: match finding.severity {
            Severity::Refused => "refused",
            Severity::Warning => "warning",
            _ => "advice",
        },
        rule: finding.rule,
        text: &finding.text,
        help: finding.help.as_deref(),
        file: finding.origin.as_ref().map(|origin| &*origin.path),
        line: finding.origin.as_ref().map(|origin| origin.line),
        span: finding.origin.as_ref().map(|origin| [origin.span.start, origin.span.end]),
    }
}

/// The finding with the line it is about and a caret under the place.
fn drawn(finding: &Finding, sources: &Sources) -> String {
    let level = match finding.severity {
        Severity::Refused => Level::ERROR,
        Severity::Warning => Level::WARNING,
        _ => excerpt::advice(),
    };
    let origin = finding.origin.as_ref();
    let text = origin.and_then(|origin| text_of(sources, &origin.path));
    let place = origin.zip(text.as_deref());
    let place = place.map(|(origin, text)| Place::Shown {
        file: &origin.path,
        text,
        first_line: 1,
        span: origin.span.clone(),
    });
    excerpt::drawn(Excerpt { level, title: &finding.text, place, help: finding.help.as_deref() })
}

fn text_of<'a>(sources: &'a Sources, path: &str) -> Option<Cow<'a, str>> {
    let file = sources.main.iter().chain(&sources.drop_ins).find(|file| file.path == path)?;
    Some(excerpt::readable(file.content.as_ref().ok()?))
}
