//! What a cluster's parts have to agree on about networks, names and the API server.

use std::net::IpAddr;

use kubeadm_config::yaml::{self, Base, Node};

use super::{Agreement, Said, Who, agreement, said};
use crate::doctor::inspection::{Flag, Inspection};
use crate::recipe::Subnet;

/// The API server's range counts: the certificates and Services are made by it.
pub(super) fn service_network(seen: &Inspection<'_>) -> Agreement {
    let mut all = Vec::new();
    for name in ["kube-apiserver", "kube-controller-manager"] {
        all.extend(flag(seen, name, "service-cluster-ip-range"));
    }
    if let Ok(Some(servers)) = seen.kubelet_field("clusterDNS") {
        let addresses = servers.value.as_sequence().into_iter().flatten().filter_map(Node::as_str);
        all.extend(addresses.map(|one| said(Who::Kubelet, one, Some(servers.place.clone()))));
    }
    agreement("service network", &["service-subnet-mismatch", "cluster-dns-mismatch"], all, |range, other| {
        within(range, other)
    })
}

/// The controller manager's range counts: a node's podCIDR is cut out of it.
pub(super) fn pod_network(seen: &Inspection<'_>) -> Agreement {
    let mut all = Vec::new();
    all.extend(flag(seen, "kube-controller-manager", "cluster-cidr"));
    all.extend(conflist(seen));
    agreement("pod network", &["pod-network-mismatch"], all, within)
}

/// The domain of the API server's issuer counts; kubeadm makes both from `networking.dnsDomain`.
pub(super) fn cluster_domain(seen: &Inspection<'_>) -> Agreement {
    let mut all = Vec::new();
    if let Some(issuer) = flag(seen, "kube-apiserver", "service-account-issuer")
        && let Some(domain) = issuer.says.strip_prefix("https://kubernetes.default.svc.")
    {
        all.push(Said { says: domain.to_owned(), ..issuer });
    }
    if let Ok(Some((domain, place))) = seen.kubelet_setting("cluster-domain", "clusterDomain") {
        all.push(said(Who::Kubelet, domain, Some(place)));
    }
    agreement("cluster domain", &["cluster-dns-mismatch"], all, |one, other| one == other)
}

/// What the kubeconfigs of a control plane speak to; the kubelet's counts, which a load balancer may
/// stand before.
pub(super) fn api_server(seen: &Inspection<'_>) -> Agreement {
    let files = [
        ("kubelet", Who::Kubelet),
        ("admin", Who::Tool),
        ("controller-manager", Who::ControlPlane),
        ("scheduler", Who::ControlPlane),
    ];
    let all = files.into_iter().filter_map(|(name, who)| server_of(seen, name, who)).collect();
    agreement("API server", &["kubeconfig-server-mismatch"], all, |one, other| one == other)
}

/// A flag of a static pod, with the word that counts as the control plane's.
fn flag(seen: &Inspection<'_>, pod: &str, name: &str) -> Option<Said> {
    let Flag { value, place, .. } = seen.manifest(pod).ok()??.flag(name)?;
    Some(said(Who::ControlPlane, value.clone(), Some(place.clone())))
}

/// The subnets that the network in use hands addresses out of.
fn conflist(seen: &Inspection<'_>) -> Vec<Said> {
    let Ok(Some(network)) = seen.network() else { return Vec::new() };
    network.subnets().into_iter().map(|(text, place)| said(Who::Cni, text, Some(place))).collect()
}

/// The server in the first cluster of a kubeconfig of `/etc/kubernetes`.
fn server_of(seen: &Inspection<'_>, name: &str, who: Who) -> Option<Said> {
    let file = seen.files().file(format!("/etc/kubernetes/{name}.conf")).ok()??;
    let root = yaml::read(&file.bytes, Base::default()).ok()?.root;
    let node = root.get("clusters")?.as_sequence()?.first()?.get("cluster")?.get("server")?;
    let (text, at) = (node.as_str()?, node.span.position);
    Some(said(who, text, Some(file.evidence().at(at.line, at.column).value(text))))
}

/// Whether every range or address of `other` lies in one of `ranges`. What is neither agrees only
/// with itself.
fn within(ranges: &str, other: &str) -> bool {
    let parsed = |text: &str| -> Option<Vec<Subnet>> {
        text.split(',').map(|one| one.trim().parse().ok()).collect::<Option<Vec<Subnet>>>()
    };
    let Some(ranges_of) = parsed(ranges) else { return ranges == other };
    other.split(',').map(str::trim).all(|one| {
        let address = || one.parse::<IpAddr>().ok().map(Subnet::host);
        let subnet = one.parse().ok().or_else(address);
        subnet.is_some_and(|subnet: Subnet| ranges_of.iter().any(|range| range.holds(subnet)))
    })
}
