//! `k8sprep upgrade status`.

use host_prep::Host;

use crate::cmd::shared::on_host::failed;
use crate::cmd::shared::upgrade_back::told;
use crate::cmd::{Exits, Run};
use crate::failure::{Exit, Failure};
use crate::stage::{Upgrade, UpgradeState};
use crate::ui::{Format, Ui};

/// The flags of `upgrade status`.
#[derive(clap::Args, Debug)]
pub(crate) struct Status {
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Status {
    const NAME: &'static str = "status";
    const ABOUT: &'static str = "Say how far an upgrade of this node is";
    const EXAMPLES: &'static str = "
  k8sprep upgrade status
  k8sprep upgrade status --output json | jq -r .status";
    const NOTES: &'static str = "
Told is what was begun and what was taken; nothing is changed, and no cluster asked. A step that was begun is looked at again
by `upgrade resume`, which goes by what it finds.";
    const EXITS: Exits = &[
        (0, "no upgrade was begun, or it has ended"),
        (1, "what is kept of it cannot be read"),
        (3, "it has not ended"),
    ];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = Host::live().map_err(|error| failed(&error))?;
        let status = Upgrade::status(&host)?;
        told(&status, self.output, ui)?;
        match status.status {
            UpgradeState::Interrupted | UpgradeState::Running | UpgradeState::GoingBack => {
                Err(Failure::silent(Exit::Differences))
            }
            _ => Ok(()),
        }
    }
}
