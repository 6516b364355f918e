//! The node's own address and ports, and what carries the packets of its pods.

use std::net::IpAddr;

use host_prep::facts::is_pod_interface;
use kubeadm_config::yaml::Node;

use crate::doctor::check::Told;
use crate::doctor::finding::{Evidence, Unread};
use crate::doctor::inspection::{Inspection, known};

type Said = Result<(), Unread>;

/// Kubernetes' own range of node ports, where the API server is not told another.
const NODE_PORTS: (u16, u16) = (30_000, 32_767);

/// The kubelet registers the address of the default route where it is not told one.
///
/// Fires where the API server is advertised at one address of the host and the kubelet registers
/// another (kubeadm#1156). Only IPv4 beside IPv4 is compared.
pub(super) fn ambiguous(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let subnets = known(&seen.facts().network.subnets, "getifaddrs(3)")?;
    let default = known(&seen.facts().network.default_address, "/proc/net/route")?;
    if !seen.is_member() || seen.kubelet_flag("node-ip").is_some_and(|(value, _)| !value.is_empty()) {
        return Ok(());
    }
    let Some(apiserver) = seen.manifest("kube-apiserver")? else { return Ok(()) };
    let Some(flag) = apiserver.flag("advertise-address") else { return Ok(()) };
    let Ok(advertised) = flag.value.parse::<IpAddr>() else { return Ok(()) };
    // Only where both are the host's: an address of a balancer is no choice of the kubelet.
    let own = subnets.iter().find(|own| own.address == advertised && !is_pod_interface(&own.interface));
    if let Some(own) = own.filter(|_| advertised.is_ipv4() == default.is_ipv4() && advertised != *default) {
        told.fires(format!(
            "the API server is at {advertised} ({}), and the kubelet registers {default}, the address of the default route",
            own.interface
        ))
        .seen_at(flag.place.clone())
        .seen_at(Evidence::kernel("/proc/net/route").value(default))
        .cured_by(format!("`--node-ip={advertised}` in KUBELET_EXTRA_ARGS, or nodeRegistration.kubeletExtraArgs"));
    }
    Ok(())
}

/// The kernel gives local ports of that range to programs that ask for any.
///
/// A note: a program that was given a local port of the range takes it from a Service for as long
/// as it runs. Any reservation in `ip_local_reserved_ports` is taken for one that was made for
/// this.
pub(super) fn port_range(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    const RANGE: &str = "/proc/sys/net/ipv4/ip_local_port_range";
    const RESERVED: &str = "/proc/sys/net/ipv4/ip_local_reserved_ports";
    let numbers = |text: &str| {
        let mut words = text.split(['-', ' ', '\t', '\n']).filter_map(|word| word.parse::<u16>().ok());
        words.next().zip(words.next())
    };
    let Some(file) = seen.files().live(RANGE)?.filter(|_| seen.is_member()) else { return Ok(()) };
    let flag = seen.manifest("kube-apiserver")?.and_then(|pod| pod.flag("service-node-port-range"));
    let (from, to) = flag.and_then(|flag| numbers(&flag.value)).unwrap_or(NODE_PORTS);
    // Who has reserved some has thought of it.
    let reserved = seen.files().live(RESERVED)?.is_some_and(|file| !file.text().trim().is_empty());
    if let Some((low, high)) = numbers(file.text().trim()).filter(|_| !reserved)
        && low <= to
        && from <= high
    {
        told.fires(format!(
            "local ports are {low} to {high}, and node ports {from} to {to}: some are in both"
        ))
        .seen_at(Evidence::kernel(RANGE).value(format!("{low} {high}")))
        .seen_in(flag.map(|flag| flag.place.clone()));
    }
    Ok(())
}

/// Interfaces that put packets of pods into packets of the host, with the bytes that takes
/// (flannel and calico, "MTU").
// Bytes of the headers: VXLAN 50 (RFC 7348), IPIP 20, WireGuard 60 over IPv4.
const TUNNELS: &[(&str, u32)] =
    &[("flannel.1", 50), ("vxlan.calico", 50), ("tunl0", 20), ("wireguard.cali", 60), ("flannel-wg", 60)];

/// A packet that does not fit is dropped where nothing says so: small ones pass, and TLS hangs.
///
/// The device is that of the default route, which the tunnel goes over unless somebody chose
/// another.
pub(super) fn mtu(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let mtu = |name: &str| -> Result<Option<u32>, Unread> {
        let file = seen.files().live(format!("/sys/class/net/{name}/mtu"))?;
        Ok(file.and_then(|file| file.text().trim().parse().ok()))
    };
    let default = known(&seen.facts().network.default_address, "/proc/net/route")?;
    let subnets = known(&seen.facts().network.subnets, "getifaddrs(3)")?;
    let Some(device) = subnets.iter().find(|own| own.address == *default) else { return Ok(()) };
    let Some(of_device) = mtu(&device.interface)? else { return Ok(()) };
    for (name, head) in TUNNELS {
        let Some(own) = mtu(name)? else { continue };
        if own.saturating_add(*head) > of_device {
            told.fires(format!(
                "{name} has MTU {own}, and {} has {of_device}, of which {head} are for the tunnel",
                device.interface
            ))
            .seen_at(Evidence::kernel(format!("/sys/class/net/{name}/mtu")).value(own))
            .seen_at(Evidence::kernel(format!("/sys/class/net/{}/mtu", device.interface)).value(of_device));
        }
    }
    Ok(())
}

/// kube-proxy, `cmd/kube-proxy/app`: nftables mode wants a kernel of 5.13.
///
/// Of the files that were named to doctor, since the cluster's own configuration is in a
/// ConfigMap.
pub(super) fn nftables(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    for file in told.kubeadm_files(seen) {
        let of_proxy =
            |root: &&Node| root.get("kind").and_then(Node::as_str) == Some("KubeProxyConfiguration");
        let mode = file.documents.iter().find(of_proxy).and_then(|root| root.get("mode"));
        let Some(node) = mode.filter(|node| node.as_str() == Some("nftables")) else { continue };
        // kube-proxy asks the same at its start (pkg/proxy/nftables).
        if seen.kernel_at_least(5, 13)? {
            continue;
        }
        let release = known(&seen.facts().kernel.release, "/proc/sys/kernel/osrelease")?;
        let at = node.span.position;
        told.fires(format!("kube-proxy's mode is nftables, which wants a kernel of 5.13; this is {release}"))
            .seen_at(file.file.evidence().at(at.line, at.column).value("nftables"))
            .seen_at(Evidence::kernel("/proc/sys/kernel/osrelease").value(release));
    }
    Ok(())
}
