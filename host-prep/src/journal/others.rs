//! Other tools that change the same host by this crate: nothing is begun on what one of them left
//! half done.

use std::path::Path;

use super::state::transactions;
use super::transaction::{Phase, Transaction};
use crate::fs::Root;
use crate::host::STATES;
use crate::{Error, Host, Owner, TransactionId};

/// The transaction of another owner that did not come to its end. Only directories at their default
/// place are known; a journal that this version cannot read is its owner's to judge.
///
/// # Errors
///
/// [`Error::Read`] where the system refuses.
pub(crate) fn interrupted(host: &Host) -> Result<Option<(Owner, TransactionId)>, Error> {
    for name in host.root().list(Path::new(STATES))?.unwrap_or_default() {
        let owner = name.to_str().and_then(|name| name.parse::<Owner>().ok());
        let Some(owner) = owner.filter(|owner| owner != host.owner()) else { continue };
        let other = Host::offline(Root::open(host.root().path())?).owned_by(owner);
        let open = |id: &TransactionId| {
            Transaction::read(&other, *id).is_ok_and(|transaction| transaction.phase() == Phase::Open)
        };
        if let Some(id) = transactions(&other).unwrap_or_default().into_iter().find(open) {
            return Ok(Some((other.owner().clone(), id)));
        }
    }
    Ok(None)
}
