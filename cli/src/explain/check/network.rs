//! Checks of the network of the host.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[];
