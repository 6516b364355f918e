//! What everything else stands on: errors, numbers, modes, releases, text that is safe to show, who
//! follows a run.

pub(crate) mod code;
pub(crate) mod digest;
pub(crate) mod error;
pub(crate) mod id;
pub(crate) mod minor;
pub(crate) mod mode;
pub(crate) mod owner;
pub(crate) mod secret;
pub(crate) mod show;
pub(crate) mod time;
pub(crate) mod watch;
