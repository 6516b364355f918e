//! `k8sprep upgrade resume`.

use super::run::Draining;
use crate::cmd::shared::consent::Consent;
use crate::cmd::shared::console::Console;
use crate::cmd::shared::on_host::node;
use crate::cmd::shared::upgrade_back::told;
use crate::cmd::{Exits, Run};
use crate::failure::Failure;
use crate::stage::Upgrade;
use crate::ui::{Format, Ui};

/// The flags of `upgrade resume`.
#[derive(clap::Args, Debug)]
pub(crate) struct Resume {
    #[command(flatten)]
    drain: Draining,
    #[command(flatten)]
    consent: Consent,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Resume {
    const NAME: &'static str = "resume";
    const ABOUT: &'static str = "Go on with an upgrade of this node that was stopped";
    const EXAMPLES: &'static str = "
  k8sprep upgrade resume
  k8sprep upgrade resume --yes --force-unmanaged";
    const NOTES: &'static str = "
What is done already is looked for on the host, wherever it was stopped: a manifest that kubeadm had renamed away is put
back before kubeadm is called again, a cordon of this program is known as its own, an endpoint of the runtime that was lost is
written again. What it was begun with holds on; flags that are given here are added.";
    const EXITS: Exits = &[
        (0, "the node is at that release"),
        (1, "no upgrade was begun, it is going back, or a step failed again"),
    ];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = node()?;
        let upgrade = self.drain.upgrade();
        upgrade.resume(&host, &mut Console::asking(ui, self.consent))?;
        told(&Upgrade::status(&host)?, self.output, ui)
    }
}
