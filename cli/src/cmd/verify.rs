//! `k8sprep verify`.
//!
//! `plan` as a check: exit 0 where the host is as the spec wants it and nothing is wrong, 3 where
//! it is not. Nothing is fetched: keys are those on the host. JSON: `k8sprep.plan/v1`, as `plan`
//! prints it.

use crate::cmd::shared::console::Console;
use crate::cmd::shared::node::Node;
use crate::cmd::shared::outlook_sheet::{self, PlanDocument};
use crate::cmd::shared::plan_sheet;
use crate::cmd::{Exits, Run};
use crate::failure::{Exit, Failure, as_root};
use crate::recipe::Severity;
use crate::stage::{self, Keys};
use crate::ui::{Format, Ui};

/// The flags of `verify`.
#[derive(clap::Args, Debug)]
pub(crate) struct Verify {
    #[command(flatten)]
    node: Node,
    /// How to print what differs
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Run for Verify {
    const NAME: &'static str = "verify";
    const ABOUT: &'static str = "Check that a host matches its spec, now and after the next boot";
    const EXAMPLES: &'static str = "
  k8sprep verify
  k8sprep verify --spec node.yaml && kubeadm init --config /etc/kubernetes/k8sprep/kubeadm.yaml";
    const NOTES: &'static str = "
What keeps a node from working that no step of a plan mends is told too: a missing static pod, a socket nobody
listens on, a pod network without its plugin.";
    const EXITS: Exits = &[(0, "the host is as wanted"), (3, "the host is not as wanted")];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        self.node.on.tell(ui);
        let (host, spec) = self.node.host_and_spec()?;
        let node = self.node.stage(&host, &spec);
        let mut wanted = node.asked(Keys::OfTheHost, &mut Console::new(ui))?.all();
        if let Some(unfinished) = node.unfinished()? {
            wanted.add(unfinished);
        }
        let plan = host_prep::verify(&host, &wanted);
        let outlook = stage::outlook(&host, &plan, &spec)?;
        // A fault that no step mends is a difference.
        let (faults, notices): (Vec<_>, Vec<_>) =
            outlook.brief().into_iter().partition(|finding| finding.severity == Severity::Fault);
        let mut denied: Vec<String> = outlook.denied().map(|one| one.unread.source.clone()).collect();
        denied.sort();
        denied.dedup();
        if self.output == Format::Json {
            ui.json_document(&PlanDocument { plan: &plan, outlook })?;
        }
        if self.output == Format::Text {
            plan_sheet::notes(&plan, ui);
            notices.iter().for_each(|one| ui.note(format_args!("note: {}", outlook_sheet::line(one))));
            if !denied.is_empty() {
                let many = stage::count(denied.len(), "file");
                let step = as_root().map(|step| format!(": {step}")).unwrap_or_default();
                ui.note(format_args!(
                    "note: {many} may not be read, and what they decide is not known{step} ({})",
                    denied.join(", ")
                ));
            }
        }
        if plan.is_done() && faults.is_empty() {
            return if self.output == Format::Text { ui.line("the host is as wanted") } else { Ok(()) };
        }
        if self.output == Format::Text {
            for step in plan.steps() {
                let (verb, subject) = (step.change.verb(), step.change.subject());
                let line = format!("{}: would {verb} {subject}: {}", step.resource, step.reason);
                ui.line(line)?;
            }
            for problem in plan.problems() {
                ui.line(plan_sheet::told(problem))?;
            }
            for fault in &faults {
                ui.line(outlook_sheet::line(fault))?;
            }
        }
        Err(Failure::silent(Exit::Differences))
    }
}
