//! `k8sprep upgrade plan`.

use std::time::SystemTime;

use crate::cmd::shared::on_host::OnHost;
use crate::cmd::shared::upgrade_sheet;
use crate::cmd::{Exits, Run};
use crate::failure::{Exit, Failure};
use crate::ui::{Format, Ui};
use crate::upgrade::{self, NoPlan, Role, Status, Target};

/// The flags of `upgrade plan`.
#[derive(clap::Args, Debug)]
pub(crate) struct Plan {
    /// The minor to go to, 1.36, or a release of it
    #[arg(long, value_name = "RELEASE")]
    to: Target,
    #[command(flatten)]
    on: OnHost,
    /// What the node is; of a control plane no file tells whether it is the first one to be upgraded
    #[arg(long, value_enum, default_value_t, value_name = "ROLE")]
    role: Said,
    /// How to print
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

/// A role on the command line.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Said {
    /// A worker, or else the first control plane
    #[default]
    Auto,
    /// The first control plane to be upgraded
    First,
    /// Every other control plane
    Further,
}

impl Said {
    pub(crate) fn role(self) -> Option<Role> {
        match self {
            Self::Auto => None,
            Self::First => Some(Role::FirstControlPlane),
            Self::Further => Some(Role::FurtherControlPlane),
        }
    }
}

impl Run for Plan {
    const NAME: &'static str = "plan";
    const ABOUT: &'static str =
        "Say what stands in the way of the next minor on this node, and the steps to it";
    const EXAMPLES: &'static str = "
  k8sprep upgrade plan --to 1.36
  k8sprep upgrade plan --to v1.36.4 --role further    # after the first control plane
  k8sprep upgrade plan --to 1.36 --root /mnt/disk
  k8sprep upgrade plan --to 1.36 --output json | jq -r '.steps[].commands[]'";
    const NOTES: &'static str = "
Nothing is changed. What the cluster alone knows is not asked: health of etcd's other members, pods that block the drain,
and whether the packages are to be had; the steps say where to look. `k8sprep explain CODE` says more of a verdict.";
    const EXITS: Exits = &[
        (0, "ready, or everything is at that release"),
        (1, "it cannot be told, or this is no node"),
        (3, "something is to be mended first"),
    ];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = self.on.host()?;
        let plan = upgrade::Plan::of(&host, SystemTime::now(), &self.to, self.role.role());
        let plan = plan.map_err(|why| self.none(&why))?;
        match self.output {
            Format::Json => ui.json("upgrade", &plan)?,
            Format::Text => ui.styled(upgrade_sheet::text(&plan))?,
        }
        if self.role == Said::Auto && plan.role == Role::FirstControlPlane {
            ui.note("taken for the control plane that is upgraded first: --role further for every other one");
        }
        match plan.status {
            Status::Blocked => Err(Failure::silent(Exit::Differences)),
            Status::Unknown => Err(Failure::silent(Exit::Failed)),
            _ => Ok(()),
        }
    }
}

impl Plan {
    fn none(&self, why: &NoPlan) -> Failure {
        let of = |exit: Exit| Failure::new(exit, why.code(), why);
        match why {
            NoPlan::Older { .. } => of(Exit::Usage)
                .hint("`k8sprep upgrade abort` takes back what it can of an upgrade that was begun here"),
            NoPlan::Newer { .. } => {
                of(Exit::Differences).hint("ask for its release, or bring it back to that of the node first")
            }
            NoPlan::NoControlPlane => of(Exit::Usage),
            NoPlan::Unread(unread) => Failure::cannot_read(&unread.source, unread),
            _ if self.on.root.is_some() => {
                of(Exit::Failed).hint("no node's files are below that directory: is its disk mounted there?")
            }
            _ => of(Exit::Failed).hint("name the tree of a node with --root DIR"),
        }
    }
}
