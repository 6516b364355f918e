//! `k8sprep upgrade abort`.

use super::run::{BundleFlags, Draining};
use crate::cmd::shared::consent::Consent;
use crate::cmd::shared::on_host::node;
use crate::cmd::shared::upgrade_back;
use crate::cmd::{Exits, Run};
use crate::failure::Failure;
use crate::ui::{Format, Ui};

/// The flags of `upgrade abort`.
#[derive(clap::Args, Debug)]
pub(crate) struct Abort {
    #[command(flatten)]
    drain: Draining,
    #[command(flatten)]
    bundle: BundleFlags,
    #[command(flatten)]
    consent: Consent,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Abort {
    const NAME: &'static str = "abort";
    const ABOUT: &'static str = "Give back what an upgrade changed on this node, as far as there is a way";
    const EXAMPLES: &'static str = "
  k8sprep upgrade abort
  k8sprep upgrade abort --yes --output json
  k8sprep upgrade abort --bundle node-1.35.tar --sha256 9b1c...   # the packages from before";
    const NOTES: &'static str = "
Packages, repositories, the kubelet's files and CRI-O's go back, also after an upgrade that is done. A control plane that is
at the new release stays there, and etcd with it: kubeadm knows no way to an older one. What stays is listed. Pods leave the
node before CRI-O goes back, and come back as on every uncordoned node. Packages come from the repositories of before; a
bundle that they came from is still there. Where no repository answers, --bundle names one with those packages.";
    const EXITS: Exits = &[
        (0, "the node is as before the upgrade"),
        (1, "no upgrade was begun, or something failed and it can be run again"),
        (4, "what can go back has, and something stays"),
    ];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = node()?;
        let mut upgrade = self.drain.upgrade();
        upgrade.bundle = self.bundle.asked();
        upgrade_back::abort(&host, &upgrade, self.consent, self.output, ui)
    }
}
