//! What everything else stands on: errors, releases, text that is safe to show.

pub(crate) mod error;
pub(crate) mod minor;
pub(crate) mod show;
