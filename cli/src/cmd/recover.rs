//! `k8sprep recover`.
//!
//! Ends what a killed run left: steps that were begun are rolled back by the journal, and a
//! kubeadm that still runs is waited for. It is also what the dead man's switch runs
//! (`--unless-confirmed-by`). Running it where nothing is to be done is no error.

use std::time::{Duration, UNIX_EPOCH};

use host_prep::cluster::{self, take_turn_back};

use crate::cmd::shared::console::Console;
use crate::cmd::shared::on_host::{ChangeHost, Progress, failed, report};
use crate::cmd::{Exits, Run};
use crate::failure::Failure;
use crate::stage::{after, await_confirmation, finish_leaving, manifests_are_back};
use crate::ui::{Format, Ui};

/// The flags of `recover`.
#[derive(clap::Args, Debug)]
pub(crate) struct Recover {
    #[command(flatten)]
    change: ChangeHost,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
    /// Leave the session, wait until this moment, roll back what nobody confirmed by then
    #[arg(long, hide = true, value_name = "SECONDS")]
    unless_confirmed_by: Option<u64>,
    /// Stay in the session: a service has one of its own
    #[arg(long, hide = true, requires = "unless_confirmed_by")]
    attached: bool,
}

impl Run for Recover {
    const NAME: &'static str = "recover";
    const ABOUT: &'static str = "Roll back what a crash or a kill interrupted";
    const EXAMPLES: &'static str = "
  k8sprep recover
  k8sprep recover --root /mnt       # the disk of a host that died during apply";
    const NOTES: &'static str = "
With nothing to finish it does nothing.";
    const EXITS: Exits =
        &[(0, "everything is as it was, or nothing was interrupted"), (4, "something was left")];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        self.change.on.tell(ui);
        let host = self.change.host()?;
        let done = match self.unless_confirmed_by {
            None => {
                let mut progress = Progress::start(ui)?;
                // No run of `up` or `down` that lives is taken for one that was killed.
                let _turn = take_turn_back(&host, self.change.wait(), &mut progress)
                    .map_err(|error| failed(&error))?;
                let ended = host_prep::cluster::kubeadm_ends(&host, &mut progress);
                ended.map_err(|error| failed(&error))?;
                let done = cluster::recover(&host, self.change.wait(), &mut progress);
                drop(progress);
                if let Ok(done) = &done {
                    manifests_are_back(&done.manifests, &mut Console::new(ui));
                }
                let done = done.map(|done| done.rollback);
                if host.is_running() {
                    finish_leaving(&host, &mut Console::new(ui))?;
                }
                done
            }
            Some(end) => {
                if !self.attached {
                    host_prep::detach().map_err(|error| Failure::from_error(&error))?;
                }
                // Whoever started this goes on when it reads the line.
                ui.line("armed")?;
                ui.finish()?;
                return report(
                    &host,
                    &await_confirmation(
                        &host,
                        after(UNIX_EPOCH, Duration::from_secs(end)),
                        &mut host_prep::NoProgress,
                    )?,
                    self.output,
                    ui,
                );
            }
        };
        report(&host, &done.map_err(|error| failed(&error))?, self.output, ui)
    }
}
