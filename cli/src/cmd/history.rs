//! `k8sprep history`.
//!
//! What the journals in the state directory say; a journal that cannot be read to its end is
//! listed as such. JSON: `k8sprep.history/v1`.

use host_prep::{StepStatus, Summary, TransactionId, TransactionStatus};

use crate::cmd::shared::on_host::{OnHost, failed, moment, tell_strangers};
use crate::cmd::{Exits, Run};
use crate::failure::{Exit, Failure};
use crate::stage::count;
use crate::ui::{Format, Ui};

/// The flags of `history`.
#[derive(clap::Args, Debug)]
pub(crate) struct History {
    #[command(flatten)]
    on: OnHost,
    /// Show the steps of this transaction
    #[arg(value_name = "ID")]
    id: Option<TransactionId>,
    /// How to print it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for History {
    const NAME: &'static str = "history";
    const ABOUT: &'static str = "List the transactions on a host and their status";
    const EXAMPLES: &'static str = "
  k8sprep history
  k8sprep history 3                 # its steps
  k8sprep history --output json | jq -r '.transactions[] | select(.status == \"interrupted\") | .id'";
    const EXITS: Exits = &[(1, "failed, or a journal cannot be read to its end")];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = self.on.host()?;
        let mut all = host_prep::history(&host).map_err(|error| failed(&error))?;
        tell_strangers(&host, ui);
        if let Some(id) = self.id {
            all.retain(|one| one.id == id);
            if all.is_empty() {
                return Err(Failure::new(
                    Exit::Failed,
                    host_prep::Code::NoSuchTransaction.as_str(),
                    format_args!("there is no transaction {id}"),
                ));
            }
        }
        match (self.output, self.id) {
            (Format::Json, _) => ui.json("history", &serde_json::json!({ "transactions": all }))?,
            (Format::Text, Some(_)) => all.iter().try_for_each(|one| steps(one, ui))?,
            (Format::Text, None) if all.is_empty() => ui.note("k8sprep never changed anything here"),
            (Format::Text, None) => all.iter().try_for_each(|one| line(one, ui))?,
        }
        readable(&all)
    }
}

/// Fails where the history is not all of it.
fn readable(all: &[Summary]) -> Result<(), Failure> {
    let bad = all.iter().filter(|one| one.status == TransactionStatus::Unreadable);
    let why: Vec<_> = bad.filter_map(|one| one.failure.as_deref()).collect();
    if why.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(Exit::Failed, host_prep::Code::JournalDamaged.as_str(), why.join("; ")))
    }
}

/// One transaction.
fn line(one: &Summary, ui: &mut Ui) -> Result<(), Failure> {
    let at = one.at.map_or_else(|| "at a time not known".to_owned(), moment);
    let status = status(one.status);
    let waits = one.confirm_by.map(|end| format!(", to be confirmed by {}", moment(end))).unwrap_or_default();
    ui.line(format_args!("{:>4}  {at}  {}, {status}{waits}", one.id, count(one.steps.len(), "step")))
}

/// With what a rollback left, and why.
fn steps(one: &Summary, ui: &mut Ui) -> Result<(), Failure> {
    line(one, ui)?;
    for step in &one.steps {
        let status = step_status(step.status);
        ui.line(format_args!("      {:>2}. {} {} ({status})", step.number, step.verb, step.subject))?;
        ui.line(format_args!("          {}: {}", step.resource, step.reason))?;
        if let Some(why) = &step.kept {
            ui.line(format_args!("          left as it is: {why}"))?;
        }
    }
    one.failure.iter().try_for_each(|why| ui.line(format_args!("      failed: {why}")))
}

/// In words; the JSON has host-prep's own.
fn status(status: TransactionStatus) -> &'static str {
    match status {
        TransactionStatus::Applied => "applied",
        TransactionStatus::Failed => "failed and left as it is",
        TransactionStatus::Interrupted => "interrupted (run `k8sprep recover`)",
        TransactionStatus::RolledBack => "rolled back",
        TransactionStatus::RolledBackInPart => "rolled back in part",
        TransactionStatus::Stopped => "stopped on request",
        TransactionStatus::Unreadable => "cannot be read to its end",
        _ => "in a state this version does not know",
    }
}

/// In words.
fn step_status(status: StepStatus) -> &'static str {
    match status {
        StepStatus::NotTaken => "not taken",
        StepStatus::Begun => "begun",
        StepStatus::Taken => "taken",
        StepStatus::Undone => "rolled back",
        StepStatus::Kept => "left as it is",
        _ => "in a state this version does not know",
    }
}
