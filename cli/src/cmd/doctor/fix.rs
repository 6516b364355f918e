//! `k8sprep doctor --fix`: what a plan can cure is planned, asked, applied, and looked at again.
//!
//! look -> `Treatment` -> plan -> asked -> steps in one transaction -> look again. What is still
//! there afterwards was not cured, whatever the steps did; `rollback` takes all of it back.

use std::collections::BTreeSet;
use std::time::SystemTime;

use host_prep::{Host, Need, TransactionId};
use serde::Serialize;

use super::{Doctor, Output, Summary, text};
use crate::cmd::shared::consent::Consent;
use crate::cmd::shared::console::Console;
use crate::cmd::shared::limit::Limit;
use crate::cmd::shared::on_host::{failed, now_run};
use crate::doctor::{Diagnosis, Finding, Fix, Inspection, Left, Severity, Treatment, diagnose, examine_with};
use crate::failure::{Exit, Failure};
use crate::stage::{self, Treated, count};
use crate::ui::Ui;

/// The flags of `--fix`.
#[derive(clap::Args, Debug)]
pub(super) struct Fixing {
    /// Cure what a plan can cure; `unsafe`: also by steps that can disturb what runs
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "safe")]
    #[arg(conflicts_with_all = ["collect", "from"])]
    #[arg(value_name = "HOW", conflicts_with_all = ["from", "collect"])]
    fix: Option<How>,
    #[command(flatten)]
    consent: Consent,
    /// Wait up to this long for another run that is changing the host
    #[arg(long, value_name = "TIME", requires = "fix")]
    wait: Option<Limit>,
}

/// How much `--fix` may do.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
enum How {
    /// Only what disturbs no pod and no control plane
    Safe,
    /// Everything that a plan can do
    Unsafe,
}

impl Fixing {
    /// Whether anything is to be cured.
    pub(super) fn is_asked(&self) -> Result<bool, Failure> {
        match self.fix {
            None if self.consent.yes => Err(Failure::usage("--yes goes with --fix")),
            asked => Ok(asked.is_some()),
        }
    }

    /// How far `--fix` may go.
    fn allowed(&self) -> Fix {
        if self.fix == Some(How::Unsafe) { Fix::Unsafe } else { Fix::Automatic }
    }
}

/// The JSON document: the host as it is now, what is cured, and by what.
#[derive(Serialize)]
struct Printed<'a> {
    summary: Summary,
    #[serde(flatten)]
    diagnosis: &'a Diagnosis,
    /// What was found before, and is no more.
    cured: Vec<&'a Finding>,
    treatment: Told<'a>,
}

/// What was done.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Told<'a> {
    ending: Ending,
    transaction: Option<TransactionId>,
    taken: usize,
    needs: &'a [Need],
    /// What was not even tried, and why.
    left: &'a [Left],
}

/// As JSON spells it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Ending {
    /// The steps were taken.
    Applied,
    /// No step would cure anything.
    Nothing,
    /// It was not agreed to, or failed.
    Failed,
}

impl Doctor {
    /// The journals are read before the host, so that a run in between is noticed.
    pub(super) fn fix(&self, ui: &mut Ui) -> Result<(), Failure> {
        if !matches!(self.output, Output::Text | Output::Json) {
            return Err(Failure::usage("with --fix the output is text or json"));
        }
        let host = self.on.host_to_judge()?;
        let journals = host_prep::seen(&host);
        let (before, treatment) = self.look(&host)?;
        let plan = host_prep::verify(&host, &treatment.desired);
        if self.output == Output::Text {
            ui.styled(text::of(&before, &Summary::of(&before), None))?;
            ui.lines(text::refused(&before))?;
        }
        let (ending, done, failure) = if plan.is_done() {
            (Ending::Nothing, Treated::default(), None)
        } else {
            ui.finish()?;
            let seen = journals.map_err(|error| failed(&error))?;
            let wait = self.fixing.wait.map(Limit::duration).unwrap_or_default();
            let mut console = Console::asking(ui, self.fixing.consent);
            match stage::treat(&host, (&treatment.desired, &plan), (seen, wait), &mut console) {
                Ok(done) => (Ending::Applied, done, None),
                Err(error) => (Ending::Failed, Treated::default(), Some(Failure::from(error))),
            }
        };
        let after = if ending == Ending::Nothing { before.clone() } else { self.again(&host)? };
        let outcome = Outcome { before: &before, after: &after, treatment: &treatment, ending, done };
        match self.output {
            Output::Json => outcome.json(ui)?,
            _ => outcome.text(&host, ui)?,
        }
        match failure {
            Some(failure) => Err(failure),
            None if after.worst() >= Some(Severity::from(self.fail_on)) => {
                Err(Failure::silent(Exit::Differences))
            }
            None => Ok(()),
        }
    }

