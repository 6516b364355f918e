use super::Look;
use crate::recipe::crio::{as_it_is, refusals};

impl Look<'_> {
    /// What CRI-O's files would keep it from starting, whatever spec there is.
    pub(super) fn crio_files(&mut self, assumed: bool) {
        let mut refused = refusals(&as_it_is(&self.facts.crio), self.release);
        if assumed {
            let note = "; nothing tells which release is installed, so the newest is assumed";
            refused.iter_mut().for_each(|finding| finding.what.push_str(note));
        }
        self.found.extend(refused);
    }
}
