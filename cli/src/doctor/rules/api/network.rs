//! The networks of pods and Services as the cluster has them.

use std::net::IpAddr;

use host_prep::firewall::Subnet;
use kubeadm_config::yaml::Node;

use super::Said;
use crate::doctor::check::Told;
use crate::doctor::cluster::{Cluster, NodeSeen};
use crate::doctor::finding::Evidence;
use crate::doctor::inspection::Inspection;

const KUBEADM_CONFIG: &str = "ConfigMap kube-system/kubeadm-config";
const KUBE_PROXY: &str = "ConfigMap kube-system/kube-proxy";

/// What kube-proxy needs in that mode (`pkg/proxy/ipvs`).
const IPVS: [&str; 4] = ["ip_vs", "ip_vs_rr", "ip_vs_wrr", "ip_vs_sh"];

fn subnets(text: &str) -> Vec<Subnet> {
    text.split(',').filter_map(|one| one.trim().parse().ok()).collect()
}

pub(super) fn ipvs(seen: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    let Some(proxy) = cluster.proxy.known(KUBE_PROXY)?.filter(|proxy| proxy.mode == "ipvs") else {
        return Ok(());
    };
    let Some(loaded) = seen.files().live("/proc/modules")? else { return Ok(()) };
    let release = seen.files().live("/proc/sys/kernel/osrelease")?;
    let release = release.map(|file| file.text().trim().to_owned()).unwrap_or_default();
    let mut known = loaded
        .text()
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect::<Vec<_>>();
    // What can be loaded or is built in is there: kube-proxy loads it.
    for list in ["modules.builtin", "modules.dep"] {
        if let Some(file) = seen.files().file(format!("/lib/modules/{release}/{list}"))? {
            let names = file
                .text()
                .lines()
                .filter_map(|line| line.split(':').next()?.rsplit('/').next())
                .map(|name| name.split(".ko").next().unwrap_or_default().replace('-', "_"))
                .collect::<Vec<_>>();
            known.extend(names);
        }
    }
    let missing: Vec<&str> = IPVS.into_iter().filter(|name| !known.iter().any(|one| one == name)).collect();
    if !missing.is_empty() {
        told.fires(format!("kube-proxy is to use ipvs, and the kernel has no {}", missing.join(", ")))
            .seen_at(Evidence::api(format!("{KUBE_PROXY} mode")).value(&proxy.mode))
            .seen_at(Evidence::kernel("/proc/modules"));
    }
    Ok(())
}

/// An address of the Service, or a link-local one of a cache on the node.
pub(super) fn dns(seen: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    if let Some(servers) = seen.kubelet_field("clusterDNS")?
        && let Some(service) = cluster.dns.known("Service kube-system/kube-dns")?
        && !service.is_empty()
    {
        for server in servers.value.as_sequence().into_iter().flatten().filter_map(Node::as_str) {
            let on_node = match server.parse::<IpAddr>() {
                Ok(IpAddr::V4(address)) => address.is_link_local(),
                Ok(IpAddr::V6(address)) => address.is_unicast_link_local(),
                Err(_) => false,
            };
            if !on_node && !service.iter().any(|address| address == server) {
                told.fires(format!("clusterDNS is {server}, and kube-dns has {}", service.join(", ")))
                    .seen_at(servers.place.clone())
                    .seen_at(
                        Evidence::api("Service kube-system/kube-dns spec.clusterIPs")
                            .value(service.join(", ")),
                    );
            }
        }
    }
    if let Some(config) = cluster.kubeadm.known(KUBEADM_CONFIG)?
        && let Some(domain) = &config.dns_domain
        && let Some((own, place)) = seen.kubelet_setting("cluster-domain", "clusterDomain")?
        && own.trim_end_matches('.') != domain.trim_end_matches('.')
    {
        told.fires(format!("the kubelet gives pods the domain {own}, and the cluster's is {domain}"))
            .seen_at(place)
            .seen_at(Evidence::api(format!("{KUBEADM_CONFIG} networking.dnsDomain")).value(domain));
    }
    Ok(())
}

