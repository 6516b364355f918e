//! `k8sprep doctor`.
//!
//! One look at a host, a disk, an archive or several of them, and what is told of it: text, JSON
//! (`k8sprep.doctor/v1`), JUnit, SARIF or the form of node-problem-detector. Exit 3 where a
//! finding is as bad as `--fail-on` says; 4 with `--fix` where a rollback was incomplete.

mod chosen;
mod collect;
mod fix;
mod print;
mod several;
mod text;
mod timeline;
mod watch;

use std::io::{BufReader, ErrorKind};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use schemars::JsonSchema;
use serde::Serialize;

use crate::Code;
use crate::cmd::shared::on_host::OnHost;
use crate::cmd::{Exits, Run};
use crate::doctor::archive::{Archive, Manifest, look_asking_api};
use crate::doctor::{Diagnosis, Logs, Severity, report};
use crate::failure::{Exit, Failure};
use crate::input;
use crate::shortened::shortened;
use crate::ui::{Ui, visible};
pub(crate) use timeline::Printed as TimelineDocument;

use chosen::Chosen;
use fix::Fixing;
use print::Printing;
use timeline::Timing;
use watch::Watching;

/// The flags of `doctor`.
#[derive(clap::Args, Debug)]
pub(crate) struct Doctor {
    #[command(flatten)]
    on: OnHost,
    #[command(flatten)]
    chosen: Chosen,
    #[command(flatten)]
    fixing: Fixing,
    #[command(flatten)]
    watching: Watching,
    #[command(flatten)]
    timing: Timing,
    #[command(flatten)]
    printing: Printing,
    /// A log to look through as well: journalctl's text or JSON, dmesg, a pod's log; may be given several times
    #[arg(long, value_name = "FILE")]
    log: Vec<PathBuf>,
    /// Write all that the diagnosis stands on into this file, without secrets, to look at it elsewhere
    #[arg(long, value_name = "FILE", conflicts_with_all = ["log", "select", "ignore", "suppress", "fail_on"])]
    collect: Option<PathBuf>,
    /// Look at the host of this support archive, or of the directory it was unpacked into; several, files of
    /// `facts --output json` among them, or a directory of such files, are compared with each other
    #[arg(long, value_name = "PATH", num_args = 1.., conflicts_with_all = ["root", "collect"])]
    from: Vec<PathBuf>,
    /// From which severity on the exit status is 3
    #[arg(long, value_enum, default_value = "error", value_name = "SEVERITY")]
    fail_on: FailOn,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Output,
}

/// A severity on the command line.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Note,
}

/// How a diagnosis is printed.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
enum Output {
    /// For people
    #[default]
    Text,
    /// One JSON document
    Json,
    /// A line of JSON per finding
    Jsonl,
    /// SARIF 2.1.0, for code scanners
    Sarif,
    /// JUnit XML
    Junit,
    /// For the textfile collector of node_exporter
    Prometheus,
    /// For a custom plugin of node-problem-detector: one line, and its exit statuses 0, 1, 2
    Npd,
    /// A page for people, in one file without scripts: with a picture of who disagrees with whom
    Html,
}

/// The JSON document.
#[derive(JsonSchema, Serialize)]
pub(crate) struct Printed<'a> {
    summary: Summary,
    #[serde(flatten)]
    diagnosis: &'a Diagnosis,
}

/// How much was found.
#[derive(JsonSchema, Serialize)]
struct Summary {
    error: usize,
    warning: usize,
    note: usize,
    undecided: usize,
    checked: usize,
}

