//! The subnets of a cluster beside each other.
//!
//! The words are those of the manifests, since the cluster's own configuration cannot be read
//! without an API server. Subnets are compared as numbers, `10.96.0.0/12` and `10.96.0.1/12` being
//! one.

use host_prep::firewall::Subnet;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Flag, Inspection};

type Said = Result<(), Unread>;

/// API server and controller manager have a flag of this name.
const SERVICES: &str = "service-cluster-ip-range";

/// `None` where the pod or its flag is not there, or the flag is empty.
fn flag<'s>(seen: &'s Inspection<'_>, pod: &str, name: &str) -> Result<Option<&'s Flag>, Unread> {
    Ok(seen.manifest(pod)?.and_then(|manifest| manifest.flag(name)).filter(|flag| !flag.value.is_empty()))
}

/// What is no subnet is left out; that has a code of kubeadm's rules.
fn subnets(flag: &Flag) -> Vec<Subnet> {
    flag.value.split(',').filter_map(|one| one.trim().parse().ok()).collect()
}

/// Both give out addresses of it: the API server to Services, the controller manager to nothing
/// else, so that their words have to be alike.
pub(super) fn service(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let apiserver = flag(seen, "kube-apiserver", SERVICES)?;
    let manager = flag(seen, "kube-controller-manager", SERVICES)?;
    if let (Some(apiserver), Some(manager)) = (apiserver, manager)
        && subnets(apiserver) != subnets(manager)
    {
        told.fires(format!(
            "the API server has {} for Services, the controller manager {}",
            apiserver.value, manager.value
        ))
        .seen_at(apiserver.place.clone())
        .seen_at(manager.place.clone());
    }
    Ok(())
}

/// Pods and Services, and pods and the networks that the host itself is in.
///
/// Answers to packets from an address in both networks go to the wrong side. Of the host only the
/// interface with the default address is looked at: the others may be the pods' own.
pub(super) fn overlap(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(pods) = flag(seen, "kube-controller-manager", "cluster-cidr")? else { return Ok(()) };
    let of_pods = subnets(pods);
    if let Some(services) = flag(seen, "kube-apiserver", SERVICES)?
        && subnets(services).iter().any(|one| of_pods.iter().any(|other| one.overlaps(*other)))
    {
        told.fires(format!("the pods' network {} overlaps that of Services, {}", pods.value, services.value))
            .seen_at(pods.place.clone())
            .seen_at(services.place.clone());
    }
    // Interfaces of pods are in the pods' network; the one with the host's own address is not.
    let network = &seen.facts().network;
    // Other networks of the host may be unreachable for pods on purpose.
    let main = network.default_address.known();
    if network.subnets.known().is_none() {
        return by_advertised_address(seen, told, pods);
    }
    let own = network.subnets.known().into_iter().flatten().find(|own| Some(&own.address) == main);
    if let Some((own, subnet)) = own.and_then(|own| Some((own, own.to_string().parse::<Subnet>().ok()?)))
        && of_pods.iter().any(|one| one.overlaps(subnet))
    {
        told.fires(format!("the pods' network {} overlaps the host's own, {own}", pods.value))
            .seen_at(pods.place.clone())
            .seen_at(Evidence::kernel("getifaddrs(3)").value(format!("{} {}", own.interface, own.address)));
    }
    Ok(())
}

/// A disk has no interfaces: what is left is the address that the API server is reached at.
///
/// # Errors
/// Undecided where that address is not in the pods' network: others of the host may be.
fn by_advertised_address(seen: &Inspection<'_>, told: &mut Told<'_>, pods: &Flag) -> Said {
    if let Some(own) = flag(seen, "kube-apiserver", "advertise-address")?
        && let Ok(address) = own.value.parse()
        && subnets(pods).iter().any(|one| one.holds(Subnet::host(address)))
    {
        told.fires(format!(
            "the pods' network {} has the host's own address in it, {}",
            pods.value, own.value
        ))
        .seen_at(pods.place.clone())
        .seen_at(own.place.clone());
        return Ok(());
    }
    Err(Unread::not_running("the addresses of the host"))
}

/// A node gets a subnet of `node-cidr-mask-size` out of the network; it has to hold one.
///
/// The controller manager ends where a node's share does not fit the network (`nodeipam`, "New
/// CIDR set failed; the node CIDR size is too big").
pub(super) fn too_small(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(pods) = flag(seen, "kube-controller-manager", "cluster-cidr")? else { return Ok(()) };
    for range in pods.value.split(',').map(str::trim) {
        let Some(bits) = range.split_once('/').and_then(|(_, bits)| bits.parse::<u32>().ok()) else {
            continue;
        };
        let v6 = range.contains(':');
        // The controller manager's own defaults.
        let (own, default) =
            if v6 { ("node-cidr-mask-size-ipv6", 64) } else { ("node-cidr-mask-size-ipv4", 24) };
        let mask = match flag(seen, "kube-controller-manager", own)? {
            Some(flag) => Some(flag),
            None => flag(seen, "kube-controller-manager", "node-cidr-mask-size")?,
        };
        let size: u32 = mask.and_then(|flag| flag.value.parse().ok()).unwrap_or(default);
        if bits > size {
            told.fires(format!("the pods' network {range} is smaller than a node's share of it, /{size}"))
                .seen_at(pods.place.clone())
                .seen_in(mask.map(|flag| flag.place.clone()));
        }
    }
    Ok(())
}

/// Only where the cluster has IPv6 addresses; elsewhere it is a choice.
pub(super) fn ipv6_disabled(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let mut wants = None;
    for (pod, name) in [("kube-apiserver", SERVICES), ("kube-controller-manager", "cluster-cidr")] {
        if let Some(flag) = flag(seen, pod, name)?.filter(|flag| flag.value.contains(':')) {
            wants = Some(flag);
        }
    }
    let Some(wants) = wants else { return Ok(()) };
    for key in ["net.ipv6.conf.all.disable_ipv6", "net.ipv6.conf.default.disable_ipv6"] {
        let sysctl = seen.sysctl(key)?;
        let off = |value: &Option<String>| value.as_ref().is_some_and(|value| value.trim() == "1");
        if off(&sysctl.live) || off(&sysctl.boot) {
            told.fires(format!("{key} is 1, and the cluster has IPv6 addresses"))
                .seen_in(sysctl.place)
                .seen_at(wants.place.clone());
        }
    }
    Ok(())
}

/// The file that a cluster was made from, and what its controller manager hands out.
///
/// Only for files that were named to doctor or lie where kubeadm's are kept.
pub(in crate::doctor::rules) fn cluster_cidr(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let Some(pods) = flag(seen, "kube-controller-manager", "cluster-cidr")? else { return Ok(()) };
    for file in told.kubeadm_files(seen) {
        let Some((wanted, place)) = file.text("networking.podSubnet") else { continue };
        let read: Vec<Subnet> = wanted.split(',').filter_map(|one| one.trim().parse().ok()).collect();
        if !read.is_empty() && read != subnets(pods) {
            told.fires(format!("podSubnet is {wanted}, and the controller manager hands out {}", pods.value))
                .seen_at(place)
                .seen_at(pods.place.clone());
        }
    }
    Ok(())
}
