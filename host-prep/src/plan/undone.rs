//! How rolling a change back ended.

use std::path::PathBuf;

/// How an undo went.
#[derive(Debug)]
pub(crate) enum Undone {
    /// Everything is as it was.
    Yes,
    /// What somebody else had changed was overwritten; where theirs is kept, if it is a file.
    ByForce { saved: Option<PathBuf> },
    /// Something was left, because taking it away would lose more than it gives back.
    Kept { why: String, wanted: Option<PathBuf> },
    /// What was there before cannot be put back any more: its backup is gone or damaged.
    Lost { why: String },
}
