//! `k8sprep upgrade plan`.

use std::time::SystemTime;

use crate::cmd::shared::finding_sheet::{BOLD, head, help, place};
use crate::cmd::shared::on_host::OnHost;
use crate::cmd::{Exits, Run};
use crate::failure::{Exit, Failure};
use crate::ui::{Format, Ui, visible};
use crate::upgrade::{self, NoPlan, Role, State, Status, Step, Target};

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
enum Said {
    /// A worker, or else the first control plane
    #[default]
    Auto,
    /// The first control plane to be upgraded
    First,
    /// Every other control plane
    Further,
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
        (0, "ready, or everything is at that minor"),
        (1, "it cannot be told, or this is no node"),
        (3, "something is to be mended first"),
    ];

    fn run(self, ui: &mut Ui) -> Result<(), Failure> {
        let host = self.on.host()?;
        let role = match self.role {
            Said::Auto => None,
            Said::First => Some(Role::FirstControlPlane),
            Said::Further => Some(Role::FurtherControlPlane),
        };
        let plan = upgrade::Plan::of(&host, SystemTime::now(), &self.to, role);
        let plan = plan.map_err(|why| none(why, &self.to))?;
        match self.output {
            Format::Json => ui.json("upgrade", &plan)?,
            Format::Text => ui.styled(text(&plan))?,
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

fn none(why: NoPlan, to: &Target) -> Failure {
    let missing = |text: String| Failure::new(Exit::Failed, crate::Code::NodeFilesMissing.as_str(), text);
    match why {
        NoPlan::Older { runs } => {
            let failure = Failure::usage(format_args!("1.{runs} runs here, and {to} is older"));
            failure.hint("Kubernetes has no way back to an older minor")
        }
        NoPlan::NoControlPlane => Failure::usage("this host runs no control plane: leave --role out"),
        NoPlan::Unread(unread) => missing(format!("{}: {}", unread.source, unread.why)),
        _ => missing("kubeadm did not make this host a node: there is nothing to upgrade".to_owned())
            .hint("name the tree of a node with --root DIR"),
    }
}

fn text(plan: &upgrade::Plan) -> String {
    let runs = &plan.from;
    let parts = [
        ("kubelet", &runs.kubelet),
        ("kubeadm", &runs.kubeadm),
        ("CRI-O", &runs.crio),
        ("control plane", &runs.control_plane),
        ("etcd", &runs.etcd),
    ];
    let parts = parts.iter().filter_map(|(what, it)| Some(format!("{what} {}", it.as_ref()?)));
    let today = visible(&parts.collect::<Vec<_>>().join(", "));
    let mut text = format!("{BOLD}{} to {}{BOLD:#}: {today}\n\n", plan.role.as_str(), plan.to);
    for finding in &plan.verdicts {
        text.push_str(&head(finding.severity, finding.code, &finding.message));
        for one in &finding.evidence {
            text.push_str(&format!("  {}", place(&one.with_value())));
        }
        text.push_str(&format!("  {}\n", help(&finding.cure)));
    }
    for one in &plan.undecided {
        text.push_str(&visible(&format!(
            "undecided[{}]: {}: {}",
            one.code, one.unread.source, one.unread.why
        )));
        text.push_str("\n\n");
    }
    for (number, one) in plan.steps.iter().enumerate() {
        add(&mut text, number + 1, one);
        if plan.point_of_no_return == Some(one.id) {
            text.push_str(
                "--- no way back: from here on the control plane and etcd stay at the new minor ---\n",
            );
        }
    }
    text.push_str(&format!("\n{}\n", plan.status.as_str()));
    text
}

fn add(text: &mut String, number: usize, step: &Step) {
    let done = if step.state == State::Done { ", done" } else { "" };
    let (disturbs, undo) = (step.disruptive.as_str(), step.undo.as_str());
    text.push_str(&format!("{number:>2}. {BOLD}{}{BOLD:#} ({disturbs}, {undo}{done})\n", step.id));
    text.push_str(&visible(&format!("    {}", step.why)));
    text.push('\n');
    for change in &step.changes {
        text.push_str(&visible(&format!("      {change}")));
        text.push('\n');
    }
    for command in &step.commands {
        text.push_str(&visible(&format!("      {command}")));
        text.push('\n');
    }
}
