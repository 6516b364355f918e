//! `k8sprep rollback`.
//!
//! `host_prep::rollback` as far as `--to` says. Refused where a node that runs stands on what
//! would go; `down` is the way back then. Exit 4 where something was left. JSON:
//! `k8sprep.rollback/v1`.

use std::time::Duration;

use host_prep::cluster::{
    goes_with_node, kubeadm_ends, leaving, standing, stands_on, take_turn_back, went_with_node,
};
use host_prep::{Back, Host, StepStatus, Summary, TransactionId, TransactionStatus, history};

use crate::cmd::shared::on_host::{ChangeHost, Progress, failed, report};
use crate::cmd::{Exits, Run};
use crate::failure::{Exit, Failure};
use crate::stage::{count, needs};
use crate::ui::{Format, Ui};

/// The flags of `rollback`.
#[derive(clap::Args, Debug)]
pub(crate) struct Rollback {
    #[command(flatten)]
    change: ChangeHost,
    /// Roll back every transaction after this one; 0 rolls back all of them
    #[arg(long, value_name = "ID")]
    to: Option<TransactionId>,
    /// Show what would be rolled back, and change nothing
    #[arg(long, conflicts_with = "force")]
    dry_run: bool,
    /// Overwrite what something else changed since; its version is kept first. On a node of a
    /// cluster: take away what it stands on
    #[arg(long)]
    force: bool,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Rollback {
    const NAME: &'static str = "rollback";
    const ABOUT: &'static str = "Roll back what apply and up changed on a host";
    const EXAMPLES: &'static str = "
  k8sprep rollback                  # the newest transaction
  k8sprep rollback --to 0           # everything k8sprep ever changed here
  k8sprep rollback --to 0 --dry-run # shows what that is
  k8sprep rollback --root /mnt      # on a mounted disk";
    const NOTES: &'static str = "
A file that something else changed since is left alone and named; what was there before is put beside it. `--force`
overwrites it, also after such a rollback, and says where the other version is kept.

An undo that fails, of a program or behind a lock, stays open: exit 4, and the next `rollback` or `recover` tries it again.
With `--force` what a program fails to undo is left and named, so that the rest can be rolled back.

On a node of a cluster that would take CRI-O, the kubelet or the network from under running Pods it is refused: `k8sprep down`
takes the node out first. `--force` does it all the same. An upgrade goes back as `k8sprep upgrade abort` does, in an order of
its own, and what is printed is its status.";
    const EXITS: Exits = &[(0, "everything is as it was"), (4, "something was left")];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let back = self.to.map_or(Back::Newest, Back::To);
        self.change.on.tell(ui);
        let host = self.change.host()?;
        if self.dry_run {
            would_go(&host, back, self.output, ui)?;
            return live_node_stays(&host, back, false, ui);
        }
        #[cfg(feature = "api")]
        if !self.force && host.is_running() && crate::stage::Upgrade::is_what_goes_back(&host, back)? {
            return crate::cmd::shared::upgrade_back::go_back(&host, self.change.wait(), self.output, ui);
        }
        live_node_stays(&host, back, self.force, ui)?;
        let (wait, mut watch) = (self.change.wait(), Progress::start(ui)?);
        let newest = newest_open(&host)?;
        // A run that was killed may have left copies of keys. One that lives has the turn, and its own.
        let went = match take_turn_back(&host, Duration::ZERO, &mut watch) {
            Ok(_turn) => {
                kubeadm_ends(&host, &mut watch).and_then(|_| went_with_node(&host, wait, &mut watch))
            }
            Err(_) => Ok(Vec::new()),
        };
        let went = went.map_err(|error| failed(&error))?;
        // That one was asked for, and no older one.
        let done = if back == Back::Newest && newest.is_some_and(|id| went.contains(&id)) {
            Ok(host_prep::Rollback::default())
        } else if self.force {
            host_prep::rollback_by_force(&host, back, wait, &mut watch)
        } else {
            host_prep::rollback(&host, back, wait, &mut watch)
        };
        drop(watch);
        let mut done = done.map_err(|error| failed(&error))?;
        for id in &went {
            ui.note(format_args!("transaction {id} went with the node, which is gone from this host"));
        }
        done.transactions.extend(went);
        // As every rollback tells them: the newest first.
        done.transactions.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
        report(&host, &done, self.output, ui)
    }
}

