//! Joining a cluster.

use crate::doctor::check::Check;

/// The rows.
pub(super) const CHECKS: &[Check] = &[];
