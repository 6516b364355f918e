//! Images, registries, signatures.

use super::logs::by_logs;
use crate::doctor::check::{Check, Need, error};

/// The rows.
pub(super) const CHECKS: &[Check] = &[error("image-pull-fails", &[Need::Log], by_logs)];
