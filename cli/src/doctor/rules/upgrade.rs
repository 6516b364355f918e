//! From one minor to the next.

use crate::doctor::check::Check;

/// The rows.
pub(super) const CHECKS: &[Check] = &[];
