//! Whether the API server reaches etcd: the addresses of its `--etcd-servers` beside those that etcd
//! itself listens on, and who answers where etcd is elsewhere.

use std::net::IpAddr;

use host_prep::facts::Listener;

use super::external_etcd::{self, External, MOST};
use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, Manifest, known};
use crate::doctor::rules::logs::by_logs;
use crate::recipe::Endpoint;

type Said = Result<(), Unread>;

/// An address of `--etcd-servers` at which there is no etcd.
struct Dead {
    why: String,
    places: Vec<Evidence>,
}

/// The API server ends after twenty seconds where no address of etcd answers; with one that does, it
/// works, and has nobody to turn to when that one is gone.
pub(super) fn unreachable(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    by_logs(seen, told)?;
    let has_server = seen.manifest("kube-apiserver")?.is_some();
    // A worker may have a file for kubeadm, and asks no etcd.
    if seen.is_planned() || seen.is_member() && !has_server {
        return Ok(());
    }
    let Some(etcd) = external_etcd::servers(seen, told)? else { return Ok(()) };
    let (asked, rest) = etcd.endpoints.split_at(etcd.endpoints.len().min(MOST));
    let mut dead = Vec::new();
    for (endpoint, place) in asked {
        match looked_at(seen, &etcd, endpoint, place) {
            Ok(Some(found)) => dead.push(found),
            Ok(None) => {}
            Err(unread) => told.could_not_read(unread),
        }
    }
    let is_cut_off = dead.len() == asked.len() && rest.is_empty();
    for Dead { why, places } in dead {
        let finding = told.fires_if(is_cut_off, why);
        finding.seen_in(places);
    }
    Ok(())
}

/// What is wrong with one address; `None`: an etcd is there, or it is another check's to say that none is.
fn looked_at(
    seen: &Inspection<'_>,
    etcd: &External,
    endpoint: &str,
    place: &Evidence,
) -> Result<Option<Dead>, Unread> {
    let Some(at) = Endpoint::read(endpoint) else {
        return Err(Unread::new(endpoint, "it is no URL of an etcd"));
    };
    let own = seen.manifest("etcd")?;
    if is_here(seen, own, &at) {
        return own.map_or_else(|| nobody(seen, &at, place), |own| Ok(beside(own, &at, place)));
    }
    let answer = external_etcd::asked(seen, etcd, endpoint)?;
    // curl(1): 6 is no such name, 7 no connection, 28 no answer in time. Whatever else it says,
    // something answered.
    let why = match answer.status {
        Some(6) => "the name does not resolve",
        Some(7) => "nothing listens there, or it cannot be reached",
        Some(28) => "there is no answer within 2 s",
        Some(_) => return Ok(None),
        None => return Err(Unread::new("curl", "it was ended by a signal")),
    };
    let places = vec![place.clone(), Evidence::command(format!("curl {}", answer.url)).value(why)];
    Ok(Some(Dead { why: format!("no etcd answers at {endpoint}: {why}"), places }))
}

/// Whether an address is known as one of this host's; any other is asked.
fn is_here(seen: &Inspection<'_>, own: Option<&Manifest>, at: &Endpoint) -> bool {
    if at.is_loopback() {
        return true;
    }
    let named = ["listen-client-urls", "advertise-client-urls"].into_iter();
    let mut named = named.filter_map(|flag| own?.flag(flag)).flat_map(|flag| flag.value.split(','));
    if named.any(|url| Endpoint::read(url).is_some_and(|url| url.host == at.host)) {
        return true;
    }
    let address = at.host.parse::<IpAddr>().ok();
    let subnets = seen.facts().network.subnets.known();
    subnets.is_some_and(|all| all.iter().any(|own| Some(own.address) == address))
}

/// No manifest of an etcd is here, so that one here is a service of the host's. On the loopback address
/// it is `manifest-missing` that says so.
fn nobody(seen: &Inspection<'_>, at: &Endpoint, place: &Evidence) -> Result<Option<Dead>, Unread> {
    if at.is_loopback() {
        return Ok(None);
    }
    let listeners = known(&seen.facts().network.listeners, "/proc/net/tcp")?;
    let serves = |one: &Listener| one.port == at.port;
    Ok((!listeners.iter().any(serves)).then(|| Dead {
        why: format!("no etcd answers at {}: nobody listens on port {} here", at.text, at.port),
        places: vec![place.clone(), Evidence::kernel("/proc/net/tcp")],
    }))
}

/// Where etcd listens by its own manifest. That nobody serves such an address is `control-plane-unhealthy`.
fn beside(own: &Manifest, at: &Endpoint, place: &Evidence) -> Option<Dead> {
    // One that is told nothing has it from its environment or a file, or serves its default.
    let listen = own.flag("listen-client-urls")?;
    let urls: Vec<Endpoint> = listen.value.split(',').filter_map(Endpoint::read).collect();
    if urls.is_empty() || urls.iter().any(|url| url.serves(at)) {
        return None;
    }
    let places = vec![place.clone(), listen.place.clone()];
    Some(Dead {
        why: format!("the API server asks etcd at {}, and etcd listens at {} alone", at.text, listen.value),
        places,
    })
}
