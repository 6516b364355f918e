//! Following what is done to a host while it is done.

use std::fmt;
use std::time::Duration;

/// A step that begins, as it is told to people.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct StepTitle<'a> {
    /// Position in the plan, from 1.
    pub number: usize,
    /// The kind of resource that asked for it.
    pub resource: &'a str,
    /// What is done, as a verb.
    pub verb: &'a str,
    /// To what.
    pub subject: &'a str,
}

/// `create /etc/crictl.yaml`.
impl fmt::Display for StepTitle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verb, self.subject)
    }
}

/// Follows an [`apply`](crate::apply), a rollback or kubeadm while it runs, and may stop it.
///
/// Every method may be left as it is: nothing is told then, and nothing stopped. It is called on
/// the thread that does the work, which waits for it.
///
/// ```
/// use host_prep::{StepTitle, Watch};
///
/// struct Lines(Vec<String>);
///
/// impl Watch for Lines {
///     fn step(&mut self, step: StepTitle<'_>, of: usize) {
///         self.0.push(format!("{}/{of} {} {}", step.number, step.verb, step.subject));
///     }
/// }
/// ```
pub trait Watch {
    /// A step begins.
    fn step(&mut self, _step: StepTitle<'_>, _of: usize) {}

    /// The undo of a step begins.
    fn undo(&mut self, _subject: &str) {}

    /// A program that takes its time wrote this line.
    fn said(&mut self, _line: &str) {}

    /// A program is at work since so long. Told many times a second.
    fn waits(&mut self, _since: Duration) {}

    /// What a program at work waits for, where that is known; empty: it goes on. Told when it
    /// changes.
    fn awaits(&mut self, _what: &str) {}

    /// Whether to stop: at a step's edge, or a program that takes its time.
    fn stops(&mut self) -> bool {
        false
    }
}

/// Watches nothing and stops nothing.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "a watch that does nothing holds nothing")]
pub struct NoProgress;

impl Watch for NoProgress {}
