//! Checks of the container runtime.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[];
