//! Packages, where they come from, and how their versions fit.

use crate::doctor::check::Check;

/// The rows.
pub(super) const CHECKS: &[Check] = &[];
