//! What was done to a host: records on the disk, the directory they are in, and what they tell of a
//! transaction.

mod lock;
pub(crate) mod others;
pub(crate) mod packages;
pub(crate) mod past;
pub(crate) mod record;
pub(crate) mod state;
pub(crate) mod transaction;
