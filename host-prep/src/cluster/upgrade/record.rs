//! What an upgrade of this host has begun and done, kept beside the journals.
//!
//! A step is written down before it is taken and after it. What is so is looked for on the host all
//! the same: the record alone knows only what no file tells, such as what there was before.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::kept::KeptFile;
use super::packages::PackageVersions;
use crate::cluster::record::{put, read_own, write_own};
use crate::fs::Wanted;
use crate::repo::copies::{self, UPGRADE};
use crate::{Error, Host, TransactionId};

const NAME: &str = UPGRADE;
const SCHEMA: &str = "k8sprep.upgrade-record/v1";

/// An upgrade of this host.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UpgradeRecord {
    schema: String,
    /// The release that is gone to, as it was asked for.
    pub to: String,
    /// What the node is, in the caller's words.
    pub role: String,
    /// Its Node.
    pub node: String,
    /// The packages that may change, with their versions before.
    #[serde(default)]
    pub packages: PackageVersions,
    /// Where the kubelet asked its runtime before.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// What started containers before it, runc or crun, where it is known.
    #[serde(default)]
    pub runtime: Option<String>,
    /// What the files were that may change.
    #[serde(default)]
    pub kept: Vec<KeptFile>,
    /// Where etcd's data is, once a snapshot was begun.
    #[serde(default)]
    pub etcd: Option<PathBuf>,
    /// The newest transaction from before: what came later under [`UpgradeRecord::KIND`] is this
    /// upgrade's.
    #[serde(default)]
    pub after: TransactionId,
    /// The digests of the bundles that packages came from before: their copies stay for the way back.
    #[serde(default)]
    pub bundles: Vec<String>,
    /// The caller's choices, so that the work goes on with them.
    #[serde(default)]
    pub choices: serde_json::Map<String, serde_json::Value>,
    /// The steps that were begun, in that order.
    #[serde(default)]
    pub steps: Vec<StepRecord>,
    /// Why the last run did not go on.
    #[serde(default)]
    pub failure: Option<String>,
    /// How it ended, if it has.
    #[serde(default)]
    pub end: Option<UpgradeEnd>,
    /// What a way back had to leave.
    #[serde(default)]
    pub left: Vec<String>,
}

/// A step that was begun.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct StepRecord {
    /// Its name.
    pub id: String,
    /// How far it is.
    pub state: StepState,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum StepState {
    /// It was begun.
    Begun,
    /// It was taken.
    Done,
}

/// How an upgrade ended.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UpgradeEnd {
    /// The node is at the new release.
    Done,
    /// The way back was begun.
    GoingBack,
    /// All that can go back has.
    BackInPart,
}

impl UpgradeRecord {
    /// The kind of resource that this upgrade's transactions have.
    pub const KIND: &'static str = "upgrade";

    /// One of an upgrade that begins.
    #[must_use]
    pub fn new(to: impl Into<String>, role: impl Into<String>, node: impl Into<String>) -> Self {
        Self {
            schema: SCHEMA.to_owned(),
            to: to.into(),
            role: role.into(),
            node: node.into(),
            packages: PackageVersions::default(),
            endpoint: None,
            runtime: None,
            kept: Vec::new(),
            etcd: None,
            after: 0,
            bundles: Vec::new(),
            choices: serde_json::Map::new(),
            steps: Vec::new(),
            failure: None,
            end: None,
            left: Vec::new(),
        }
    }

    /// That of this host, if an upgrade was begun.
    ///
    /// # Errors
    ///
    /// As [`Record::read`](crate::cluster::Record::read).
    pub fn read(host: &Host) -> Result<Option<Self>, Error> {
        read_own(host, (NAME, SCHEMA), |path, why| Error::UpgradeRecord { path, why })
    }

