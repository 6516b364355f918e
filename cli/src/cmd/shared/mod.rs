//! What several commands share: flags, the way to a host, and how plans are shown.

pub(super) mod applied_sheet;
pub(super) mod consent;
pub(super) mod console;
#[cfg(feature = "api")]
pub(super) mod drain_flags;
pub(super) mod finding_sheet;
pub(super) mod kubeadm;
pub(super) mod lang;
pub(super) mod left_text;
pub(super) mod limit;
pub(super) mod node;
pub(super) mod on_host;
pub(super) mod outlook_sheet;
pub(super) mod output_file;
pub(super) mod packages;
pub(super) mod plan_sheet;
pub(super) mod spec_text;
#[cfg(feature = "api")]
pub(super) mod upgrade_back;
pub(super) mod upgrade_sheet;
