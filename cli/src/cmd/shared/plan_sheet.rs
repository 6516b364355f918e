//! A plan as people read it.
//!
//! A step is a line with its reason and its diff; problems and notes stand below the steps.
//! Secrets are masked by the plan itself, before any text is made.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use host_prep::{Plan, Problem, Risk, Step};

use crate::stage::count;
use crate::ui::{Ui, visible};

/// Colours of the diff and of the heads.
const ADDED: Style = AnsiColor::Green.on_default();
const REMOVED: Style = AnsiColor::Red.on_default();
const PLACE: Style = AnsiColor::Cyan.on_default();
const HEAD: Style = Style::new().bold();
const PROBLEM: Style = AnsiColor::Red.on_default().bold();
const NOTE: Style = AnsiColor::Yellow.on_default().bold();

/// Says on stderr what somebody should know, where a plan is not shown.
pub(crate) fn notes(plan: &Plan, ui: &mut Ui) {
    for note in plan.notes() {
        ui.note(format_args!("note: {}", told(note)));
    }
}

/// The whole plan: every step with its reason, its diff and its undo, then what stands in the way
/// and what to know.
pub(crate) fn text(plan: &Plan) -> String {
    with(plan, "")
}

/// The same, with lines about what the plan leaves before the last ones.
pub(crate) fn with(plan: &Plan, left: &str) -> String {
    let mut text = String::new();
    for step in plan.steps() {
        one(step, &mut text);
    }
    for problem in plan.problems() {
        line(&mut text, PROBLEM, "problem", problem);
    }
    for note in plan.notes() {
        line(&mut text, NOTE, "note", note);
    }
    text.push_str(left);
    let needs: Vec<_> = plan.needs().iter().map(ToString::to_string).collect();
    if !needs.is_empty() {
        let _ = writeln!(text, "afterwards: {}", needs.join(", "));
    }
    let _ = writeln!(text, "{}", summary(plan));
    text
}

/// The last line.
fn summary(plan: &Plan) -> String {
    match (plan.steps().len(), plan.problems().len()) {
        (0, 0) => "nothing to change".into(),
        (steps, 0) => format!("{steps} to take", steps = count(steps, "step")),
        (steps, problems) => {
            format!("{} to take, {} in the way", count(steps, "step"), count(problems, "problem"))
        }
    }
}

/// Verb and subject, the resource with its reason, and what changes.
fn one(step: &Step, text: &mut String) {
    let (verb, subject) = (step.change.verb(), visible(&step.change.subject()));
    let _ = writeln!(text, "{HEAD}{:>2}. {verb} {subject}{HEAD:#}", step.number);
    let risk = match step.risk {
        Risk::Low => "",
        Risk::Medium => " (running work can notice)",
        _ => " (running work can be lost)",
    };
    let _ = writeln!(text, "    {}: {}{risk}", step.resource, visible(&step.reason));
    let _ = writeln!(text, "    undo: {}", visible(&step.change.undo()));
    for diff in step.change.diff().lines() {
        let style = match diff.as_bytes() {
            [b'+', ..] => ADDED,
            [b'-', ..] => REMOVED,
            [b'@', ..] => PLACE,
            _ => Style::new(),
        };
        let _ = writeln!(text, "    {style}{}{style:#}", visible(diff));
    }
}

/// A problem or a note.
fn line(text: &mut String, style: Style, word: &str, problem: &Problem) {
    let _ = writeln!(text, "{style}{word}{style:#}: {}", visible(&told(problem)));
}

/// What is the matter, what helps, and the code that `k8sprep explain` takes.
pub(crate) fn told(problem: &Problem) -> String {
    let Problem { resource, what, hint, code, .. } = problem;
    format!("{resource}: {what} ({hint}) [{code}]")
}
