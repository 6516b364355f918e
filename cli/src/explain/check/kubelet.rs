//! Checks of the kubelet.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[];
