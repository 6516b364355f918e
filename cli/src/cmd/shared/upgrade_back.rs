//! How far an upgrade is, told; and its way back.

use std::time::Duration;

use host_prep::Host;

use crate::cmd::shared::consent::Consent;
use crate::cmd::shared::console::Console;
use crate::failure::{Exit, Failure};
use crate::stage::{Upgrade, UpgradeState, UpgradeStatus};
use crate::ui::{Format, Ui, visible};

/// Gives back what an upgrade changed, for a rollback, which asks nothing.
pub(crate) fn go_back(host: &Host, wait: Duration, output: Format, ui: &mut Ui) -> Result<(), Failure> {
    let upgrade = Upgrade { wait, ..Upgrade::default() };
    abort(host, &upgrade, Consent { yes: true }, output, ui)
}

/// Gives it back, and tells what stays.
pub(crate) fn abort(
    host: &Host,
    upgrade: &Upgrade,
    consent: Consent,
    output: Format,
    ui: &mut Ui,
) -> Result<(), Failure> {
    let back = upgrade.abort(host, &mut Console::asking(ui, consent))?;
    let mut status = Upgrade::status(host)?;
    if status.status == UpgradeState::None {
        status.status = UpgradeState::RolledBack;
    }
    status.undone = back.undone;
    told(&status, output, ui)?;
    ended_back(&status)
}

/// Prints how far it is.
pub(crate) fn told(status: &UpgradeStatus, output: Format, ui: &mut Ui) -> Result<(), Failure> {
    if output == Format::Json {
        return ui.json("upgrade-status", status);
    }
    let to = status.to.as_ref().map(|to| format!("upgrade to {to}: ")).unwrap_or_default();
    ui.line(visible(&format!("{to}{}", status.status.as_str())))?;
    for step in &status.steps {
        ui.line(format_args!("  {} {}", if step.done { "done " } else { "begun" }, step.id))?;
    }
    if status.committed {
        ui.line("the control plane of this node is at the new release, which nothing takes back")?;
    }
    if let Some(failure) = &status.failure {
        ui.line(visible(&format!("stopped at {failure}")))?;
    }
    for undone in &status.undone {
        ui.line(visible(&format!("  went back: {undone}")))?;
    }
    for left in &status.left {
        ui.line(visible(&format!("  stays: {left}")))?;
    }
    match status.status {
        UpgradeState::Interrupted => {
            ui.line("`k8sprep upgrade resume` goes on, `k8sprep upgrade abort` goes back")
        }
        UpgradeState::GoingBack => ui.line("`k8sprep upgrade abort` goes on with the way back"),
        _ => Ok(()),
    }
}

/// The exit status of a way back.
fn ended_back(status: &UpgradeStatus) -> Result<(), Failure> {
    if status.left.is_empty() { Ok(()) } else { Err(Failure::silent(Exit::RollbackIncomplete)) }
}
