//! What the minor to come does not take: that which is gone to, or the next one.

use kubeadm_config::KubeadmRelease;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::Inspection;
use crate::recipe::Ends;

type Said = Result<(), Unread>;

/// kubeadm's own file of flags.
pub(super) const FLAGS: &str = "/var/lib/kubelet/kubeadm-flags.env";

/// The minor that an upgrade goes to; where none is asked for, the next one. A host that is planned has none.
pub(super) fn next(seen: &Inspection<'_>) -> Option<u64> {
    let next = || (!seen.is_planned()).then(|| seen.kubelet_minor()).flatten().map(|minor| minor + 1);
    // What a minor that nobody here knows will end or change cannot be said.
    seen.target().or_else(next).filter(|minor| KubeadmRelease::MINORS.contains(minor))
}

/// Whether it is told: all that ends by the minor that is asked for, else what the next one ends. What ended
/// before is told by the checks of today.
fn is_told(seen: &Inspection<'_>, one: &Ends, to: u64) -> bool {
    if seen.target().is_some() { one.minor <= to } else { one.minor == to }
}

/// What ends under the name of the check.
pub(super) fn ends(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(to) = next(seen) else { return Ok(()) };
    let asked = seen.target().is_some();
    let all = seen.endings();
    let own = |one: &&Ends| one.code == told.name() && is_told(seen, one, to);
    let found: Vec<&Ends> = all.found.iter().filter(own).collect();
    for one in found {
        // Without an upgrade that is asked for, another check tells that.
        let other = (one.code == "kubelet-flag-ends" && one.file == FLAGS) || one.code == "api-version-ends";
        if other && !asked {
            continue;
        }
        let finding = match (asked, one.stops()) {
            (true, _) => told.fires(&one.text),
            (false, true) => told.warns(&one.text),
            (false, false) => told.notes(&one.text),
        };
        finding.seen_at(place(one)).cured_by(&one.help);
    }
    // CRI-O's files say nothing of Kubernetes' flags, nor the other way round.
    let of_crio = told.name() == "crio-key-ends";
    if asked && let Some(one) = all.unread.iter().find(|one| one.of_crio == of_crio) {
        return Err(Unread::new(&one.file, &one.why));
    }
    Ok(())
}

/// What the kubelet of the next minor ends at, known before.
pub(super) fn flags_outdated(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(to) = next(seen).filter(|_| seen.target().is_none()) else { return Ok(()) };
    seen.files().file(FLAGS)?;
    let own = |one: &&Ends| one.code == "kubelet-flag-ends" && one.file == FLAGS && one.minor == to;
    for one in seen.endings().found.iter().filter(own) {
        told.fires(format!("{FLAGS} has {}, and a kubelet of 1.{to} ends at it", one.what))
            .seen_at(place(one));
    }
    Ok(())
}

fn place(one: &Ends) -> Evidence {
    let place = Evidence::file(&one.file);
    let place = match (one.line, one.column) {
        (Some(line), Some(column)) => place.at(line, column),
        (Some(line), None) => place.line(line),
        _ => place,
    };
    place.value(&one.what)
}
