//! The engine of `host-prep` on whole hosts: what it does, and what it survives.
#![expect(clippy::disallowed_methods, reason = "these tests lay trees of their own")]

mod at_once;
mod codes;
mod hostile;
mod owner;
mod property;
mod resources;
mod rollback;
mod stages;
mod trees;
mod trust;

use host_prep::{ApplyOptions, Desired, Host, NoProgress, Plan, TransactionId, apply, verify};

/// No differences.
const NONE: [&str; 0] = [];

/// Plans and applies; the host has to be as desired then. Gives the number of the transaction.
fn apply_all(host: &Host, desired: &Desired) -> Option<TransactionId> {
    let applied =
        apply(host, desired, &plan_of(host, desired), &ApplyOptions::default(), &mut NoProgress).unwrap();
    assert!(!applied.stopped, "{applied:?}");
    let again = plan_of(host, desired);
    assert!(again.is_done(), "{again:?}");
    applied.id
}

fn plan_of(host: &Host, desired: &Desired) -> Plan {
    verify(host, desired)
}

/// What a plan would do, one line a step.
fn lines(plan: &Plan) -> Vec<String> {
    plan.steps().iter().map(|step| format!("{} {}", step.change.verb(), step.change.subject())).collect()
}
