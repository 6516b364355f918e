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
use crate::doctor::x509::Certificate;

type Said = Result<(), Unread>;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
// No rule of kubeadm's: `certs check-expiration` prints days and judges none. A month is time to
// plan a restart of the control plane in, which a renewal needs.
/// From so many days on an end is told.
const SOON: u32 = 30;
/// From so many on it is noted.
const NOTED: u32 = 90;
/// kubeadm does not renew a CA: its end is told a year before.
const SOON_FOR_A_CA: u32 = 365;

/// The cure where it is the clock that is wrong and not the certificate.
const CLOCK: &str = "look at the clock: it says a time before the certificate was made";

/// Certificates of the host that end something when they end, with where they lie. The kubelet's own
/// client certificate has a check of its own.
fn living(seen: &Inspection<'_>, told: &mut Told<'_>) -> Result<Vec<(Evidence, Certificate)>, Unread> {
    let mut found = Vec::new();
    for pair in seen.pairs()? {
        match seen.certificates(&pair.certificate) {
            Ok(all) => {
                found.extend(all.into_iter().flatten().map(|one| (Evidence::file(&pair.certificate), one)))
            }
            Err(unread) => told.could_not_read(unread),
        }
    }
    // The kubelet renews its own certificate (rotateCertificates);
    // kubelet-client-certificate-unusable is about that one.
    for name in KUBECONFIGS.into_iter().filter(|name| *name != "kubelet.conf") {
        let config = match seen.kubeconfig(&format!("/etc/kubernetes/{name}")) {
            Ok(config) => config,
            Err(unread) => {
                told.could_not_read(unread);
                continue;
            }
        };
        let Some(pem) = config.and_then(|config| config.certificate) else { continue };
        let bytes = seen.pem(&pem)?;
        let first = bytes.and_then(|bytes| Certificate::all(&bytes).ok()?.into_iter().next());
        found.extend(first.map(|one| (pem.place().clone(), one)));
    }
    Ok(found)
}

/// Leaves only; a CA's end is told by [`ca`], with more weight.
pub(super) fn expired(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for (place, one) in living(seen, told)?.into_iter().filter(|(_, one)| !one.is_ca) {
        if !one.is_valid_at(seen.now()) {
            let (from, to) = (date(one.not_before), date(one.not_after));
            let what =
                format!("the certificate of {} is valid from {from} to {to}, and not now", one.subject);
            let finding = told.fires(what).seen_at(place.value(to));
            if seen.now() < one.not_before {
                finding.cured_by(CLOCK);
            }
        }
    }
    Ok(())
}

/// A warning in the last [`SOON`] days, a note from [`NOTED`] on.
pub(super) fn soon(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for (place, one) in living(seen, told)?.into_iter().filter(|(_, one)| !one.is_ca) {
        let Some(days) = days_left(&one, seen.now()).filter(|days| *days < NOTED) else { continue };
        let what = format!("the certificate of {} ends in {days} days", one.subject);
        let finding = if days < SOON { told.fires(what) } else { told.notes(what) };
        finding.seen_at(place.value(date(one.not_after)));
    }
    Ok(())
}

/// With a CA everything that it signed ends, and renewing it means to distribute a new one to
/// every node: hence a year's notice.
pub(super) fn ca(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for (place, one) in living(seen, told)?.into_iter().filter(|(_, one)| one.is_ca) {
        let (from, to) = (date(one.not_before), date(one.not_after));
        let place = place.value(&to);
        match days_left(&one, seen.now()) {
            None => {
                let what = format!("the CA {} is valid from {from} to {to}, and not now", one.subject);
                let finding = told.fires(what).seen_at(place);
                if seen.now() < one.not_before {
                    finding.cured_by(CLOCK);
                }
            }
            Some(days) if days < SOON_FOR_A_CA => {
                told.warns(format!("the CA {} ends in {days} days", one.subject)).seen_at(place);
            }
            Some(_) => {}
        }
    }
    Ok(())
}

/// Whole days to its end; `None`: it is not valid now.
fn days_left(one: &Certificate, now: SystemTime) -> Option<u32> {
    if !one.is_valid_at(now) {
        return None;
    }
    let left = one.not_after.duration_since(now).ok()?;
    u32::try_from(left.as_secs() / DAY.as_secs()).ok()
}
