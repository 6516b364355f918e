//! The addresses that pods get.

use host_prep::firewall::Subnet;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::Inspection;

use super::config::shadow;

type Said = Result<(), Unread>;

/// A subnet that the network in use hands addresses out of, with its place.
struct Range {
    text: String,
    subnet: Subnet,
    place: Evidence,
}

/// Subnets of the configuration in use; empty for a plugin that keeps them elsewhere, such as in a
/// custom resource.
fn ranges(seen: &Inspection<'_>) -> Result<Vec<Range>, Unread> {
    let Some(network) = seen.network()? else { return Ok(Vec::new()) };
    let read = network
        .subnets()
        .into_iter()
        .filter_map(|(text, place)| Some(Range { subnet: text.parse().ok()?, text: text.to_owned(), place }));
    Ok(read.collect())
}

/// Pods of other nodes are not reached then, while those of one node see each other.
pub(super) fn mismatch(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(manager) = seen.manifest("kube-controller-manager")? else { return Ok(()) };
    let Some(flag) = manager.flag("cluster-cidr") else { return Ok(()) };
    // The range of a configuration that is in the way is not the network's: cni-config-shadowed.
    if shadow(seen)?.is_some() {
        return Ok(());
    }
    let cluster: Vec<Subnet> = flag.value.split(',').filter_map(|one| one.trim().parse().ok()).collect();
    if cluster.is_empty() {
        return Ok(());
    }
    for range in ranges(seen)? {
        // Only a range of the same family can be compared.
        let of_family = cluster.iter().any(|one| one.is_ipv6() == range.subnet.is_ipv6());
        if of_family && !cluster.iter().any(|one| one.holds(range.subnet)) {
            told.fires(format!("pods get addresses of {}, and the cluster's are {}", range.text, flag.value))
                .seen_at(range.place)
                .seen_at(flag.place.clone());
        }
    }
    Ok(())
}

/// host-local keeps a file per address; the network, the gateway and the broadcast are taken.
///
/// Files of pods that went with the power are never removed. With several ranges it cannot be said
/// which one is full, and nothing is.
pub(super) fn exhausted(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(name) = seen.facts().cni.default_config().and_then(|config| config.name.clone()) else {
        return Ok(());
    };
    let dir = format!("/var/lib/cni/networks/{name}");
    let names = seen.files().list(&dir)?;
    // host-local writes a file for each address, with the container's id in it.
    let taken = names.iter().filter(|name| name.parse::<std::net::IpAddr>().is_ok()).count();
    let all = ranges(seen)?;
    let [only] = all.as_slice() else { return Ok(()) };
    let Some(bits) = only.text.split_once('/').and_then(|(_, bits)| bits.parse::<u32>().ok()) else {
        return Ok(());
    };
    let width = if only.subnet.is_ipv6() { 128 } else { 32 };
    let Some(addresses) = 1_u64.checked_shl(width - bits.min(width)).filter(|_| width - bits.min(width) < 63)
    else {
        return Ok(());
    };
    // Network and broadcast address are never given, and the first is the gateway's.
    let free = addresses.saturating_sub(3);
    if u64::try_from(taken).unwrap_or(u64::MAX) >= free && free > 0 {
        told.fires(format!("{taken} addresses of {} are taken, and it has {free}", only.text))
            .seen_at(Evidence::file(dir).value(taken))
            .seen_at(only.place.clone());
    }
    Ok(())
}