    /// That this version does not know something that the record says.
    #[must_use]
    pub fn not_known(host: &Host, what: impl std::fmt::Display) -> Error {
        let path = host.root().shown(&host.state().join(NAME));
        Error::NewerRecord { path, schema: format!("record of {what}") }
    }

    /// Whether the upgrade has not ended, neither here nor there.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !matches!(self.end, Some(UpgradeEnd::Done | UpgradeEnd::BackInPart))
    }

    /// Keeps it.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn write(&self, host: &Host) -> Result<(), Error> {
        write_own(host, NAME, self)
    }

    /// Nothing is known of an upgrade any more, and nothing kept of one.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn forget(host: &Host) -> Result<(), Error> {
        let path = host.state().join(NAME);
        if host.root().kind_of_link(&path)?.is_some() {
            put(host, &path, Wanted::Nothing)?;
        }
        // After the record: files that nobody knows harm nobody, a record without its files does.
        super::kept::drop_kept(host)?;
        // What cannot be removed now the next run removes.
        let _ = copies::sweep(host);
        Ok(())
    }

    /// How far a step is.
    #[must_use]
    pub fn state(&self, id: &str) -> Option<StepState> {
        self.steps.iter().find(|step| step.id == id).map(|step| step.state)
    }

    /// Whether a step was taken.
    #[must_use]
    pub fn is_done(&self, id: &str) -> bool {
        self.state(id) == Some(StepState::Done)
    }

    /// Writes down that a step begins.
    ///
    /// # Errors
    ///
    /// Where the system refuses: the step is not to be taken then.
    pub fn begins(&mut self, host: &Host, id: &str) -> Result<(), Error> {
        self.now(id, StepState::Begun);
        self.write(host)
    }

    /// Writes down that a step was taken.
    ///
    /// # Errors
    ///
    /// Where the system refuses.
    pub fn took(&mut self, host: &Host, id: &str) -> Result<(), Error> {
        self.now(id, StepState::Done);
        self.write(host)
    }

    fn now(&mut self, id: &str, state: StepState) {
        match self.steps.iter_mut().find(|step| step.id == id) {
            Some(step) => step.state = state,
            None => self.steps.push(StepRecord { id: id.to_owned(), state }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::{Dress, Mode, Root};

    #[test]
    fn a_step_is_begun_and_done_and_the_record_goes_with_all_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        assert_eq!(UpgradeRecord::read(&host).unwrap(), None);
        let mut record = UpgradeRecord::new("1.34", "worker", "n1");
        assert!(record.is_open());
        record.begins(&host, "backup").unwrap();
        assert_eq!(UpgradeRecord::read(&host).unwrap().unwrap().state("backup"), Some(StepState::Begun));
        record.took(&host, "backup").unwrap();
        let read = UpgradeRecord::read(&host).unwrap().unwrap();
        assert!(read.is_done("backup") && read.state("drain").is_none());
        UpgradeRecord::forget(&host).unwrap();
        UpgradeRecord::forget(&host).unwrap();
        assert_eq!(UpgradeRecord::read(&host).unwrap(), None);
    }

    /// What it says of the way on is true of an upgrade, and not of what `up` did.
    #[test]
    fn a_damaged_one_says_what_is_lost_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let host = Host::offline(Root::open(dir.path()).unwrap());
        UpgradeRecord::new("1.34", "worker", "n1").write(&host).unwrap();
        let path = host.state().join(NAME);
        for text in ["", "\0\0\0", "{\"schema\": \"k8sprep.upgrade-record/v1\", \"to\": \"1.3"] {
            let file = Wanted::File { bytes: text.as_bytes(), mode: Mode::PRIVATE, dress: Dress::Fresh };
            put(&host, &path, file).unwrap();
            let error = UpgradeRecord::read(&host).unwrap_err();
            assert_eq!(error.code(), crate::Code::RecordDamaged);
            let text = error.to_string();
            assert!(text.contains("record of an upgrade") && text.contains("upgrade plan"), "{text}");
        }
    }
}
