//! The plan of one node's upgrade: what it is, what stands in the way, and the steps in their order.

use std::time::SystemTime;

use host_prep::Host;
use schemars::JsonSchema;
use serde::Serialize;

use super::Target;
use super::node::{Node, Role, Runs};
use super::step::{State, Step, Undo};
use super::steps::Steps;
use crate::doctor::{Diagnosis, Finding, Inspection, Severity, Undecided, Unread, before_upgrade};
use crate::recipe::Endings;

/// A plan.
#[derive(Clone, Debug, JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Plan {
    /// What runs today.
    pub from: Runs,
    /// The release that is gone to.
    pub to: String,
    /// What the node is.
    pub role: Role,
    /// What stands in the way, or is worth knowing before.
    pub verdicts: Vec<Finding>,
    /// What could not be decided.
    pub undecided: Vec<Undecided>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// The step behind which there is no way back for the control plane.
    pub point_of_no_return: Option<&'static str>,
    /// How it stands.
    pub status: Status,
}

/// How an upgrade stands.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Status {
    /// It can begin.
    Ready,
    /// Something is to be mended first.
    Blocked,
    /// It cannot be told whether it can begin.
    Unknown,
    /// Some of its steps are done already.
    Interrupted,
    /// Everything is at that minor.
    Done,
}

/// Why there is no plan.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NoPlan {
    /// kubeadm did not make this host a node.
    NotANode,
    /// The release is older than what runs: there is no way back.
    Older {
        /// What runs.
        runs: u64,
    },
    /// It runs no control plane, and is said to be one.
    NoControlPlane,
    /// Something that the plan stands on cannot be read.
    Unread(Unread),
}

impl Plan {
    /// Looks at a host as it is at the time `now` and plans its upgrade. Nothing is changed.
    ///
    /// # Errors
    /// Where it is no node, is past that release, or cannot be read.
    pub fn of(host: &Host, now: SystemTime, to: &Target, role: Option<Role>) -> Result<Self, NoPlan> {
        let seen = Inspection::of(host, now);
        let node = Node::read(&seen, role).map_err(NoPlan::Unread)?.ok_or(NoPlan::NotANode)?;
        if node.role == Role::Worker && role.is_some_and(Role::is_control_plane) {
            return Err(NoPlan::NoControlPlane);
        }
        let minor = to.minor().number();
        if let Some(runs) =
            seen.kubernetes_minor().or_else(|| seen.kubelet_minor()).filter(|runs| *runs > minor)
        {
            return Err(NoPlan::Older { runs });
        }
        let Endings { found, .. } = super::endings_of(host, to.minor()).0;
        let steps = Steps { seen: &seen, node: &node, to, ends: &found }.all().map_err(NoPlan::Unread)?;
        let Diagnosis { findings: verdicts, undecided, .. } = before_upgrade(seen, to.minor());
        let point_of_no_return =
            steps.iter().find(|step| step.undo == Undo::No && step.id != "clean").map(|step| step.id);
        let status = Status::of(&verdicts, &undecided, &steps);
        let (from, role) = (node.runs, node.role);
        Ok(Self { from, to: to.to_string(), role, verdicts, undecided, steps, point_of_no_return, status })
    }
}

impl Status {
    fn of(verdicts: &[Finding], undecided: &[Undecided], steps: &[Step]) -> Self {
        /// Steps whose end a file tells.
        const TELLING: [&str; 4] = ["package-kubeadm", "kubeadm-upgrade", "package-crio", "package-kubelet"];
        // Of a worker no file tells whether its configuration was upgraded.
        let of_control_plane = steps.iter().any(|step| step.id == "wait-etcd");
        let telling = || {
            let own = |step: &&Step| {
                TELLING.contains(&step.id) && (of_control_plane || step.id != "kubeadm-upgrade")
            };
            steps.iter().filter(own)
        };
        let done = |step: &Step| step.state == State::Done;
        if telling().all(done) {
            return Self::Done;
        }
        if verdicts.iter().any(|one| one.severity == Severity::Error) {
            return Self::Blocked;
        }
        if !undecided.is_empty() {
            return Self::Unknown;
        }
        if telling().any(done) { Self::Interrupted } else { Self::Ready }
    }

    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Blocked => "something is to be mended first",
            Self::Unknown => "it cannot be told whether it can begin",
            Self::Interrupted => "it has begun and is not done",
            Self::Done => "everything is at that minor",
        }
    }
}
