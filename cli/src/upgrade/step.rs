//! A step of an upgrade, as data.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Serialize;

/// A step.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Step {
    /// Its name, which does not change from release to release.
    pub id: &'static str,
    /// Why it is taken, and why here.
    pub why: String,
    /// What is run, in order.
    pub commands: Vec<String>,
    /// What is changed in files, a line each.
    pub changes: Vec<String>,
    /// What it disturbs.
    pub disruptive: Disruptive,
    /// Whether it can be taken back.
    pub undo: Undo,
    /// How far it is, as far as files tell.
    pub state: State,
    /// What `upgrade apply` does for it.
    #[serde(skip)]
    pub(crate) work: Work,
}

/// What a step does, for whoever takes it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Work {
    /// What is there of these paths is kept.
    Backup(Vec<PathBuf>),
    /// A snapshot of etcd, whose data is there.
    Snapshot(PathBuf),
    /// Files of repositories get another text.
    Repositories(Vec<(PathBuf, String)>),
    /// The repository of a bundle takes their place.
    #[cfg_attr(not(feature = "api"), expect(dead_code, reason = "steps are taken over the API"))]
    Bundle,
    /// The images of a bundle are loaded.
    #[cfg_attr(not(feature = "api"), expect(dead_code, reason = "steps are taken over the API"))]
    BundleImages,
    /// Packages get the release.
    Packages(Vec<&'static str>),
    Images,
    Kubeadm,
    Cordon,
    Drain,
    /// What ends is taken out.
    Mend(Mend),
    /// Ours in CRI-O's drop-in is set to kubeadm's.
    PauseImage,
    StopKubelet,
    StartCrio,
    StartKubelet,
    WaitReady,
    WaitEtcd,
    Uncordon,
    /// Somebody does it.
    ByHand,
}

/// What is taken out of files.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mend {
    Flags,
    Gates,
}

/// What a step disturbs.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Disruptive {
    /// Nothing that runs.
    None,
    /// The pods of this node.
    Node,
    /// The control plane of this node.
    ControlPlane,
}

/// Whether a step can be taken back.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Undo {
    /// It can.
    Yes,
    /// Not all of it.
    Partial,
    /// It cannot.
    No,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum State {
    /// It is still to come, or no file tells.
    Pending,
    /// What it does is so.
    Done,
}

impl Disruptive {
    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "disturbs nothing",
            Self::Node => "disturbs the pods of this node",
            Self::ControlPlane => "disturbs the control plane of this node",
        }
    }
}

impl Undo {
    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "can be taken back",
            Self::Partial => "can be taken back in part",
            Self::No => "cannot be taken back",
        }
    }
}

impl Step {
    /// A step that disturbs nothing and can be taken back.
    pub(crate) fn new(id: &'static str, why: impl Into<String>) -> Self {
        Self {
            id,
            why: why.into(),
            commands: Vec::new(),
            changes: Vec::new(),
            disruptive: Disruptive::None,
            undo: Undo::Yes,
            state: State::Pending,
            work: Work::ByHand,
        }
    }

    pub(crate) fn runs(mut self, command: impl Into<String>) -> Self {
        self.commands.push(command.into());
        self
    }

    pub(super) fn runs_all(mut self, commands: impl IntoIterator<Item = String>) -> Self {
        self.commands.extend(commands);
        self
    }

    pub(super) fn disturbs(self, disruptive: Disruptive) -> Self {
        Self { disruptive, ..self }
    }

    pub(crate) fn does(self, work: Work) -> Self {
        Self { work, ..self }
    }

    pub(super) fn undone(self, undo: Undo) -> Self {
        Self { undo, ..self }
    }

    pub(super) fn done_if(self, done: bool) -> Self {
        Self { state: if done { State::Done } else { State::Pending }, ..self }
    }
}
