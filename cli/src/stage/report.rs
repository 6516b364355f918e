//! Whom the stages tell how far they are, and whom they ask.

use std::fmt;
use std::io;

use host_prep::cluster::Leftover;
use host_prep::{NoProgress, Plan, Watch};

use crate::doctor::Outlook;

/// Whom a stage tells how far it is, and whom it asks before it changes something.
///
/// Every method but [`confirm`](Reporter::confirm) may be left as it is: then nothing is told and
/// nothing is watched.
///
/// ```
/// use k8sprep::stage::{Answer, Question, Reporter};
///
/// struct Lines(Vec<String>);
///
/// impl Reporter for Lines {
///     fn note(&mut self, text: &dyn std::fmt::Display) {
///         self.0.push(text.to_string());
///     }
///
///     fn confirm(&mut self, question: Question) -> Answer {
///         // What cannot be rolled back is left to a person.
///         match question {
///             Question::Packages | Question::Host => Answer::Yes,
///             _ => Answer::No,
///         }
///     }
/// }
/// ```
pub trait Reporter {
    /// Something begins, or is so; one line.
    fn note(&mut self, _text: &dyn fmt::Display) {}

    /// Something the user should know of; one line.
    fn warn(&mut self, _code: &'static str, _text: &dyn fmt::Display) {}

    /// The plan of what comes next.
    fn plan(&mut self, _plan: &Plan) {}

    /// What would still be wrong when that plan is done.
    fn outlook(&mut self, _outlook: &Outlook) {}

    /// The steps of an upgrade, before it is asked whether to begin.
    fn upgrade(&mut self, _plan: &crate::upgrade::Plan) {}

    /// What others left on the host, before it is asked whether to remove it.
    fn leftovers(&mut self, _left: &[Leftover]) {}

    /// Whether to go on.
    fn confirm(&mut self, question: Question) -> Answer;

    /// Who watches the work that begins now, step by step, and may stop it. It is dropped when that
    /// work ends.
    ///
    /// # Errors
    ///
    /// If the work cannot be watched, and so not be stopped: it does not begin then.
    fn watch(&mut self) -> io::Result<Box<dyn Watch + '_>> {
        Ok(Box::new(NoProgress))
    }
}

/// Tells nothing, and says yes to every question.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it holds nothing")]
pub struct Silent;

impl Reporter for Silent {
    fn confirm(&mut self, _question: Question) -> Answer {
        Answer::Yes
    }
}

/// What is asked before something changes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Question {
    /// Install the packages of the plan.
    Packages,
    /// Take the steps of the plan on the host.
    Host,
    /// Begin a cluster.
    Init,
    /// Go on with a cluster that was begun.
    InitGoesOn,
    /// Join a cluster.
    Join,
    /// Take a worker out of its cluster.
    ResetWorker,
    /// Take a control plane out of its cluster, which deletes its etcd data.
    ResetControlPlane,
    /// Roll back everything that was changed on the host.
    RollBack,
    /// Delete what others left.
    Purge,
    /// Renew certificates of a control plane, and restart what reads them.
    Renew,
    /// Take the steps of an upgrade.
    Upgrade,
    /// Go on with an upgrade.
    UpgradeGoesOn,
    /// Give back what an upgrade changed.
    UpgradeBack,
    /// Give the node another container runtime.
    Runtime,
    /// Give it back the one that it had.
    RuntimeBack,
    /// Delete what the old runtime left.
    RuntimeData,
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Packages => "These packages come onto the host.",
            Self::Host => "This is what changes on the host.",
            Self::Init => "`kubeadm init` makes this host the control plane of a new cluster.",
            Self::InitGoesOn => "`kubeadm init` goes on where it stopped and finishes the cluster.",
            Self::Join => "`kubeadm join` makes this host a node.",
            Self::ResetWorker => "`kubeadm reset` takes this node out of its cluster; its Pods end with it.",
            Self::ResetControlPlane => {
                "`kubeadm reset` takes this node out of its cluster and DELETES its etcd data, its certificates and keys."
            }
            Self::RollBack => "Everything that k8sprep changed on this host is rolled back.",
            Self::Runtime => "CRI-O becomes the runtime of this node: its pods end, and on a control plane the API is away meanwhile.",
            Self::RuntimeBack => "The old runtime comes back: the node's pods end once more.",
            Self::RuntimeData => "All of this is DELETED, and the old runtime cannot come back.",
            Self::Renew => "kubeadm renews certificates, and the processes of the control plane are restarted one by one.",
            Self::Purge => "All of this is DELETED, whoever made it.",
            Self::Upgrade => "The node is upgraded by these steps; its pods leave it for a while.",
            Self::UpgradeGoesOn => "The upgrade goes on where it stopped.",
            Self::UpgradeBack => "What the upgrade changed on this node goes back; its pods leave it for a while.",
        })
    }
}

/// The answer to a [`Question`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// Go on.
    Yes,
    /// Stop here.
    No,
    /// There is nobody to ask, so it stops here.
    NobodyToAsk,
}
