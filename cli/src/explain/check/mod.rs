//! What the names of doctor's checks mean, by family. A name that an older command had first has its
//! text there.
//!
//! One module for each family of `doctor::rules`, with the same name, besides two for checks that
//! only a line of a log decides and one for comparisons of several hosts. A test of the catalogue
//! (`doctor::rules`) asks [`find`](crate::explain::find) for every check, so a new rule without a
//! text does not pass.
//!
//! The texts are also what the reports say: `title` is the message of SARIF and JUnit, `cure` what
//! a finding without a cure of its own tells.

pub(super) mod asked;
pub(super) mod certificates;
pub(super) mod control_plane;
pub(super) mod host;
pub(super) mod hosts;
pub(super) mod images;
pub(super) mod join;
pub(super) mod kernel;
pub(super) mod kubelet;
pub(super) mod log;
pub(super) mod log_so_far;
pub(super) mod lsm;
pub(super) mod network;
pub(super) mod packages;
pub(super) mod pod_network;
pub(super) mod runtime;
pub(super) mod storage;
pub(super) mod systemd;
pub(super) mod upgrade;