impl Run for Doctor {
    const NAME: &'static str = "doctor";
    const ABOUT: &'static str = "Say what is wrong with a host that should be a node, why, and what to do";
    const EXAMPLES: &'static str = "
  k8sprep doctor
  k8sprep doctor --root /mnt/disk         # of a disk that does not run
  k8sprep doctor --select kubelet --select certificates
  k8sprep doctor --ignore packages-not-held --fail-on warning
  k8sprep doctor --log /var/log/messages  # and what a log says
  k8sprep doctor --collect n1.tar.gz      # all that the diagnosis stands on, without secrets
  k8sprep doctor --from n1.tar.gz         # the same diagnosis on another machine
  k8sprep doctor --from n1.tar.gz n2.tar.gz n3.json   # where hosts differ that must not
  k8sprep doctor --output html > n1.html  # a page to send: without scripts, nothing from elsewhere
  k8sprep doctor --suppress known.yaml    # what is left as it is, each with its reason
  k8sprep doctor --watch 30s              # a node that comes up: what changes, until it is well
  k8sprep doctor --timeline               # what the daemons and kubeadm logged, in one order
  k8sprep doctor --print npd-patterns | jq '.files[\"k8sprep-kubelet.json\"]'
  k8sprep doctor --fix                    # shows the steps that cure it, and asks
  k8sprep doctor --fix --select ip-forward-off --yes
  k8sprep doctor --output json | jq -r '.findings[] | select(.severity == \"error\") | .code'";
    const NOTES: &'static str = "
Without --fix nothing is changed. Causes are shown first, each with the symptoms that it explains. What could not be read is
undecided, which is not the same as well. `k8sprep explain CODE` says more of a finding.
Where admin.conf or kubelet.conf is there, the API server is asked as well, for five seconds in all; no Secret is read.

With --fix errors and warnings that a plan can cure are cured: the plan is shown and asked for, applied as one
transaction, and the host is looked at again; `k8sprep rollback` undoes it. A note is cured where --select names it.
What stops or disturbs running pods, takes files away, or changes a control plane that runs, is done with --fix=unsafe
alone. For everything else `help:` has the commands.

A file of --suppress is YAML: a list `suppress` of rows with `code` and `reason`, and where it is meant for one place or
for a time, `where` (a path) and `until` (a day, \"2027-03-31\").

A support archive has what rules ask: files, values of the kernel, answers of programs, logs. Keys, tokens and passwords
are hidden before it is written, for root alone; of a private key its public half stays. Names, addresses and certificates
are in it: they are the evidence. It has 64 MiB at most, 1 MiB of a file and 8 MiB of a log; what is left out is told.";
    const EXITS: Exits = &[
        (3, "something was found, as bad as --fail-on says or worse; with --fix, something of it is left"),
        (4, "with --fix: it failed, and not everything could be rolled back"),
    ];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let is_npd = self.output == Output::Npd;
        match self.run_as_asked(ui) {
            // To node-problem-detector 1 is a problem of the node, and 2 that nothing is known.
            Err(failure) if is_npd && failure.exit() == Exit::Failed => {
                ui.line(shortened(&failure.text()))?;
                Err(failure.with_exit(Exit::Of(2)))
            }
            done => done,
        }
    }
}

impl Doctor {
    fn run_as_asked(mut self, ui: &mut Ui) -> Result<(), Failure> {
        if let Some(what) = self.printing.print {
            return self.print(what, ui);
        }
        if let Some(lines) = self.timing.timeline {
            return self.timeline(lines, ui);
        }
        self.chosen.read()?;
        if self.fixing.is_asked()? {
            return self.fix(ui);
        }
        if let Some(every) = self.watching.watch {
            return self.watch(every.duration(), ui);
        }
        if let Some(file) = &self.collect {
            self.output.is_for_collect()?;
            return collect::run(self.on.host_to_judge()?, file, self.output, ui);
        }
        let (host, now) = match several::files(&self.from)?.as_slice() {
            [] => (self.on.host_to_judge()?, SystemTime::now()),
            [one] => {
                let archive =
                    Archive::open(one).map_err(|error| several::cannot_be_diagnosed(one, &error))?;
                let at = archive.collected();
                of_its_kind(&archive.manifest, ui);
                (archive.into_host(), at)
            }
            _ if self.chosen.has_file() => {
                return Err(Failure::usage("--suppress is of one host, and there are several"));
            }
            many if self.log.is_empty() => return several::run(many, &self, ui),
            _ => return Err(Failure::usage("--log is of one host, and there are several")),
        };
        let begun = Instant::now();
        let diagnosis = look_asking_api(&host, now, self.logs(now)?);
        self.told(diagnosis, (now, begun.elapsed()), ui)
    }

