//! `k8sprep plan`.
//!
//! What `apply` would do, and what would be wrong then; changes nothing and needs no root, though
//! what only root may read is unknown without. Exit 1 where something stands in the way, 3 with
//! `--check` where there is anything to do. JSON: `k8sprep.plan/v1`.

use crate::cmd::shared::console::Console;
use crate::cmd::shared::node::Node;
use crate::cmd::shared::outlook_sheet;
use crate::cmd::{Exits, Run};
use crate::failure::{Exit, Failure};
use crate::stage::{self, Keys};
use crate::ui::{Format, Ui};

/// The flags of `plan`.
#[derive(clap::Args, Debug)]
pub(crate) struct Plan {
    #[command(flatten)]
    node: Node,
    /// Exit with 3 when something would change
    #[arg(long)]
    check: bool,
    /// How to print it
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Plan {
    const NAME: &'static str = "plan";
    const ABOUT: &'static str = "Show the changes that prepare a host as a Kubernetes node, and make none";
    const EXAMPLES: &'static str = "
  k8sprep plan
  k8sprep plan --spec node.yaml --check          # exit 3 when something would change
  k8sprep plan --root /mnt/image --output json | jq -r '.steps[].change.path'";
    const NOTES: &'static str = "
Below the plan stands what would still be wrong when it is done, by the rules of `k8sprep doctor`: what no step mends.
It changes nothing about the exit status. What can only be judged then is told by `k8sprep doctor` then.";
    const EXITS: Exits = &[
        (0, "the plan is shown"),
        (1, "something is in the way of the plan, or it failed"),
        (3, "with --check: something would change"),
    ];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        self.node.on.tell(ui);
        let (host, spec) = self.node.host_and_spec()?;
        let asked = self.node.stage(&host, &spec).asked(Keys::Fetched, &mut Console::new(ui))?;
        let plan = host_prep::verify(&host, &asked.all());
        let outlook = stage::outlook(&host, &plan, &spec)?;
        outlook_sheet::print(&plan, outlook, self.output, ui)?;
        verdict(&plan, self.check)
    }
}

/// How a plan that is only shown ends: what stands in the way is no difference to be made, but a
/// failure of what was asked.
pub(super) fn verdict(plan: &host_prep::Plan, check: bool) -> Result<(), Failure> {
    if !plan.problems().is_empty() {
        return Err(Failure::silent(Exit::Failed));
    }
    if check && !plan.is_done() { Err(Failure::silent(Exit::Differences)) } else { Ok(()) }
}
