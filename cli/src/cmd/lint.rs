//! `k8sprep lint`: files checked by what they are.

mod checks;
mod ignore;
mod kind;
mod report;
mod walk;

use std::path::{Path, PathBuf};

use crio_config::Release;
use kubeadm_config::KubernetesVersion;
use serde::Serialize;

use crate::cmd::{Exits, Run};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::ui::Ui;
use kind::Kind;

/// A file that is larger is none of those that are known here.
const LARGEST: u64 = 4 << 20;

/// The flags of `lint`.
#[derive(clap::Args, Debug)]
pub(crate) struct Lint {
    /// Files, directories with all that is below them, `-` for stdin [default: .]
    #[arg(value_name = "FILE|DIR")]
    paths: Vec<PathBuf>,
    /// The Kubernetes version that files of kubeadm, the kubelet and kube-proxy are for [default:
    /// the one that the file names, else the newest minor known]
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<KubernetesVersion>,
    /// The CRI-O release that files of CRI-O are for [default: the newest known]
    #[arg(long, value_name = "RELEASE")]
    crio_release: Option<Release>,
    /// Fail on warnings and advice too
    #[arg(long)]
    strict: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
}

/// How remarks are printed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
enum Output {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// SARIF 2.1.0, for code scanners
    Sarif,
    /// Workflow commands of GitHub: each remark at its line of a change
    Github,
    /// JUnit XML
    Junit,
}

/// How much a remark matters. The worst is the maximum.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Severity {
    Advice,
    Warning,
    Error,
}

/// What there is to say of a file.
#[derive(Clone, Debug, Serialize)]
struct Remark {
    file: String,
    severity: Severity,
    code: String,
    field: String,
    line: Option<u32>,
    column: Option<u32>,
    text: String,
    help: Option<String>,
}

/// A file that was looked at.
#[derive(Debug, Serialize)]
struct Looked {
    file: String,
    /// None where it could not be read.
    kind: Option<Kind>,
    /// The release that it is judged by.
    by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// As it was read, for excerpts.
    #[serde(skip)]
    text: String,
}

/// All that was found.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Found {
    files: Vec<Looked>,
    remarks: Vec<Remark>,
    /// How many files are none of those that are known here.
    passed_over: usize,
    /// How many remarks a comment takes back.
    ignored: usize,
}

impl Run for Lint {
    const NAME: &'static str = "lint";
    const ABOUT: &'static str = "Check files of kubeadm, the kubelet, CRI-O and k8sprep, each by what it is";
    const EXAMPLES: &'static str = "
  k8sprep lint                                   # all that is below this directory
  k8sprep lint kubeadm.yaml crio.conf --strict
  k8sprep lint --kubernetes-version v1.34.0 clusters/
  k8sprep lint --output github                   # in a workflow of GitHub
  k8sprep lint --output sarif > k8sprep.sarif";
    const NOTES: &'static str = "
What a file is shows in its content: documents of kubeadm, KubeletConfiguration, KubeProxyConfiguration, crio.conf,
registries.conf, storage.conf, k8sprep.yaml. Everything else is passed over. Below a directory no link is followed,
and binary files, files over 4 MiB, .git and node_modules are left out.

A comment takes a remark back, with the reason: `# k8sprep: ignore CODE reason`, at the end of the line, above it, or in
the head of the file for all of it. One that takes nothing back, or has no reason, is a warning.";
    const EXITS: Exits = &[
        (0, "no file has an error"),
        (1, "a file cannot be read; the others are checked all the same"),
        (3, "a file has an error; with --strict: there is a remark"),
    ];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let mut found = Found::default();
        let here = [PathBuf::from(".")];
        let paths = if self.paths.is_empty() { &here[..] } else { &self.paths };
        for path in paths {
            self.path(path, &mut found)?;
        }
        report::print(&found, self.output, ui)?;
        let unread = found.files.iter().any(|file| file.error.is_some());
        let bad = |one: &Remark| self.strict || one.severity == Severity::Error;
        match (unread, found.remarks.iter().any(bad)) {
            (true, _) => Err(Failure::silent(Exit::Failed)),
            (false, true) => Err(Failure::silent(Exit::Differences)),
            (false, false) => Ok(()),
        }
    }
}

impl Lint {
    fn path(&self, path: &Path, found: &mut Found) -> Result<(), Failure> {
        if path == Path::new("-") || !path.is_dir() {
            match input::read(path, LARGEST) {
                Ok(bytes) => return self.file(path, &bytes, found),
                Err(error) => found.unread(path, &error.to_string()),
            }
            return Ok(());
        }
        for below in walk::files(path) {
            match below {
                Ok(walk::File { path, bytes }) => self.file(&path, &bytes, found)?,
                Err(walk::Unread { path, why }) => found.unread(&path, &why),
            }
        }
        Ok(())
    }

    fn file(&self, path: &Path, bytes: &[u8], found: &mut Found) -> Result<(), Failure> {
        let text = walk::text(bytes);
        let Some((text, kind)) = text.and_then(|text| kind::of(&text).map(|kind| (text, kind))) else {
            found.passed_over += 1;
            return Ok(());
        };
        let file = input::shown(path);
        let (by, remarks) = checks::check(self, kind, path, bytes)?;
        let of_file = |remark: checks::Said| remark.of(&file);
        let all: Vec<Remark> = remarks.into_iter().map(of_file).collect();
        let (mut kept, ignored) = ignore::apply(&file, &text, all);
        kept.sort_by_key(|one| {
            (one.line.unwrap_or(0), one.column.unwrap_or(0), std::cmp::Reverse(one.severity))
        });
        found.ignored += ignored;
        found.remarks.extend(kept);
        let text = text.into_owned();
        found.files.push(Looked { file, kind: Some(kind), by, error: None, text });
        Ok(())
    }
}

impl Found {
    fn unread(&mut self, path: &Path, why: &str) {
        let error = Some(format!("cannot read it: {why}"));
        let file = input::shown(path);
        self.files.push(Looked { file, kind: None, by: None, error, text: String::new() });
    }
}