    /// Prints what was found, and ends as bad as it is. It was looked at `now`, for as long as `took`.
    fn told(
        &self,
        mut diagnosis: Diagnosis,
        (now, took): (SystemTime, Duration),
        ui: &mut Ui,
    ) -> Result<(), Failure> {
        // Where no check at all could be decided nobody has looked, and that is not well.
        let blind = diagnosis.undecided_checks() == diagnosis.checked && diagnosis.findings.is_empty();
        self.chosen.keep(&mut diagnosis, now);
        let fail_on = Severity::from(self.fail_on);
        self.output.print(&diagnosis, (fail_on, &self.cure()), (now, took), ui)?;
        // An archive says nothing of its reader.
        if self.output == Output::Text && self.from.is_empty() {
            ui.lines(text::refused(&diagnosis))?;
        }
        self.chosen.tell_idle(&diagnosis, now, ui);
        if self.output == Output::Npd {
            let status = report::problem_detector(&diagnosis).0.status();
            return if status == 0 { Ok(()) } else { Err(Failure::silent(Exit::Of(status))) };
        }
        match diagnosis.worst() >= Some(fail_on) {
            true => Err(Failure::silent(Exit::Differences)),
            false if blind => Err(Failure::silent(Exit::Failed)),
            false => Ok(()),
        }
    }
}

/// Says where an archive may not say what its host says.
fn of_its_kind(manifest: &Manifest, ui: &mut Ui) {
    let code = host_prep::Code::NotInArchive.as_str();
    if manifest.tool != env!("CARGO_PKG_VERSION") {
        ui.warn(code, format_args!("the archive is of k8sprep {}, which may have asked less", manifest.tool));
    }
    if !manifest.differs.is_empty() {
        let codes = manifest.differs.join(", ");
        ui.warn(code, format_args!("what is hidden or left out makes a difference for {codes}"));
    }
}

impl Doctor {
    /// The logs that are handed over.
    fn logs(&self, now: SystemTime) -> Result<Logs, Failure> {
        let mut logs = Logs::new(now);
        for path in &self.log {
            let read =
                input::open(path).and_then(|file| logs.read(&path.to_string_lossy(), BufReader::new(file)));
            read.map_err(|error| match error.kind() {
                ErrorKind::NotFound => {
                    let text = format!("cannot read {}: {error}", input::shown(path));
                    Failure::new(Exit::Failed, Code::PathNotFound.as_str(), text)
                }
                _ => Failure::cannot_read(&input::shown(path), error),
            })?;
        }
        Ok(logs)
    }

    /// What shows the steps of a cure for the host that is looked at.
    fn cure(&self) -> String {
        match &self.on.root {
            _ if !self.from.is_empty() => "on that host, `k8sprep doctor --fix`".to_owned(),
            Some(root) => format!("`k8sprep doctor --root {} --fix`", visible(&root.to_string_lossy())),
            None => "`k8sprep doctor --fix`".to_owned(),
        }
    }
}

impl Output {
    /// What was written is told in two forms.
    fn is_for_collect(self) -> Result<(), Failure> {
        match self {
            Self::Text | Self::Json => Ok(()),
            _ => Err(Failure::usage("--collect is told with --output text or json")),
        }
    }

    /// A report that programs read has all of it; text is cut where one finding has many places.
    fn print(
        self,
        diagnosis: &Diagnosis,
        (fail_on, cure): (Severity, &str),
        (now, took): (SystemTime, Duration),
        ui: &mut Ui,
    ) -> Result<(), Failure> {
        let summary = Summary::of(diagnosis);
        match self {
            Self::Text => ui.styled(text::of(diagnosis, &summary, Some(cure))),
            Self::Json => ui.json("doctor", &Printed { summary, diagnosis }),
            Self::Jsonl => diagnosis.findings.iter().try_for_each(|one| ui.json_line("doctor-finding", one)),
            Self::Sarif => ui.json_document(&report::sarif(diagnosis)),
            Self::Junit => ui.text(report::junit(diagnosis, fail_on)),
            Self::Prometheus => ui.text(report::prometheus(diagnosis, now, took)),
            Self::Npd => ui.line(report::problem_detector(diagnosis).1),
            Self::Html => ui.text(report::html(diagnosis, now)),
        }
    }
}

impl Summary {
    /// What the last line says.
    fn of(diagnosis: &Diagnosis) -> Self {
        Self {
            error: diagnosis.count(Severity::Error),
            warning: diagnosis.count(Severity::Warning),
            note: diagnosis.count(Severity::Note),
            undecided: diagnosis.undecided_checks(),
            checked: diagnosis.checked,
        }
    }
}

impl From<FailOn> for Severity {
    fn from(on: FailOn) -> Self {
        match on {
            FailOn::Error => Self::Error,
            FailOn::Warning => Self::Warning,
            FailOn::Note => Self::Note,
        }
    }
}
