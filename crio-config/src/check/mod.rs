//! Everything there is to say about a configuration: what CRI-O refuses, what it warns of, and what it never tells.

mod advice;
mod keys;
mod start;

use std::sync::Arc;

use crate::effective::{FileReport, Merger, Overlooked};
use crate::{Effective, FileOrigin, Host, ImageReference, Merged, Refusal, Release, Sources};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// CRI-O does not start; the text is its own.
    Refused,
    /// CRI-O starts and warns; the text is its own.
    Warning,
    /// CRI-O says nothing; the text is ours.
    Advice,
}

/// One thing to say about a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// A short name of the rule, for programs: `unknown-key`, `removed-key`, `load`, …
    pub rule: &'static str,
    /// What is the matter.
    pub text: String,
    /// What to do about it.
    pub help: Option<String>,
    /// The line of the file it is about.
    pub origin: Option<FileOrigin>,
}

/// What the caller knows beyond the files.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CheckOptions {
    /// Facts of the host.
    pub host: Host,
    /// The pause image kubeadm of the cluster's minor release uses.
    pub kubeadm_pause_image: Option<ImageReference>,
}

/// What a check found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// Refusals first, in CRI-O's order; then warnings and advice by file and line.
    pub findings: Vec<Finding>,
    /// The configuration CRI-O ends up with, unless it refuses it.
    pub effective: Option<Effective>,
}

impl Report {
    /// Would CRI-O start with it?
    pub fn is_accepted(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity != Severity::Refused)
    }
}

/// Checks the configuration as a release would take it. Reports every problem of every file, not only the first.
pub fn check(sources: &Sources, release: Release, options: &CheckOptions) -> Report {
    let mut merger = Merger::new(release);
    let reports = merger.read_all(sources);
    let mut findings: Vec<Finding> =
        reports.iter().flat_map(|report| &report.refusals).cloned().map(Finding::refused).collect();
    let mut quiet = Vec::new();
    for report in &reports {
        keys::overlooked(report, release, &mut quiet);
    }
    advice::files(sources, release, &mut quiet);
    let loads = findings.is_empty();
    let mut effective = None;
    // What is missing from a file that cannot be read must not be held against the others.
    if loads {
        effective = judge(merger.finish(), options, &mut findings, &mut quiet);
    }
    quiet.sort_by_key(|finding| {
        finding.origin.as_ref().map(|origin| (origin.path.clone(), origin.span.start))
    });
    findings.append(&mut quiet);
    findings.sort_by_key(|finding| finding.severity);
    Report { findings, effective }
}

/// Applies CRI-O's rules and ours to the merged configuration.
fn judge(
    merged: Merged,
    options: &CheckOptions,
    findings: &mut Vec<Finding>,
    quiet: &mut Vec<Finding>,
) -> Option<Effective> {
    advice::values(&merged.config, options, quiet);
    match merged.validate(&options.host) {
        Ok(valid) => {
            findings.extend(valid.warnings.iter().map(|warning| Finding::warned(warning)));
            start::rules(&valid.config, &options.host, findings);
            Some(valid.config)
        }
        Err(refusals) => {
            findings.extend(refusals.into_iter().map(Finding::refused));
            None
        }
    }
}

impl Finding {
    fn refused(refusal: Refusal) -> Self {
        let rule = match refusal.stage {
            crate::Stage::Load => "load",
            crate::Stage::Validate => "validate",
            crate::Stage::Crash => "crash",
        };
        Self { severity: Severity::Refused, rule, text: refusal.text, help: None, origin: refusal.origin }
    }

    fn warned(warning: &str) -> Self {
        let text = warning.strip_prefix("warning: ").unwrap_or(warning).to_owned();
        Self { severity: Severity::Warning, rule: "warning", text, help: None, origin: None }
    }

    fn advice(rule: &'static str, text: impl Into<String>) -> Self {
        Self { severity: Severity::Advice, rule, text: text.into(), help: None, origin: None }
    }

    #[must_use]
    fn at(mut self, origin: Option<FileOrigin>) -> Self {
        self.origin = origin;
        self
    }

    #[must_use]
    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Where an overlooked key stands.
fn origin_of(report: &FileReport, overlooked: &Overlooked) -> FileOrigin {
    let path: Arc<str> = report.path.clone();
    FileOrigin { path, line: report.lines.line(overlooked.span.start), span: overlooked.span.clone() }
}
