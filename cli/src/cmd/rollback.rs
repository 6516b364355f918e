//! `k8sprep rollback`.

use host_prep::{Back, TransactionId};

use crate::cmd::Run;
use crate::cmd::on_host::{ChangeHost, Progress, failed, report};
use crate::failure::Failure;
use crate::ui::{Format, Ui};

/// The flags of `rollback`.
#[derive(clap::Args, Debug)]
pub(crate) struct Rollback {
    #[command(flatten)]
    change: ChangeHost,
    /// Take back every transaction after this one; 0 is the host as it was first met
    #[arg(long, value_name = "ID")]
    to: Option<TransactionId>,
    /// Overwrite what something else changed since; its version is kept first
    #[arg(long)]
    force: bool,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Rollback {
    const NAME: &'static str = "rollback";
    const ABOUT: &'static str = "Give a host back what apply changed on it";
    const EXAMPLES: &'static str = "  k8sprep rollback                  # the newest transaction
  k8sprep rollback --to 0           # everything k8sprep ever changed here
  k8sprep rollback --root /mnt      # on a mounted disk

A file that something else changed since is left alone and named; what was there before is put beside it. `--force`
overwrites it, also after such a rollback, and says where the other version is kept.
Exit status: 0 everything is as it was, 1 failed, 4 something was left";

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let back = self.to.map_or(Back::Newest, Back::To);
        let host = self.change.host()?;
        let (wait, mut watch) = (self.change.wait(), Progress::start(ui)?);
        let done = if self.force {
            host_prep::rollback_by_force(&host, back, wait, &mut watch)
        } else {
            host_prep::rollback(&host, back, wait, &mut watch)
        };
        drop(watch);
        report(&host, &done.map_err(|error| failed(&error))?, self.output, ui)
    }
}
