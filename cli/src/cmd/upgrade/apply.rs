//! `k8sprep upgrade apply`.

use super::run::{BundleFlags, Draining};
use crate::cmd::shared::consent::Consent;
use crate::cmd::shared::console::Console;
use crate::cmd::shared::limit::Limit;
use crate::cmd::shared::on_host::node;
use crate::cmd::shared::upgrade_back::told;
use crate::cmd::upgrade::plan::Said;
use crate::cmd::{Exits, Run};
use crate::failure::Failure;
use crate::stage::{Upgrade, UpgradeState};
use crate::ui::{Format, Ui};
use crate::upgrade::Target;

/// The flags of `upgrade apply`.
#[derive(clap::Args, Debug)]
pub(crate) struct Apply {
    /// The minor to go to, 1.36, or a release of it
    #[arg(long, value_name = "RELEASE")]
    to: Target,
    /// What the node is; where it is not said, a control plane whose cluster is at that release
    /// already is a further one
    #[arg(long, value_enum, default_value_t, value_name = "ROLE")]
    role: Said,
    #[command(flatten)]
    drain: Draining,
    /// What starts containers afterwards; pods of another runtime are removed before
    #[arg(long, value_enum, default_value_t, value_name = "NAME")]
    runtime: OciRuntime,
    #[command(flatten)]
    bundle: BundleFlags,
    /// Preflight checks of kubeadm whose errors are ignored
    #[arg(long, value_name = "CHECKS", value_delimiter = ',')]
    ignore_preflight_errors: Vec<String>,
    /// Wait up to this long for another run that is changing the host
    #[arg(long, value_name = "TIME")]
    wait: Option<Limit>,
    #[command(flatten)]
    consent: Consent,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// An OCI runtime on the command line.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
enum OciRuntime {
    /// What does today, whatever the new CRI-O and its package would take
    #[default]
    Keep,
    /// runc
    Runc,
    /// crun
    Crun,
}

impl OciRuntime {
    fn name(self) -> Option<String> {
        match self {
            Self::Keep => None,
            Self::Runc => Some("runc".to_owned()),
            Self::Crun => Some("crun".to_owned()),
        }
    }
}

impl Run for Apply {
    const NAME: &'static str = "apply";
    const ABOUT: &'static str = "Take this node to the next minor, step by step";
    const EXAMPLES: &'static str = "
  k8sprep upgrade apply --to 1.36                  # shows the steps and asks
  k8sprep upgrade apply --to v1.36.4 --yes --drain-timeout 10m
  k8sprep upgrade apply --to 1.36 --drain none     # somebody has drained the node
  k8sprep upgrade apply --to 1.36 --bundle node-1.36.tar --sha256 4f2a...   # without a network";
    const NOTES: &'static str = "
The steps are those of `upgrade plan`, each written down before it is taken and after it: what stops it anywhere,
`upgrade resume` goes on, and `upgrade abort` goes back as far as there is a way. The first control plane comes first, then
the others one by one, then workers. Pods leave before CRI-O is changed, since a new minor of CRI-O removes all of them; what
a disruption budget keeps is waited for. What a verdict of the plan refuses is refused here, and nothing is changed; on a
control plane also a member of etcd that is not well or too old.

With --bundle every file is compared with the manifest and its keys with the known fingerprints before anything is changed;
it is copied to /var/lib/k8sprep, and `upgrade resume` goes on with that copy. Images that came along are loaded, and
kubeadm pulls none; without them kubeadm pulls from the registry of the cluster's configuration. What the packages were
before has to be had for the way back: from the repositories of before, or from `upgrade abort --bundle`.";
    const EXITS: Exits = &[
        (0, "the node is at that release"),
        (1, "it was refused and nothing was changed, or a step failed and `upgrade resume` goes on"),
    ];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = node()?;
        let mut upgrade = self.drain.upgrade();
        upgrade.role = self.role.role();
        upgrade.runtime = self.runtime.name();
        upgrade.bundle = self.bundle.asked();
        upgrade.ignore_preflight_errors = self.ignore_preflight_errors;
        upgrade.wait = self.wait.map(Limit::duration).unwrap_or_default();
        upgrade.run(&host, &self.to, &mut Console::asking(ui, self.consent))?;
        let mut status = Upgrade::status(&host)?;
        if status.status == UpgradeState::None {
            // It was at that release before.
            (status.status, status.to) = (UpgradeState::Done, Some(self.to.to_string()));
        }
        told(&status, self.output, ui)
    }
}
