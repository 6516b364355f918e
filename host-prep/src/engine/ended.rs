//! Transactions whose last line was lost after they had come to their end.

use std::time::Duration;

use crate::journal::record::{Ending, Record};
use crate::journal::state::State;
use crate::journal::transaction::Transaction;
use crate::{Error, Host, TransactionId, Watch};

/// Writes the end of those up to `last` that have none and that no rollback was at: what was begun
/// after them shows that they had come to it. Which they were.
pub(crate) fn end_lost(
    host: &Host,
    last: TransactionId,
    wait: Duration,
    watch: &mut dyn Watch,
) -> Result<Vec<TransactionId>, Error> {
    let Some(state) = State::lock_used(host, wait, &mut || watch.stops())? else { return Ok(Vec::new()) };
    let mut ended = Vec::new();
    for id in state.transactions()?.into_iter().filter(|id| *id <= last) {
        if Transaction::read(host, id)?.lacks_its_end() {
            let (mut journal, _) = Transaction::open(&state, id)?;
            journal.add(&Record::End { ending: Ending::Applied })?;
            ended.push(id);
        }
    }
    Ok(ended)
}
