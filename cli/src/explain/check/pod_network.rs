//! Checks of the network of pods.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[];
