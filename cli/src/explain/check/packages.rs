//! Checks of packages.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[];
