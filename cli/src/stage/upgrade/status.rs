//! How far an upgrade of this host is.

use std::time::Duration;

use host_prep::cluster::take_turn;
use host_prep::cluster::upgrade::{StepState, UpgradeEnd, UpgradeRecord};
use host_prep::{Host, NoProgress};
use schemars::JsonSchema;
use serde::Serialize;

use super::{Upgrade, back};
use crate::stage::Error;

/// How an upgrade stands.
#[derive(Clone, Copy, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UpgradeState {
    /// None was begun.
    None,
    /// A run of this program is at it.
    Running,
    /// It was begun and has not ended.
    Interrupted,
    /// The node is at the release.
    Done,
    /// It was to go back, and has not.
    GoingBack,
    /// Everything went back.
    RolledBack,
    /// All that can go back has.
    PartlyRolledBack,
}

impl UpgradeState {
    /// In words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "no upgrade was begun",
            Self::Running => "it is at work",
            Self::Interrupted => "it was begun and is not done",
            Self::Done => "the node is at that release",
            Self::GoingBack => "it goes back and is not done",
            Self::RolledBack => "it went back, and the node is as before",
            Self::PartlyRolledBack => "what can go back has",
        }
    }
}

/// How far an upgrade is, by its record.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UpgradeStatus {
    /// How it stands.
    pub status: UpgradeState,
    /// The release that is gone to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// What the node is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// The steps that were begun, in their order.
    pub steps: Vec<StepStands>,
    /// Whether the control plane of this node is at the new release, which nothing takes back.
    pub committed: bool,
    /// Why the last run did not go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
    /// What a way back gave back.
    pub undone: Vec<String>,
    /// What it had to leave.
    pub left: Vec<String>,
}

/// How far a step is.
#[derive(Clone, Debug, Eq, JsonSchema, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StepStands {
    /// Its name.
    pub id: String,
    /// Whether it was taken; else it was begun, and is looked at again.
    pub done: bool,
}

impl Upgrade {
    /// How far an upgrade of this host is. Nothing is changed.
    ///
    /// # Errors
    ///
    /// Where the record cannot be read.
    pub fn status(host: &Host) -> Result<UpgradeStatus, Error> {
        let Some(record) = UpgradeRecord::read(host)? else {
            return Ok(UpgradeStatus {
                status: UpgradeState::None,
                to: None,
                role: None,
                node: None,
                steps: Vec::new(),
                committed: false,
                failure: None,
                undone: Vec::new(),
                left: Vec::new(),
            });
        };
        let status = match record.end {
            Some(UpgradeEnd::Done) => UpgradeState::Done,
            Some(UpgradeEnd::BackInPart) => UpgradeState::PartlyRolledBack,
            _ if is_at_work(host)? => UpgradeState::Running,
            Some(UpgradeEnd::GoingBack) => UpgradeState::GoingBack,
            _ => UpgradeState::Interrupted,
        };
        let committed = back::is_committed(host, &record)?;
        let stands = |step: &host_prep::cluster::upgrade::StepRecord| StepStands {
            id: step.id.clone(),
            done: step.state == StepState::Done,
        };
        Ok(UpgradeStatus {
            status,
            to: Some(record.to.clone()),
            role: Some(record.role.clone()),
            node: Some(record.node.clone()),
            steps: record.steps.iter().map(stands).collect(),
            committed,
            failure: record.failure.filter(|_| status != UpgradeState::Running),
            undone: Vec::new(),
            left: record.left,
        })
    }
}

fn is_at_work(host: &Host) -> Result<bool, Error> {
    match take_turn(host, Duration::ZERO, &mut NoProgress) {
        Ok(_) => Ok(false),
        Err(host_prep::Error::Locked { .. }) => Ok(true),
        Err(error) => Err(error.into()),
    }
}
