use super::Look;
use crate::recipe::crio::{as_it_is, refusals};

impl Look<'_> {
    /// What CRI-O's files would keep it from starting, whatever spec there is.
    pub(super) fn crio_files(&mut self) {
        self.found.extend(refusals(&as_it_is(&self.facts.crio), self.release));
    }
}
