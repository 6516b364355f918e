//! What a file was before this tool changed it, as the journals have it.

use std::path::Path;

use crate::ground::digest::digest;
use crate::journal::record::{Image, Recorded};
use crate::journal::state::{read_backup, transactions};
use crate::journal::transaction::{Phase, Transaction};
use crate::{Error, Host, TransactionId};

/// A change of one file that was not rolled back.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Past {
    /// The transaction it is part of.
    pub id: TransactionId,
    /// What the file held before; `None` where there was none.
    pub before: Option<Vec<u8>>,
    /// Whether the transaction changed nothing but this file, and all that came after it neither:
    /// then a rollback to the one before it changes nothing else.
    pub alone: bool,
    /// The digest of what was left; `None` where the file was taken away.
    left: Option<String>,
}

impl Past {
    /// Whether the change left the file so.
    #[must_use]
    pub fn left(&self, bytes: Option<&[u8]>) -> bool {
        self.left == bytes.map(digest)
    }
}

/// The changes of the file at `path` that were not rolled back, the newest first, as far back as
/// their journals and backups can be read. Takes no lock.
///
/// # Errors
///
/// As [`history`](crate::history).
pub fn past(host: &Host, path: &Path) -> Result<Vec<Past>, Error> {
    let target = host.root().slot(path)?.map_or_else(|| path.to_owned(), |slot| slot.path);
    let mut found = Vec::new();
    let mut alone = true;
    for id in transactions(host)?.into_iter().rev() {
        let Ok(transaction) = Transaction::read(host, id) else { break };
        if transaction.phase() == Phase::RolledBack && !transaction.keeps() {
            continue;
        }
        let steps: Vec<_> = transaction.to_undo(true).collect();
        let is_this =
            |recorded: &Recorded| matches!(recorded, Recorded::File { path, .. } if *path == target);
        alone &= steps.iter().all(|(_, recorded, _)| is_this(recorded)) && !transaction.keeps();
        for (_, recorded, after) in steps {
            let Recorded::File { before, after: planned, .. } = recorded else { continue };
            if !is_this(recorded) {
                continue;
            }
            let before = match before {
                Image::Absent => None,
                Image::File { sha256, .. } => match read_backup(host, sha256) {
                    Ok(bytes) => Some(bytes),
                    Err(_) => return Ok(found),
                },
                Image::Link { .. } => return Ok(found),
            };
            let left = after.unwrap_or(planned).digest().map(str::to_owned);
            found.push(Past { id, before, alone, left });
        }
    }
    Ok(found)
}
