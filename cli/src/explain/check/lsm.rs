//! Checks of security modules.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[];
