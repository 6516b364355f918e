//! The plan of one node's upgrade: what it is, what stands in the way, and the steps in their order.

use std::fmt;
use std::time::SystemTime;

use host_prep::Host;
use host_prep::distro::PackageManager;
use schemars::JsonSchema;
use serde::Serialize;

use super::Target;
use super::mend;
use super::node::{Node, Role, Runs, minor_of};
use super::step::{State, Step, Undo};
use super::steps::Steps;
use crate::code::Code;
use crate::doctor::{Diagnosis, Finding, Inspection, Severity, Undecided, Unread, before_upgrade};
use crate::recipe::{Endings, numbers_of};

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
    /// The codes of those verdicts that steps of this plan mend.
    pub mended: Vec<&'static str>,
    /// What could not be decided.
    pub undecided: Vec<Undecided>,
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// The step behind which there is no way back for the control plane.
    pub point_of_no_return: Option<&'static str>,
    /// How it stands.
    pub status: Status,
    /// The node's name.
    #[serde(skip)]
    #[cfg_attr(not(feature = "api"), expect(dead_code, reason = "steps are taken over the API"))]
    pub(crate) node: String,
    /// Whether a minor is skipped.
    #[serde(skip)]
    skips: bool,
    /// What installs packages there.
    #[serde(skip)]
    #[cfg_attr(not(feature = "api"), expect(dead_code, reason = "steps are taken over the API"))]
    pub(crate) packages: Option<PackageManager>,
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
    /// Everything is at that release.
    Done,
}

/// Why there is no plan.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NoPlan {
    /// kubeadm did not make this host a node.
    NotANode,
    /// The release is older than what runs: nothing is taken back to it.
    Older {
        /// What runs.
        runs: String,
        /// The release.
        to: String,
    },
    /// Something that is installed is newer than the release.
    Newer {
        /// What.
        what: &'static str,
        /// Its version.
        version: String,
        /// The release.
        to: String,
    },
    /// It runs no control plane, and is said to be one.
    NoControlPlane,
    /// Something that the plan stands on cannot be read.
    Unread(Unread),
}

impl NoPlan {
    /// The name of the fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotANode => Code::NodeFilesMissing.as_str(),
            Self::Older { .. } | Self::Newer { .. } => Code::UpgradeBlocked.as_str(),
            Self::NoControlPlane => Code::NoControlPlane.as_str(),
            Self::Unread(_) => host_prep::Code::FileUnreadable.as_str(),
        }
    }
}

impl fmt::Display for NoPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotANode => {
                f.write_str("kubeadm did not make this host a node: there is nothing to upgrade")
            }
            Self::Older { runs, to } => {
                write!(f, "{runs} runs here, and {to} is older: kubeadm upgrades, and takes nothing back")
            }
            Self::Newer { what, version, to } => {
                write!(f, "{what} {version} is installed, and {to} is asked for")
            }
            Self::NoControlPlane => f.write_str("this host runs no control plane: leave --role out"),
            Self::Unread(unread) => write!(f, "cannot read {}: {}", unread.source, unread.why),
        }
    }
}

impl Plan {
    /// Looks at a host as it is at the time `now` and plans its upgrade. Nothing is changed.
    ///
    /// # Errors
    /// Where it is no node, is past that release, or cannot be read.
    pub fn of(host: &Host, now: SystemTime, to: &Target, role: Option<Role>) -> Result<Self, NoPlan> {
        let mut plan = Self::with_steps(host, now, to, role)?;
        if plan.status == Status::Done {
            // Nothing is to be done, and nothing of it is a point of no return.
            plan.takes_no_step();
        }
        if plan.skips {
            // They lead to no minor that kubeadm goes to from here.
            plan.takes_no_step();
        }
        Ok(plan)
    }

    fn takes_no_step(&mut self) {
        self.steps.clear();
        self.point_of_no_return = None;
    }

