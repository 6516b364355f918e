//! Files that an upgrade changes by a transaction of the engine's, so that a rollback of older ones finds what it
//! left: repositories, and files of the kubelet without what ends.

use std::path::PathBuf;

use host_prep::cluster::upgrade::UpgradeRecord;
use host_prep::fs::Mode;
use host_prep::resource::Resource;
use host_prep::{Back, Desired, Draft, Host, Node, Observed, Reason, Rollback, TransactionId, history};

use super::Upgrade;
use crate::stage::carry::{attempt, nothing_in_the_way};
use crate::stage::{Error, Reporter};

/// A file with another text, its mode as it was.
#[derive(Clone, Debug)]
struct Rewritten {
    path: PathBuf,
    text: String,
    mode: Mode,
}

impl Resource for Rewritten {
    fn kind(&self) -> &'static str {
        UpgradeRecord::KIND
    }

    fn observe(&self, host: &Host, seen: &mut Observed) {
        seen.look(host, &self.path);
    }

    fn plan(&self, _: &Observed, draft: &mut Draft<'_>) {
        let node = Node::file(self.text.clone(), self.mode);
        draft.own_file(&self.path, node, Reason::of("the node goes to another release"));
    }
}

impl Upgrade {
    /// Gives files their new text, all in one transaction.
    pub(super) fn rewrite(
        &self,
        host: &Host,
        files: &[(PathBuf, String)],
        report: &mut dyn Reporter,
    ) -> Result<(), Error> {
        let mut desired = Desired::new();
        for (path, text) in files {
            let mode = host.root().mode(path)?.unwrap_or(Mode::PUBLIC);
            desired = desired.with(Rewritten { path: path.clone(), text: text.clone(), mode });
        }
        self.make(host, &desired, report)
    }

    /// Makes true what is wanted, all in one transaction.
    pub(super) fn make(
        &self,
        host: &Host,
        desired: &Desired,
        report: &mut dyn Reporter,
    ) -> Result<(), Error> {
        let plan = host_prep::verify(host, desired);
        if plan.is_done() {
            return Ok(());
        }
        report.plan(&plan);
        nothing_in_the_way(&plan)?;
        let (_, ended) = attempt(host, desired, &plan, self.wait, report)?;
        ended
    }

    /// Rolls back what this upgrade wrote so, the newest first.
    pub(super) fn unwrite(
        &self,
        host: &Host,
        record: &UpgradeRecord,
        report: &mut dyn Reporter,
    ) -> Result<Vec<Rollback>, Error> {
        let mut all = Vec::new();
        while let Some((id, own)) = newest(host)?.filter(|(id, _)| *id > record.after) {
            if !own {
                return Err(Error::UpgradeFollowed { id });
            }
            let done = host_prep::rollback(host, Back::Newest, self.wait, &mut *report.watch()?)?;
            let complete = done.is_complete();
            all.push(done);
            if !complete {
                break;
            }
        }
        Ok(all)
    }
}

impl Upgrade {
    /// Whether a rollback so far is the way back of an upgrade, and of nothing older.
    ///
    /// # Errors
    ///
    /// Where the record or the history cannot be read.
    pub fn is_what_goes_back(host: &Host, back: Back) -> Result<bool, Error> {
        let Some(record) = UpgradeRecord::read(host)? else { return Ok(false) };
        let newest = newest(host)?.filter(|(id, _)| *id > record.after);
        Ok(newest.is_some_and(|(_, own)| own)
            && match back {
                Back::Newest => true,
                Back::To(id) => id >= record.after && id > 0,
                _ => false,
            })
    }
}

/// The newest transaction that is not rolled back, and whether it is an upgrade's.
pub(super) fn newest(host: &Host) -> Result<Option<(TransactionId, bool)>, Error> {
    let all = history(host)?;
    let newest = all.iter().rev().find(|one| !one.status.is_rolled_back());
    Ok(newest.map(|one| (one.id, is_own(one))))
}

/// Whether a transaction is an upgrade's.
pub(super) fn is_own(one: &host_prep::Summary) -> bool {
    one.steps.iter().all(|step| step.resource == UpgradeRecord::KIND)
}
