//! Everything there is to say about a configuration: what CRI-O refuses, what it warns of, and what
//! it never tells.

mod advice;
mod beside;
mod file;
mod help;
mod keys;
mod network;
mod refusal;
mod registries;
mod remark;
mod start;
mod values;

use std::sync::Arc;

use crate::code::Code;
use crate::effective::{FileReport, Merger, Overlooked};
pub use beside::paths_named;
pub use remark::{Remark, Severity};

use crate::toml::{Dialect, join_key};
use crate::{CrioHost, Effective, FileOrigin, ImageReference, Merged, Refusal, Release, Sources};

/// One thing to say about a configuration, while it is looked for.
#[derive(Clone, Debug)]
struct Finding {
    severity: Severity,
    code: Code,
    field: String,
    text: String,
    help: Option<String>,
    origin: Option<FileOrigin>,
}

/// What the caller knows beyond the files.
///
/// ```
/// use crio_config::{CheckOptions, Sources, check};
///
/// let mut options = CheckOptions::default();
/// options.kubeadm_pause_image = Some("registry.k8s.io/pause:3.10.1".parse()?);
/// let text = "[crio.image]\npause_image = \"registry.k8s.io/pause:3.5\"\n";
/// let sources = Sources::new().with_main("/etc/crio/crio.conf", text);
/// let report = check(&sources, "1.34".parse()?, &options);
/// assert!(report.remarks.iter().any(|remark| remark.field == "crio.image.pause_image"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CheckOptions {
    /// Facts of the host.
    pub host: CrioHost,
    /// The pause image kubeadm of the cluster's minor release uses.
    pub kubeadm_pause_image: Option<ImageReference>,
}

/// What a check found.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[must_use]
pub struct Report {
    /// Errors first, in CRI-O's order; then warnings and advice by file and line.
    pub remarks: Vec<Remark>,
    /// The configuration CRI-O ends up with, unless it refuses it.
    pub effective: Option<Effective>,
}

impl Report {
    /// Would CRI-O start with it?
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.remarks.iter().all(|remark| remark.severity < Severity::Error)
    }
}

/// Checks the configuration as a release would take it. Reports every problem of every file, not
/// only the first.
///
/// Remarks are sorted worst first. Of a host that [`CheckOptions::host`] says nothing about
/// everything is taken as fine: the check then is of the files alone.
///
/// ```
/// use crio_config::{CheckOptions, Severity, Sources, check};
///
/// let text = "[crio.runtime]\nselinux = \"yes\"\nmanage_network_ns_lifecycle = true\n";
/// let sources = Sources::new().with_main("/etc/crio/crio.conf", text);
/// let report = check(&sources, "1.34".parse()?, &CheckOptions::default());
/// assert!(!report.is_accepted());
/// assert_eq!(report.remarks[0].severity, Severity::Error);
/// assert_eq!((report.remarks[0].line, report.remarks[0].column), (Some(2), Some(11)));
/// assert_eq!(report.remarks[1].code, "removed-key");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn check(sources: &Sources, release: Release, options: &CheckOptions) -> Report {
    let mut merger = Merger::new(release);
    // CRI-O ends at the first file that it cannot read; here each gets its remark, and its values
    // are left out.
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
    // The sort is stable, so CRI-O's own order stays among equals.
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    findings.extend(beside::not_installed(release, &options.host));
    let remarks = findings.into_iter().map(|finding| finding.remark(sources, &options.host.beside)).collect();
    Report { remarks, effective }
}

/// Applies CRI-O's rules and ours to the merged configuration.
fn judge(
    merged: Merged,
    options: &CheckOptions,
    findings: &mut Vec<Finding>,
    quiet: &mut Vec<Finding>,
) -> Option<Effective> {
    advice::values(&merged.config, options, quiet);
    beside::rules(&merged.config, &options.host, findings);
    network::rules(&merged.config, &options.host, findings);
    beside::unread(&options.host, quiet);
    match merged.validate(&options.host) {
        Ok(valid) => {
            findings.extend(valid.warnings.iter().map(|warning| Finding::warned(warning)));
            // Only what passed: a start comes after the validation, and would repeat its errors.
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
        let code = match refusal.stage {
            crate::Stage::Load => Code::CrioTomlBroken,
            crate::Stage::Validate => Code::CrioValueRefused,
            crate::Stage::Crash => Code::CrioCrashes,
        };
        let help = help::on(&refusal.text);
        Self { origin: refusal.origin, help, ..Self::new(Severity::Error, code, refusal.text) }
    }

    fn warned(warning: &str) -> Self {
        let text = warning.strip_prefix("warning: ").unwrap_or(warning).to_owned();
        Self::new(Severity::Warning, Code::CrioWarning, text)
    }

    fn advice(code: Code, text: impl Into<String>) -> Self {
        Self::new(Severity::Advice, code, text)
    }

    fn new(severity: Severity, code: Code, text: impl Into<String>) -> Self {
        Self { severity, code, field: String::new(), text: text.into(), help: None, origin: None }
    }

    /// About the key of that path.
    #[must_use]
    fn of(self, path: &[impl AsRef<str>]) -> Self {
        let path: Vec<String> = path.iter().map(|part| part.as_ref().to_owned()).collect();
        Self { field: join_key(Dialect::V1_6, &path), ..self }
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