/// The newest transaction that is not rolled back.
fn newest_open(host: &Host) -> Result<Option<TransactionId>, Failure> {
    let all = history(host).map_err(|error| failed(&error))?;
    Ok(all.iter().rev().find(|one| !one.status.is_rolled_back()).map(|one| one.id))
}

/// Prints what a rollback would take back, the last step first. What something else changed since
/// shows only when it is tried.
fn would_go(host: &Host, back: Back, output: Format, ui: &mut Ui) -> Result<(), Failure> {
    let all = history(host).map_err(|error| failed(&error))?;
    if let Back::To(id) = back
        && id != 0
        && !all.iter().any(|one| one.id == id)
    {
        return Err(failed(&host_prep::Error::NoTransaction { id }));
    }
    let mut open: Vec<Summary> = all.into_iter().rev().filter(|one| !one.status.is_rolled_back()).collect();
    match back {
        Back::Newest => open.truncate(1),
        Back::To(id) => open.retain(|one| one.id > id),
        _ => {}
    }
    if let Some(lost) = open.iter().find(|one| one.status == TransactionStatus::Unreadable) {
        let why = lost.failure.clone().unwrap_or_default();
        return Err(Failure::new(Exit::Failed, host_prep::Code::JournalDamaged.as_str(), why));
    }
    if host.is_running() && standing(host).map_err(|error| failed(&error))?.is_bare() {
        open.iter().filter(|one| goes_with_node(one)).for_each(|one| {
            ui.note(format_args!("transaction {} went with the node, which is gone from this host", one.id));
        });
        open.retain(|one| !goes_with_node(one));
    }
    for one in &mut open {
        one.steps.retain(|step| matches!(step.status, StepStatus::Taken | StepStatus::Begun));
        one.steps.reverse();
    }
    if output == Format::Json {
        return ui.json("rollback-plan", &serde_json::json!({ "transactions": open }));
    }
    if open.is_empty() {
        return ui.line("there is nothing to roll back");
    }
    for one in &open {
        ui.line(format_args!("transaction {}, {}", one.id, count(one.steps.len(), "step")))?;
        for step in &one.steps {
            ui.line(format_args!("  undo: {} {}", step.verb, step.subject))?;
        }
    }
    Ok(())
}

/// Refuses to take away what a node of a cluster stands on; by force it is only told.
fn live_node_stays(host: &Host, back: Back, force: bool, ui: &mut Ui) -> Result<(), Failure> {
    if leaving(host).map_err(|error| failed(&error))?.is_some() {
        let what = "nothing was rolled back: a node is leaving its cluster here, and what is not the node's lies aside until it is out";
        return Err(Failure::new(Exit::Failed, crate::Code::NodeStandsOnIt.as_str(), what)
            .hint("`k8sprep down` goes on where it was stopped, puts it back, and then everything else"));
    }
    let dies = stands_on(host, back).map_err(|error| failed(&error))?;
    if dies.is_empty() {
        return Ok(());
    }
    let standing = standing(host).map_err(|error| failed(&error))?;
    let steps: Vec<&str> = dies.iter().map(|(_, step)| step.as_str()).collect();
    if force {
        ui.warn(
            crate::Code::NodeStandsOnIt.as_str(),
            format_args!("{standing}, and {} what is rolled back now:", needs(&standing)),
        );
        steps.iter().for_each(|step| ui.note(format_args!("  {step}")));
        return Ok(());
    }
    let what = format!(
        "nothing was rolled back: {standing}, and {} {} of these steps: {}",
        needs(&standing),
        steps.len(),
        steps.join(", ")
    );
    let way = if standing.is_begun() {
        "`k8sprep down` takes away what kubeadm made first, and then everything back"
    } else {
        "`k8sprep down` takes the node out of its cluster first, and then everything back"
    };
    Err(Failure::new(Exit::Failed, crate::Code::NodeStandsOnIt.as_str(), what)
        .hint(way)
        .hint("`--force` takes it away all the same"))
}