    /// The same with the steps of a node that is at that minor already: of what a stopped run left, files do not
    /// tell everything.
    pub(crate) fn with_steps(
        host: &Host,
        now: SystemTime,
        to: &Target,
        role: Option<Role>,
    ) -> Result<Self, NoPlan> {
        let seen = Inspection::of(host, now);
        let node = Node::read(&seen, role).map_err(NoPlan::Unread)?.ok_or(NoPlan::NotANode)?;
        if node.role == Role::Worker && role.is_some_and(Role::is_control_plane) {
            return Err(NoPlan::NoControlPlane);
        }
        let minor = to.minor().number();
        let found = seen.kubernetes_minor().or_else(|| seen.kubelet_minor());
        if let Some(runs) = found.filter(|runs| *runs > minor) {
            return Err(NoPlan::Older { runs: format!("1.{runs}"), to: to.to_string() });
        }
        past(&node.runs, to)?;
        let (skips, is_patch) = (found.is_some_and(|found| found + 1 < minor), node.is_at(minor));
        let Endings { found, .. } = super::endings_of(host, to.minor()).0;
        let steps =
            Steps { seen: &seen, node: &node, to, ends: &found, is_patch }.all().map_err(NoPlan::Unread)?;
        let Diagnosis { findings: verdicts, undecided, .. } = before_upgrade(seen, to.minor());
        let is_set_aside = verdicts.iter().any(|one| one.code == "manifest-set-aside");
        let mut mended = mend::mended(host, to.minor(), &found, is_set_aside);
        mended.retain(|code| verdicts.iter().any(|one| one.code == *code));
        let point_of_no_return =
            steps.iter().find(|step| step.undo == Undo::No && step.id != "clean").map(|step| step.id);
        let status = Status::of((&verdicts, &mended, &undecided), &steps, is_patch);
        let Node { role, runs: from, name: node, packages, .. } = node;
        let to = to.to_string();
        Ok(Self {
            from,
            to,
            role,
            verdicts,
            mended,
            undecided,
            steps,
            point_of_no_return,
            status,
            node,
            skips,
            packages,
        })
    }
}

/// What is past that release: of its minor, or of the release where one is named.
fn past(runs: &Runs, to: &Target) -> Result<(), NoPlan> {
    let minor = to.minor().number();
    let wanted = to.version().and_then(|version| numbers_of(&version.to_string()));
    let is_past = |version: &str| match (wanted, numbers_of(version)) {
        (Some(wanted), Some(found)) => found > wanted,
        _ => minor_of(version).is_some_and(|found| found > minor),
    };
    let of_cluster = runs.pods.iter().filter(|pod| pod.name != "etcd").filter_map(|pod| pod.tag.as_ref());
    if let Some(runs) = of_cluster.chain(&runs.kubelet).find(|version| is_past(version)) {
        return Err(NoPlan::Older { runs: runs.clone(), to: to.to_string() });
    }
    // CRI-O's patches are its own.
    let crio = runs.crio.as_ref().filter(|version| minor_of(version).is_some_and(|found| found > minor));
    let kubeadm = runs.kubeadm.as_ref().filter(|version| is_past(version));
    match (kubeadm.map(|it| ("kubeadm", it))).or(crio.map(|it| ("CRI-O", it))) {
        Some((what, version)) => Err(NoPlan::Newer { what, version: version.clone(), to: to.to_string() }),
        None => Ok(()),
    }
}

impl Status {
    fn of(
        (verdicts, mended, undecided): (&[Finding], &[&str], &[Undecided]),
        steps: &[Step],
        is_patch: bool,
    ) -> Self {
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
        // Whoever takes the steps by hand has none for what a run puts right by itself.
        let has_step = |one: &Finding| mended.contains(&one.code) && mend::HAS_STEP.contains(&one.code);
        if verdicts.iter().any(|one| one.severity == Severity::Error && !has_step(one)) {
            return Self::Blocked;
        }
        if !undecided.is_empty() {
            return Self::Unknown;
        }
        // CRI-O's package is that of the minor before a patch, too.
        let begun = |step: &Step| done(step) && !(is_patch && step.id == "package-crio");
        if telling().any(begun) { Self::Interrupted } else { Self::Ready }
    }

    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Blocked => "something is to be mended first",
            Self::Unknown => "it cannot be told whether it can begin",
            Self::Interrupted => "it has begun and is not done",
            Self::Done => "everything is at that release",
        }
    }
}