    /// The whole host, with what was chosen kept.
    fn look(&self, host: &Host) -> Result<(Diagnosis, Treatment), Failure> {
        let now = SystemTime::now();
        let seen = Inspection::of(host, now).with_logs(self.logs(now)?).asking_api();
        let mut diagnosis = diagnose(&seen);
        self.chosen.keep(&mut diagnosis, now);
        let named = |code: &str| self.chosen.names(code);
        let treatment = Treatment::of(&seen, &diagnosis, self.fixing.allowed(), &named);
        Ok((diagnosis, treatment))
    }

    /// Without a treatment.
    fn again(&self, host: &Host) -> Result<Diagnosis, Failure> {
        let now = SystemTime::now();
        let mut diagnosis = examine_with(host, now, self.logs(now)?);
        self.chosen.keep(&mut diagnosis, now);
        Ok(diagnosis)
    }
}

/// The host before and after, and what was done between.
struct Outcome<'a> {
    before: &'a Diagnosis,
    after: &'a Diagnosis,
    treatment: &'a Treatment,
    ending: Ending,
    done: Treated,
}

impl Outcome<'_> {
    /// By code and message: another finding of one code is another fault.
    fn cured(&self) -> Vec<&Finding> {
        fn key(finding: &Finding) -> (&str, &str) {
            (finding.code, &finding.message)
        }
        let there: BTreeSet<_> = self.after.findings.iter().map(key).collect();
        self.before.findings.iter().filter(|finding| !there.contains(&key(finding))).collect()
    }

    /// `k8sprep.doctor/v1` with the treatment in it.
    fn json(&self, ui: &mut Ui) -> Result<(), Failure> {
        let treatment = Told {
            ending: self.ending,
            transaction: self.done.transaction,
            taken: self.done.taken,
            needs: &self.done.needs,
            left: &self.treatment.left,
        };
        let summary = Summary::of(self.after);
        ui.json("doctor", &Printed { summary, diagnosis: self.after, cured: self.cured(), treatment })
    }

    /// What was not done stands first, with its reason.
    fn text(&self, host: &Host, ui: &mut Ui) -> Result<(), Failure> {
        for Left { code, why } in &self.treatment.left {
            ui.line(format_args!("not fixed: {code}: {why}"))?;
        }
        match self.ending {
            Ending::Nothing if self.before.findings.is_empty() => return Ok(()),
            Ending::Nothing if self.treatment.left.iter().any(Left::has_to_be_asked_for) => {
                return ui.line("nothing is fixed: what a plan could do has to be asked for");
            }
            Ending::Nothing => return ui.line("nothing of it can be fixed by a plan"),
            Ending::Failed => return Ok(()),
            Ending::Applied => {}
        }
        if let Some(id) = self.done.transaction {
            let steps = count(self.done.taken, "step");
            let back = id - 1;
            ui.line(format_args!(
                "{steps} taken, transaction {id}; `k8sprep rollback --to {back}` rolls them back"
            ))?;
        }
        now_run(host, &self.done.needs, ui)?;
        let codes = |all: &mut dyn Iterator<Item = &Finding>| -> String {
            let codes: BTreeSet<&str> = all.map(|one| one.code).collect();
            codes.into_iter().collect::<Vec<_>>().join(", ")
        };
        let cured = codes(&mut self.cured().into_iter());
        if !cured.is_empty() {
            ui.line(format_args!("cured: {cured}"))?;
        }
        let weighs = |one: &&Finding| one.severity > Severity::Note;
        let still = codes(&mut self.after.findings.iter().filter(weighs));
        if still.is_empty() { Ok(()) } else { ui.line(format_args!("still there: {still}")) }
    }
}
