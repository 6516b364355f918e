//! What logs say of a check: the rule of those that only logs decide, and what is told beside the
//! rule of any other.
//!
//! A log line is evidence of a check that fires anyway, or a finding where no rule can look. The
//! table of messages, each with the check that it points to, is `doctor/log/patterns.tsv`; which
//! lines are history (a program said them before a run that lives) was decided when logs were
//! read.

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Severity, Unread};
use crate::doctor::inspection::Inspection;
use crate::doctor::log::Said;
use crate::explain;

/// Names of checks that say nothing of a host that is no node yet: a kubelet without a
/// configuration ends every ten seconds until `kubeadm init` writes it.
///
/// Heard before that, they are notes.
const AFTER_INIT: &[&str] = &[
    "kubelet-config-missing",
    "cni-config-missing",
    "manifest-directory-missing",
    "kubelet-client-certificate-unusable",
    "kubelet-unhealthy",
    "unit-restart-loop",
    "start-limit-hit",
];

/// The rule of a check that only logs decide: what points to it is told by [`tell`]; here, what
/// could not be read.
///
/// Without logs such a check is undecided and does not pass.
pub(super) fn by_logs(seen: &Inspection<'_>, told: &mut Told<'_>) -> Result<(), Unread> {
    seen.logs().unread().iter().for_each(|unread| told.could_not_read(unread.clone()));
    Ok(())
}

/// What logs say of a check whose rule has been asked.
///
/// Called after the rule, for every check: a finding of the rule gets the lines as evidence, and
/// only where there is none the worst of them becomes a finding of its own.
pub(in crate::doctor) fn tell(seen: &Inspection<'_>, told: &mut Told<'_>) {
    let name = told.name();
    let said: Vec<&Said> = seen.logs().said().iter().filter(|said| said.code == name).collect();
    let evidence: Vec<Evidence> = said.iter().map(|said| said.evidence()).collect();
    if let Some(finding) = told.first() {
        finding.seen_in(evidence);
        return;
    }
    let Some(worst) = said.iter().filter(|said| said.severity.is_some()).max_by_key(|said| said.severity)
    else {
        return;
    };
    let early = AFTER_INIT.contains(&name) && !seen.is_member();
    let severity = if early { Some(Severity::Note) } else { worst.severity };
    let message = format!("the log of {} says so: {}", worst.program, title_of(name));
    told.hears(severity.unwrap_or(Severity::Note), message).seen_in(evidence);
}

/// The title of a check.
fn title_of(name: &str) -> &'static str {
    explain::find(name).map_or("", |text| text.title)
}
