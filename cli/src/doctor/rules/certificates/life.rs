//! How long certificates live.
//!
//! Times are compared with the clock of the inspection: of the host for a running one, of the
//! archive for a recorded one. kubeadm's certificates live a year, its CAs ten
//! (`CertificateValidityPeriod`, `CACertificateValidityPeriod` of `constants.go`); `kubeadm
//! upgrade` renews the former, which is why a cluster that is upgraded once a year never sees
//! this.

use std::time::{Duration, SystemTime};

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread, date};
use crate::doctor::inspection::Inspection;
use crate::doctor::inspection::kubeconfig::KUBECONFIGS;
use crate::doctor::inspection::pki::Owner;
use crate::doctor::x509::Certificate;

type Said = Result<(), Unread>;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
// No rule of kubeadm's: `certs check-expiration` prints days and judges none. A month is time to
// plan a restart of the control plane in, which a renewal needs.
/// From so many days on an end is told.
pub(in crate::doctor) const SOON: u32 = 30;
/// From so many on it is noted.
const NOTED: u32 = 90;
/// kubeadm does not renew a CA: its end is told a year before.
pub(in crate::doctor) const SOON_FOR_A_CA: u32 = 365;

/// A certificate that is looked at, with where it lies.
pub(in crate::doctor::rules) struct Living {
    pub(in crate::doctor::rules) place: Evidence,
    pub(in crate::doctor::rules) one: Certificate,
    /// Whether something ends when it ends; what nobody is known to use may be a copy of old.
    pub(in crate::doctor::rules) is_used: bool,
}

/// Certificates of the host. The kubelet's own client certificate has a check of its own.
pub(in crate::doctor::rules) fn living(seen: &Inspection<'_>, told: &mut Told<'_>) -> Vec<Living> {
    let mut found = Vec::new();
    for pair in seen.pairs(|unread| told.could_not_read(unread)) {
        let is_used = pair.owner != Owner::Nobody;
        match seen.certificates(&pair.certificate) {
            Ok(all) => found.extend(all.into_iter().flatten().map(|one| Living {
                place: Evidence::file(&pair.certificate),
                one,
                is_used,
            })),
            Err(unread) => told.could_not_read(unread),
        }
    }
    // The kubelet renews its own certificate (rotateCertificates);
    // kubelet-client-certificate-unusable is about that one.
    for name in KUBECONFIGS.into_iter().filter(|name| *name != "kubelet.conf") {
        match seen.certificate_of(&format!("/etc/kubernetes/{name}")) {
            Ok(of_user) => found.extend(of_user.map(|(one, pem)| Living {
                place: pem.place().clone(),
                one,
                is_used: true,
            })),
            Err(unread) => told.could_not_read(unread),
        }
    }
    found
}

/// Leaves only; a CA's end is told by [`ca`], with more weight.
pub(super) fn expired(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for Living { place, one, is_used } in living(seen, told) {
        if !one.is_ca && one.not_after < seen.now() {
            let to = date(one.not_after);
            let what = format!("the certificate of {} ended at {to}", one.subject);
            told.fires_if(is_used, what).seen_at(place.value(to));
        }
    }
    Ok(())
}

/// Of a certificate that is yet to begin nothing is over: it is the clock that is behind, or was ahead
/// where it was made.
pub(super) fn not_yet(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for Living { place, one, is_used } in living(seen, told) {
        if seen.now() < one.not_before {
            let from = date(one.not_before);
            let what = format!("the certificate of {} is valid from {from} on, and not yet", one.subject);
            told.fires_if(is_used, what).seen_at(place.value(from));
        }
    }
    Ok(())
}

/// A warning in the last [`SOON`] days, a note from [`NOTED`] on.
pub(super) fn soon(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for Living { place, one, is_used } in living(seen, told).into_iter().filter(|living| !living.one.is_ca) {
        let Some(days) = days_left(&one, seen.now()).filter(|days| *days < NOTED) else { continue };
        let what = format!("the certificate of {} ends in {days} days", one.subject);
        let finding = if days < SOON && is_used { told.fires(what) } else { told.notes(what) };
        finding.seen_at(place.value(date(one.not_after)));
    }
    Ok(())
}

/// With a CA everything that it signed ends, and renewing it means to distribute a new one to
/// every node: hence a year's notice.
pub(super) fn ca(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for Living { place, one, is_used } in living(seen, told).into_iter().filter(|living| living.one.is_ca) {
        let to = date(one.not_after);
        let place = place.value(&to);
        if one.not_after < seen.now() {
            let what = format!("the CA {} ended at {to}", one.subject);
            told.fires_if(is_used, what).seen_at(place);
        } else if let Some(days) = days_left(&one, seen.now()).filter(|days| *days < SOON_FOR_A_CA) {
            told.warns(format!("the CA {} ends in {days} days", one.subject)).seen_at(place);
        }
    }
    Ok(())
}

/// Whole days to its end; `None`: it is not valid now.
pub(in crate::doctor::rules) fn days_left(one: &Certificate, now: SystemTime) -> Option<u32> {
    if !one.is_valid_at(now) {
        return None;
    }
    let left = one.not_after.duration_since(now).ok()?;
    u32::try_from(left.as_secs() / DAY.as_secs()).ok()
}
