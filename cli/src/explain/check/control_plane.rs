//! Checks of a control plane.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[];
