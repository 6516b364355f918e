//! What a run changed, as programs read it: every step with what it did and what became of it.

use host_prep::{Applied, Ending, FailedApply, Host, Need, Step, StepStatus, TransactionId};
use serde::Serialize;

use crate::cmd::shared::on_host::as_json;
use crate::failure::chain;

/// The document `k8sprep.applied/v1`, whether it failed or not.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AppliedDocument<'a> {
    /// Whether the host is another one than before.
    changed: bool,
    transaction: Option<TransactionId>,
    taken: usize,
    ending: Ending,
    steps: Vec<StepDone<'a>>,
    needs: &'a [Need],
    failure: Option<String>,
    failure_code: Option<&'static str>,
    rollback: Option<serde_json::Value>,
}

#[derive(Serialize)]
struct StepDone<'a> {
    #[serde(flatten)]
    step: &'a Step,
    status: StepStatus,
}

impl<'a> AppliedDocument<'a> {
    /// Of a run that did not fail.
    pub(crate) fn of(host: &Host, done: &'a Applied) -> Self {
        Self {
            changed: done.taken > 0,
            transaction: done.id,
            taken: done.taken,
            ending: if done.stopped { Ending::Stopped } else { Ending::Applied },
            steps: steps(host, done.id, &done.steps),
            needs: &done.needs,
            failure: None,
            failure_code: None,
            rollback: None,
        }
    }

    /// Of one that failed.
    pub(crate) fn failed(host: &Host, failed: &'a FailedApply) -> Self {
        Self {
            changed: !failed.is_rolled_back(),
            transaction: Some(failed.id),
            taken: failed.taken,
            ending: Ending::Failed,
            steps: steps(host, Some(failed.id), &failed.steps),
            needs: &failed.needs,
            failure: Some(chain(&failed.cause)),
            failure_code: Some(failed.cause.code().as_str()),
            rollback: failed.rollback.as_ref().map(|back| as_json(back, &[])),
        }
    }
}

/// Each step with what the journal says became of it.
fn steps<'a>(host: &Host, id: Option<TransactionId>, steps: &'a [Step]) -> Vec<StepDone<'a>> {
    let history = host_prep::history(host).unwrap_or_default();
    let told = history.iter().find(|one| Some(one.id) == id);
    let status = |step: &Step| {
        let told = told.and_then(|one| one.steps.iter().find(|told| told.number == step.number));
        told.map_or(StepStatus::Taken, |told| told.status)
    };
    steps.iter().map(|step| StepDone { step, status: status(step) }).collect()
}