/// All of them say which addresses are pods'.
pub(super) fn cluster_cidr(seen: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    let Some(config) = cluster.kubeadm.known(KUBEADM_CONFIG)? else { return Ok(()) };
    let Some(wanted) = &config.pod_subnet else { return Ok(()) };
    let own = Evidence::api(format!("{KUBEADM_CONFIG} networking.podSubnet")).value(wanted);
    let manager = seen.manifest("kube-controller-manager")?.and_then(|pod| pod.flag("cluster-cidr"));
    let proxy = cluster.proxy.known(KUBE_PROXY)?.map(|proxy| proxy.cluster_cidr.as_str());
    let place = Evidence::api(format!("{KUBE_PROXY} clusterCIDR")).value(proxy.unwrap_or_default());
    let others = [
        manager.map(|flag| (flag.value.as_str(), flag.place.clone())),
        proxy.filter(|said| !said.is_empty()).map(|said| (said, place)),
    ];
    for (said, place) in others.into_iter().flatten() {
        if subnets(said) != subnets(wanted) {
            told.fires(format!("the cluster's podSubnet is {wanted}, and another place has {said}"))
                .seen_at(own.clone())
                .seen_at(place);
        }
    }
    Ok(())
}

pub(super) fn pools(_: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    let Some(pools) = cluster.pools.known("the network plugin's networks")? else { return Ok(()) };
    let Some(config) = cluster.kubeadm.known(KUBEADM_CONFIG)? else { return Ok(()) };
    let Some(wanted) = &config.pod_subnet else { return Ok(()) };
    let of_cluster = subnets(wanted);
    for (place, pool) in pools {
        let Ok(subnet) = pool.parse::<Subnet>() else { continue };
        let of_family = of_cluster.iter().any(|one| one.is_ipv6() == subnet.is_ipv6());
        if of_family && !of_cluster.iter().any(|one| one.holds(subnet)) {
            told.fires(format!(
                "the network plugin gives addresses of {pool}, and the cluster's podSubnet is {wanted}"
            ))
            .seen_at(Evidence::api(place).value(pool))
            .seen_at(Evidence::api(format!("{KUBEADM_CONFIG} networking.podSubnet")).value(wanted));
        }
    }
    Ok(())
}

fn own_node(cluster: &Cluster) -> Result<Option<&NodeSeen>, crate::doctor::finding::Unread> {
    cluster.node.known("the Node of this host")
}

/// flannel's subnet on a node is its Node's podCIDR.
pub(super) fn flannel_subnet(seen: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    const SUBNET: &str = "/run/flannel/subnet.env";
    let Some(node) = own_node(cluster)? else { return Ok(()) };
    let Some(file) = seen.files().live(SUBNET)? else { return Ok(()) };
    let text = file.text();
    let line =
        text.lines().enumerate().find_map(|(at, line)| Some((at + 1, line.strip_prefix("FLANNEL_SUBNET=")?)));
    let Some((at, own)) = line else { return Ok(()) };
    let (Ok(given), Ok(used)) = (node.pod_cidr.parse::<Subnet>(), own.trim().parse::<Subnet>()) else {
        return Ok(());
    };
    if !given.holds(used) {
        told.fires(format!("flannel uses {own} on this node, and its podCIDR is {}", node.pod_cidr))
            .seen_at(Evidence::kernel(SUBNET).line(at).value(own))
            .seen_at(Evidence::api(format!("Node {} spec.podCIDR", node.name)).value(&node.pod_cidr));
    }
    Ok(())
}

/// With a podSubnet the controller manager gives each node its part.
pub(super) fn without_cidr(_: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    let Some(node) = own_node(cluster)?.filter(|node| node.pod_cidr.is_empty()) else { return Ok(()) };
    let Some(config) = cluster.kubeadm.known(KUBEADM_CONFIG)? else { return Ok(()) };
    if let Some(subnet) = &config.pod_subnet {
        told.fires(format!("the Node has no podCIDR, although the cluster's podSubnet is {subnet}"))
            .seen_at(Evidence::api(format!("Node {} spec.podCIDR", node.name)).value("not set"))
            .seen_at(Evidence::api(format!("{KUBEADM_CONFIG} networking.podSubnet")).value(subnet));
    }
    Ok(())
}

/// Services lead nowhere on a node whose kube-proxy does not work. Clusters without one have another
/// program for it.
pub(super) fn proxy(_: &Inspection<'_>, cluster: &Cluster, told: &mut Told<'_>) -> Said {
    let Some(pods) = cluster.proxies.known("pods of kube-proxy on this node")? else { return Ok(()) };
    let (_, broken): (Vec<_>, Vec<_>) = pods.iter().partition(|(_, ready)| **ready);
    if !broken.is_empty() && broken.len() == pods.len() {
        told.fires("kube-proxy is not ready on this node: Services lead nowhere")
            .seen_in(
                broken
                    .into_iter()
                    .map(|(name, _)| Evidence::api(format!("Pod kube-system/{name}")).value("not Ready")),
            )
            .cured_by("`crictl ps -a --name kube-proxy`, then `crictl logs ID`");
    }
    Ok(())
}
