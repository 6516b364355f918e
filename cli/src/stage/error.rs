//! Why a stage did not do what was asked.
//!
//! One enum for `up`, `down` and the switch. Messages say first what became of the host ("nothing
//! was changed", "the host is as before"), since that is what somebody wants to know then; hints
//! are the command line's.

use std::fmt;
use std::io;
use std::path::PathBuf;

use host_prep::cluster::Standing;
use host_prep::{Problem, TransactionId};

use super::count;
use crate::code::Code;
use crate::recipe;
use crate::upgrade::NoPlan;

/// Why a stage did not do what was asked, and what became of the host.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "variant fields are named for what they hold")]
pub enum Error {
    /// host-prep could not read or change the host.
    #[error(transparent)]
    Host(#[from] host_prep::Error),
    /// The container runtime did not answer.
    #[error(transparent)]
    Probe(#[from] cri_probe::Error),
    /// The path of the socket is not a valid one.
    #[error(transparent)]
    Socket(#[from] cri_probe::InvalidSocket),
    /// The API server refuses, or cannot be asked.
    #[cfg(feature = "api")]
    #[error(transparent)]
    Api(Box<cri_probe::api::ApiError>),
    /// A node's pods did not leave it.
    #[cfg(feature = "api")]
    #[error(transparent)]
    Drain(#[from] super::DrainError),
    /// The container runtime was not changed, or not confirmed.
    #[cfg(feature = "api")]
    #[error(transparent)]
    Change(#[from] super::ChangeError),
    /// Certificates were not renewed, or not taken up.
    #[cfg(feature = "api")]
    #[error(transparent)]
    Renew(#[from] super::RenewError),
    /// The spec contradicts itself.
    #[error(transparent)]
    Spec(#[from] recipe::Contradictions),
    /// There is no repository for this distribution.
    #[error(transparent)]
    NoSource(#[from] recipe::NoSource),
    /// No mirror can be used.
    #[error("{why}")]
    Mirror { why: String },
    /// The kernel gave no random numbers for a token.
    #[error("cannot make a bootstrap token: {why}")]
    Token { why: String },
    /// Work cannot be watched, so it was not begun.
    #[error("cannot watch for a request to stop")]
    Watch {
        #[from]
        source: io::Error,
    },
    /// A path of the caller's has no absolute form.
    #[error("cannot find {}", .path.display())]
    Path { path: PathBuf, source: io::Error },
    /// What later steps were given is wrong; nothing was changed.
    #[error("nothing was changed: {}", joined(.0))]
    Foreseen(Vec<Foreseen>),
    /// The plan has problems; it was shown, and nothing was changed.
    #[error("nothing was changed: {} of the plan {} in the way", count(.0.len(), "problem"), if .0.len() == 1 { "stands" } else { "stand" })]
    InTheWay(Vec<Problem>),
    /// The answer to a question was no.
    #[error("nothing was changed: the answer was not `yes`")]
    Declined,
    /// Somebody had to be asked, and nobody was there.
    #[error("nothing was changed: there is nobody to ask")]
    NobodyToAsk,
    /// It was stopped; the steps taken until then stay.
    #[error("stopped on request after {}", count(*.taken, "step"))]
    Stopped { taken: usize },
    /// A step failed, and everything was rolled back.
    #[error("{}; the host is as before", super::chain(.cause))]
    RolledBack { cause: host_prep::Error },
    /// A step failed, and not everything could be rolled back.
    #[error("{}; {ending}", super::chain(.cause))]
    RollbackIncomplete { cause: host_prep::Error, ending: String },
    /// A rollback after a failure failed itself.
    #[error("{before}, and the rollback failed")]
    RollbackFailed { source: host_prep::Error, before: Box<host_prep::Error> },
    /// The files of kubeadm are whole, it was run by somebody else, and the API server does not
    /// answer.
    #[error(
        "whether `kubeadm init` came to its end here cannot be told: its files are there, and the API server does not answer"
    )]
    UnknownEnd,
    /// What would be rolled back is what a node stands on, and the node stays.
    #[error(
        "nothing was rolled back: {standing}, and {} {} of these steps: {}",
        needs(standing),
        steps.len(),
        steps.join(", ")
    )]
    StandsOnIt { standing: Standing, steps: Vec<String> },
    /// The host is another kind of node than the spec asks for.
    #[error("nothing was changed: {standing}, and the spec asks for {asked}")]
    OtherNode { standing: String, asked: &'static str },
    /// What only a control plane can be asked for.
    #[error("this host is not a control plane of a cluster: /etc/kubernetes/admin.conf is missing")]
    NoControlPlane,
    /// Nothing says which cluster the host joins.
    #[error("nothing says which cluster the host joins")]
    NothingToJoin,
    /// A user of the host that does not exist.
    #[error("there is no user {name}")]
    NoUser { name: String },
    /// A file of a running cluster cannot be read.
    #[error("cannot read {}", .path.display())]
    Read { path: PathBuf, source: io::Error },
    /// A file of a running cluster does not say what it should.
    #[error("{}: {why}", .path.display())]
    ClusterFile { path: PathBuf, why: String },
    /// Another run's dead man's switch is armed.
    #[error("nothing was changed: transaction {id} still waits to be confirmed")]
    Unconfirmed { id: TransactionId },
    /// The program that a dead man's switch runs lies where a reboot takes it away.
    #[error("nothing was changed: {program} is gone after a reboot, and the dead man's switch with it")]
    GoneAfterReboot { program: String },
    /// Something stands in the way of an upgrade.
    #[error("nothing was changed: {} in the way of the upgrade: {}", count(.0.len(), "verdict"), joined(.0))]
    UpgradeBlocked(Vec<Verdict>),
    /// It cannot be told whether something stands in the way.
    #[error("nothing was changed: it cannot be told whether the upgrade can begin: {}", joined(.0))]
    UpgradeUndecided(Vec<Verdict>),
    /// There is no plan of an upgrade. One that goes on may have put a file back before.
    #[error("{0}")]
    NoUpgradePlan(NoPlan),
    /// What no program can do here, before an upgrade or in a step of it.
    #[error("{why}")]
    UpgradeByHand { why: String },
    /// Another upgrade was begun and has not ended.
    #[error("nothing was changed: an upgrade to {to} was begun here{}", if *.back { " and is going back" } else { "" })]
    UpgradeUnderWay { to: String, back: bool },
    /// No upgrade was begun.
    #[error("no upgrade was begun on this host")]
    NoUpgrade,
    /// The control plane has to be upgraded before.
    #[error("nothing was changed: {what}")]
    ControlPlaneFirst { what: String },
    /// A step of an upgrade failed; what was done stays.
    #[error("the step {step} was not taken")]
    UpgradeStep { step: String, source: Box<Error> },
    /// Packages of the release are not to be had.
    #[error("the upgrade was not begun, and the host is as before")]
    UpgradeNotBegun { source: Box<Error> },
    /// The node does not come to be what it should within the time.
    #[error("{what} within {} s: {last}", .limit.as_secs())]
    NotInTime { what: String, limit: std::time::Duration, last: String },
    /// Something else was changed on the host after an upgrade.
    #[error("nothing was changed: transaction {id} came after the upgrade")]
    UpgradeFollowed { id: TransactionId },
    /// Not all of an upgrade can go back.
    #[error("not all of the upgrade went back: {}", .left.join("; "))]
    UpgradeStays { left: Vec<String> },
    /// The process that is the dead man's switch did not start.
    #[error("nothing was changed: the dead man's switch did not start")]
    SwitchDidNotStart { source: io::Error },
}

#[cfg(feature = "api")]
impl From<cri_probe::api::ApiError> for Error {
    fn from(error: cri_probe::api::ApiError) -> Self {
        Self::Api(Box::new(error))
    }
}

impl Error {
    /// The name of the fault.
    #[must_use]
    pub fn code(&self) -> &'static str {
        let own = match self {
            Self::Host(error) => return error.code().as_str(),
            Self::Probe(error) => return error.code().as_str(),
            Self::Socket(error) => return error.code().as_str(),
            #[cfg(feature = "api")]
            Self::Api(error) => return error.code().as_str(),
            #[cfg(feature = "api")]
            Self::Drain(error) => return error.code(),
            #[cfg(feature = "api")]
            Self::Renew(error) => return error.code(),
            #[cfg(feature = "api")]
            Self::Change(error) => return error.code(),
            Self::RolledBack { cause } => return cause.code().as_str(),
            Self::InTheWay(_) => return host_prep::Code::PlanBlocked.as_str(),
            Self::Stopped { .. } => return host_prep::Code::Stopped.as_str(),
            Self::Read { .. } => return host_prep::Code::ReadFailed.as_str(),
            Self::Spec(_) => Code::SpecContradiction,
            Self::NoSource(_) => Code::NoPackageSource,
            Self::Mirror { .. } => Code::NoMirror,
            Self::Token { .. } => Code::TokenNotMade,
            Self::Watch { .. } => Code::SignalsNotWatched,
            Self::Path { .. } => Code::PathNotFound,
            Self::Foreseen(_) => Code::LaterStepImpossible,
            Self::Declined => Code::Declined,
            Self::NobodyToAsk => Code::NobodyToAsk,
            Self::RollbackIncomplete { .. } => Code::RollbackIncomplete,
            Self::RollbackFailed { .. } => Code::RollbackFailed,
            Self::UnknownEnd => Code::UnknownEnd,
            Self::StandsOnIt { .. } => Code::NodeStandsOnIt,
            Self::OtherNode { .. } => Code::OtherNode,
            Self::NoControlPlane => Code::NoControlPlane,
            Self::NothingToJoin => Code::NothingToJoin,
            Self::NoUser { .. } => Code::UserMissing,
            Self::ClusterFile { .. } => Code::ClusterFileInvalid,
            Self::Unconfirmed { .. } => Code::Unconfirmed,
            Self::GoneAfterReboot { .. } => Code::SwitchGoneAfterReboot,
            Self::SwitchDidNotStart { .. } => Code::SwitchNotStarted,
            Self::UpgradeStep { source, .. } | Self::UpgradeNotBegun { source } => return source.code(),
            Self::UpgradeBlocked(_) | Self::UpgradeByHand { .. } => Code::UpgradeBlocked,
            Self::UpgradeUndecided(_) => Code::UpgradeUndecided,
            Self::NoUpgradePlan(why) => return why.code(),
            Self::UpgradeUnderWay { .. } => Code::UpgradeUnderWay,
            Self::NoUpgrade => Code::NoUpgrade,
            Self::ControlPlaneFirst { .. } => Code::ControlPlaneFirst,
            Self::NotInTime { .. } => Code::NotInTime,
            Self::UpgradeFollowed { .. } => Code::UpgradeFollowed,
            Self::UpgradeStays { .. } => Code::RollbackIncomplete,
        };
        own.as_str()
    }

    /// Whether the host is neither as before nor as wanted: something could not be rolled back.
    #[must_use]
    pub fn is_rollback_incomplete(&self) -> bool {
        matches!(self, Self::RollbackIncomplete { .. } | Self::UpgradeStays { .. })
    }
}

/// What stands in the way of an upgrade, or cannot be told.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Verdict {
    /// Its code, which `k8sprep explain` knows.
    pub code: &'static str,
    /// What is the matter.
    pub what: String,
    /// The file that shows it, where one does.
    pub file: String,
    /// The line there, from 1.
    pub line: Option<u32>,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.what, self.code)
    }
}

/// Something given for a later step that cannot be used, found before the first change.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Foreseen {
    /// What was given.
    pub given: Given,
    /// What is wrong with it.
    pub what: String,
}

impl Foreseen {
    pub(crate) fn new(given: Given, what: impl Into<String>) -> Self {
        Self { given, what: what.into() }
    }
}

impl fmt::Display for Foreseen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.given {
            Given::Manifest(file) => write!(f, "network plugin {}: {}", file.display(), self.what),
            Given::User(name) => write!(f, "user {name}: {}", self.what),
            Given::JoinConfig(file) => write!(f, "join configuration {}: {}", file.display(), self.what),
            Given::Host => f.write_str(&self.what),
        }
    }
}

/// What a [`Foreseen`] problem is about.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Given {
    /// The manifest of the network plugin.
    Manifest(PathBuf),
    /// The user who gets the administrator's kubeconfig.
    User(String),
    /// The file that says which cluster the host joins.
    JoinConfig(PathBuf),
    /// The host or the spec itself.
    Host,
}

/// What a node has to do with the steps that a rollback would take away: one that was only begun
/// has no Pods yet.
pub(crate) fn needs(standing: &Standing) -> &'static str {
    if standing.is_begun() { "what goes on from there needs" } else { "it stands on" }
}

/// All of them in one line.
fn joined(all: &[impl fmt::Display]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
