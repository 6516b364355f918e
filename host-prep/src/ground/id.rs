//! Numbers that name what was done.

/// Number of a transaction, from 1.
pub type TransactionId = u32;
