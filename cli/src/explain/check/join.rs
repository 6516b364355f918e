//! Checks before a join.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[];
