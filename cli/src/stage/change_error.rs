//! Why the container runtime of a node was not changed, or not confirmed.

use crate::code::Code;

/// What the new runtime is called where it is waited for; the old one has its own name.
pub(super) const CRIO: &str = "CRI-O";

/// Why the container runtime of a node was not changed, or not confirmed.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum ChangeError {
    /// What the host is like cannot be told.
    #[error("nothing was changed")]
    Plan(#[from] crate::migrate::Error),
    /// Something stands in the way that nobody accepted.
    #[error("nothing was changed: {} in the way: {}", super::count(.verdicts.len(), "finding"), .verdicts.join("; "))]
    Blocked { verdicts: Vec<String> },
    /// Something could not be read that may stand in the way.
    #[error("nothing was changed: {} cannot be read: {}", super::count(.unread.len(), "file"), .unread.join("; "))]
    Undecided { unread: Vec<String> },
    /// There is no CRI-O to change to.
    #[error("nothing was changed: CRI-O is not installed")]
    NoCrio,
    /// There is one, and it does not run.
    #[error("nothing was changed: CRI-O is there and cannot be run: `crio --version` ended with {how}")]
    CrioFails { how: String },
    /// An image that a pod of the node needs could not be pulled.
    #[error("the kubelet still uses the old runtime: {image} was not pulled: {why}")]
    Pull { image: String, why: String },
    /// The Node does not say that this is its runtime.
    #[error(
        "the kubelet is told to use {runtime}, and the Node is not Ready with it within {seconds} s: {says}"
    )]
    NotTakenUp { runtime: String, seconds: u64, says: String },
    /// It was stopped on request while the Node was waited for.
    #[error(
        "stopped on request: the kubelet is told to use {runtime}, and the Node was not waited for: {says}"
    )]
    NotAwaited { runtime: String, says: String },
    /// No change was begun, or it was confirmed.
    #[error(
        "no change of the runtime can be taken back or confirmed here: none was begun, or it is confirmed"
    )]
    NoChange,
    /// What the old runtime needs is gone, or about to go.
    #[error("nothing was changed: what {from} had is being deleted here, and there is no way back to it")]
    Deleting { from: String },
    /// It did not come to its end.
    #[error("nothing was deleted: the change did not come to its end")]
    NotAtItsEnd,
    /// The host was not rebooted since.
    #[error("nothing was deleted: the host was not rebooted since its runtime was changed")]
    NoReboot,
    /// A reboot brought the old runtime back.
    #[error("nothing was deleted: {unit} runs again")]
    OldRuns { unit: String },
    /// Some of what the old runtime left is still there.
    #[error("not everything was deleted: {}", .left.join("; "))]
    NotDeleted { left: Vec<String> },
}

impl ChangeError {
    /// Whether it was the old runtime that was waited for: on the way back.
    #[cfg(feature = "bin")]
    pub(crate) fn is_of_way_back(&self) -> bool {
        match self {
            Self::NotTakenUp { runtime, .. } | Self::NotAwaited { runtime, .. } => runtime != CRIO,
            _ => false,
        }
    }

    /// The name of the fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Plan(error) => error.code(),
            Self::Blocked { .. } => host_prep::Code::PlanBlocked.as_str(),
            Self::Undecided { .. } => host_prep::Code::FileUnreadable.as_str(),
            Self::NoCrio => Code::CrioUnitMissing.as_str(),
            Self::CrioFails { .. } => Code::CrioNotRunnable.as_str(),
            Self::Pull { .. } => Code::ImageNotPulled.as_str(),
            Self::NotTakenUp { .. } => Code::RuntimeNotTakenUp.as_str(),
            Self::NotAwaited { .. } => host_prep::Code::Stopped.as_str(),
            Self::NotDeleted { .. } => Code::LeftoverNotRemoved.as_str(),
            Self::NoChange | Self::Deleting { .. } => Code::NoRuntimeChange.as_str(),
            Self::NotAtItsEnd | Self::NoReboot | Self::OldRuns { .. } => Code::RebootNotSurvived.as_str(),
        }
    }
}
