//! The plan of an upgrade as it is shown to people.

use crate::cmd::shared::finding_sheet::{BOLD, head, help, place};
use crate::doctor::Unread;
use crate::ui::visible;
use crate::upgrade::{self, State, Status, Step};

/// What runs, what stands in the way, and the steps; of a node that is at that minor no steps.
pub(crate) fn text(plan: &upgrade::Plan) -> String {
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
    add_verdicts(&mut text, plan);
    if plan.status == Status::Done {
        text.push_str(&format!("{}; there is nothing to do\n", plan.status.as_str()));
        return text;
    }
    if plan.steps.is_empty() {
        text.push_str(&format!("{}; there are no steps to {} from here\n", plan.status.as_str(), plan.to));
        return text;
    }
    text.push_str(match plan.status {
        Status::Blocked => "The steps, once that is mended:\n\n",
        Status::Unknown => "The steps, once that can be told:\n\n",
        _ => "",
    });
    for (number, one) in plan.steps.iter().enumerate() {
        add(&mut text, number + 1, one);
        if plan.point_of_no_return == Some(one.id) {
            text.push_str(
                "--- no way back: from here on the control plane and etcd stay at the new release ---\n",
            );
        }
    }
    text.push_str(&format!("\n{}\n", plan.status.as_str()));
    text
}

/// What stands in the way, and what could not be told.
fn add_verdicts(text: &mut String, plan: &upgrade::Plan) {
    for finding in &plan.verdicts {
        text.push_str(&head(finding.severity, finding.code, &finding.message));
        for one in &finding.evidence {
            text.push_str(&format!("  {}", place(&one.with_value())));
        }
        text.push_str(&format!("  {}\n", help(&finding.cure)));
        if plan.mended.contains(&finding.code) {
            text.push_str("  `k8sprep upgrade apply` mends it\n\n");
        }
    }
    for (codes, unread) in undecided(plan) {
        text.push_str(&visible(&format!(
            "undecided[{}]: {}: {}",
            codes.join(", "),
            unread.source,
            unread.why
        )));
        text.push_str("\n\n");
    }
}

/// What could not be read, once, with all that could not be decided without it.
fn undecided(plan: &upgrade::Plan) -> Vec<(Vec<&'static str>, &Unread)> {
    let mut all: Vec<(Vec<&'static str>, &Unread)> = Vec::new();
    for one in &plan.undecided {
        match all.iter_mut().find(|(_, unread)| **unread == one.unread) {
            Some((codes, _)) => codes.push(one.code),
            None => all.push((vec![one.code], &one.unread)),
        }
    }
    all
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
