//! `k8sprep doctor`.

mod text;

use std::time::SystemTime;

use serde::Serialize;

use crate::cmd::shared::on_host::OnHost;
use crate::cmd::{Exits, Run};
use crate::doctor::{Diagnosis, Severity, examine};
use crate::failure::{Exit, Failure};
use crate::ui::{Format, Ui};

/// The flags of `doctor`.
#[derive(clap::Args, Debug)]
pub(crate) struct Doctor {
    #[command(flatten)]
    on: OnHost,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// The JSON document.
#[derive(Serialize)]
struct Printed<'a> {
    summary: Summary,
    #[serde(flatten)]
    diagnosis: &'a Diagnosis,
}

/// How much was found.
#[derive(Serialize)]
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
  k8sprep doctor --output json | jq -r '.findings[] | select(.severity == \"error\") | .code'";
    const NOTES: &'static str = "
Nothing is changed. Causes are shown first, each with the symptoms that it explains. What could not be read is
undecided, which is not the same as well. `k8sprep explain CODE` says more of a finding.";
    const EXITS: Exits = &[(3, "an error was found")];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = self.on.host()?;
        let diagnosis = examine(&host, SystemTime::now());
        let summary = Summary::of(&diagnosis);
        let errors = summary.error;
        match self.output {
            Format::Text => ui.lines(text::of(&diagnosis, &summary))?,
            Format::Json => ui.json("doctor", &Printed { summary, diagnosis: &diagnosis })?,
        }
        if errors > 0 { Err(Failure::silent(Exit::Differences)) } else { Ok(()) }
    }
}

impl Summary {
    fn of(diagnosis: &Diagnosis) -> Self {
        let count = |severity| diagnosis.findings.iter().filter(|one| one.severity == severity).count();
        Self {
            error: count(Severity::Error),
            warning: count(Severity::Warning),
            note: count(Severity::Note),
            undecided: diagnosis.undecided.len(),
            checked: diagnosis.checked,
        }
    }
}
