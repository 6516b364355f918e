//! Checks of images and registries.

use crate::explain::Explanation;

pub(in crate::explain) const ROWS: &[Explanation] = &[];
