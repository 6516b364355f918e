//! Checks of the kernel.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[];
