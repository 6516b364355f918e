//! Checks before an upgrade.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[];
