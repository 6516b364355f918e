//! Checks of certificates.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[];
