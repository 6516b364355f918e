//! What CRI-O's files would keep it from starting, alone and with what they name on the host.

use crio_config::{CheckOptions, Effective, Release, Severity, check, merge};
use host_prep::facts::Facts;

use super::{Finding, Look, crio_release};
use crate::recipe::Agreed;
use crate::recipe::crio::{as_it_is, refusal, refusals};

/// Of a release that nothing tells.
const ASSUMED: &str = "; nothing tells which release is installed, so the newest is assumed";

impl Look<'_> {
    /// What CRI-O's files would keep it from starting, whatever spec there is.
    pub(super) fn crio_files(&mut self, assumed: bool) {
        let mut refused = refusals(&as_it_is(&self.facts.crio), self.release);
        if assumed {
            refused.iter_mut().for_each(|finding| finding.what.push_str(ASSUMED));
        }
        self.found.extend(refused);
    }
}

/// What `crio check` says besides of files on this host: of programs that they name and that are not
/// there, of what CRI-O's libraries read. `look` is what CRI-O finds there with a configuration. What
/// its package brings is not missed here.
pub(crate) fn refusals_on(
    facts: &Facts,
    agreed: Option<&Agreed>,
    look: impl FnOnce(&Effective) -> crio_config::CrioHost,
) -> Vec<Finding> {
    let known = crio_release(facts, agreed);
    let (release, note) = (known.unwrap_or(Release::NEWEST), if known.is_none() { ASSUMED } else { "" });
    let sources = as_it_is(&facts.crio);
    let Some(merged) = merge(&sources, release).ok().filter(|_| facts.crio.unit.is_some()) else {
        return Vec::new();
    };
    let alone = check(&sources, release, &CheckOptions::default()).remarks;
    let mut options = CheckOptions::default();
    options.host = look(&merged.config);
    let report = check(&sources, release, &options);
    let more = report.remarks.into_iter().filter(|remark| {
        let refused = remark.severity == Severity::Error && remark.file.is_some();
        refused && !alone.iter().any(|known| known.text == remark.text)
    });
    let mut found: Vec<Finding> = more.map(|remark| refusal(remark, release)).collect();
    found.iter_mut().for_each(|finding| finding.what.push_str(note));
    found
}
