//! `k8sprep down`.

use crate::cmd::shared::consent::Consent;
use crate::cmd::shared::console::Console;
use crate::cmd::shared::on_host::{ChangeHost, report_with};
use crate::cmd::{Exits, Run};
use crate::failure::Failure;
use crate::stage;
use crate::ui::{Format, Ui};

/// The flags of `down`.
#[derive(clap::Args, Debug)]
pub(crate) struct Down {
    #[command(flatten)]
    change: ChangeHost,
    #[command(flatten)]
    consent: Consent,
    /// The CRI socket of the node
    #[arg(long, value_name = "SOCKET", default_value = "unix:///var/run/crio/crio.sock")]
    cri_socket: String,
    /// Keep the node in its cluster; only roll back the host
    #[arg(long)]
    no_reset: bool,
    /// Remove also what CRI-O, the kubelet and the network plugin left: images, logs, interfaces,
    /// rules
    #[arg(long)]
    purge: bool,
    /// How to print what was done
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Down {
    const NAME: &'static str = "down";
    const ABOUT: &'static str = "Remove a node from its cluster and roll back what up changed on the host";
    const EXAMPLES: &'static str = "
  k8sprep down               # asks before anything is deleted
  k8sprep down --yes
  k8sprep down --purge       # images and all else that a node leaves, too
  k8sprep down --no-reset    # the host alone";
    const NOTES: &'static str = "
`kubeadm reset` deletes the node's etcd data: on the only control plane that is the cluster. It never runs unasked.
Its Node is deleted where the host may do that; a worker says the command. Pods are not drained: do that before.

What others than k8sprep left is listed with its size and the command that removes it.";
    const EXITS: Exits = &[(0, "all that k8sprep changed is as it was"), (4, "not all of it is as it was")];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = self.change.host()?;
        let (no_reset, purge, wait) = (self.no_reset, self.purge, self.change.wait());
        let down = stage::Down { cri_socket: self.cri_socket, no_reset, purge, wait };
        let gone = down.run(&host, &mut Console::asking(ui, self.consent))?;
        report_with(&host, &gone.rollback, (self.output, &gone.left), ui)
    }
}
