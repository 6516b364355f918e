//! Whether a host is as desired.

use std::time::Duration;

use crate::{Desired, Error, Host, Plan, Step, observe, plan};

/// How long to wait before each further look: a kernel value or a device can lag behind the call
/// that changed it.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(50), Duration::from_millis(200), Duration::from_millis(750)];

/// Looks at a host and plans once more: it is as desired when the plan [is done](Plan::is_done).
///
/// ```
/// use host_prep::resource::Managed;
/// use host_prep::{Desired, Host, fs::Root, verify};
///
/// # let dir = tempfile::tempdir()?;
/// let host = Host::offline(Root::open(dir.path())?);
/// let gone = Desired::new().with(Managed::absent("crictl", "/etc/crictl.yaml"));
/// assert!(verify(&host, &gone).is_done());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn verify(host: &Host, desired: &Desired) -> Plan {
    plan(desired, &observe(host, desired))
}

/// Whether nothing is left to do, or only `step` no longer is. Only a running host is looked at
/// more than once.
pub(crate) fn verify_again(host: &Host, desired: &Desired, step: Option<&Step>) -> Result<(), Error> {
    let pauses = if host.is_running() { &PAUSES[..] } else { &[] };
    let mut left = left_over(&verify(host, desired), step);
    for pause in pauses {
        if left.is_none() {
            break;
        }
        std::thread::sleep(*pause);
        left = left_over(&verify(host, desired), step);
    }
    left.map_or(Ok(()), |left| Err(Error::NotDone { left }))
}

fn left_over(plan: &Plan, only: Option<&Step>) -> Option<String> {
    let subject = only.map(|step| step.change.subject());
    let steps = plan.steps().iter().map(|step| step.change.subject());
    let steps = steps.filter(|left| subject.as_ref().is_none_or(|subject| subject == left));
    let problems = plan.problems().iter().filter(|_| only.is_none()).map(|problem| problem.what.clone());
    let left: Vec<_> = steps.chain(problems).collect();
    (!left.is_empty()).then(|| left.join(", "))
}
