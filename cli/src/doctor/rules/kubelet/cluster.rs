//! What the kubelet tells pods of the cluster.

use std::net::IpAddr;

use host_prep::firewall::Subnet;
use kubeadm_config::yaml::Node;

use crate::doctor::check::Told;
use crate::doctor::finding::Unread;
use crate::doctor::inspection::Inspection;

type Said = Result<(), Unread>;

/// The server has to be a Service; a link-local address is that of a cache on the node
/// (NodeLocal DNSCache).
///
/// Two settings: the servers in `clusterDNS` lie in the network of Services, and `clusterDomain`
/// is the domain that the API server's issuer names. Servers that are no addresses have a check of
/// their own. A pod with a wrong server waits five seconds for every name.
pub(super) fn dns(seen: &Inspection<'_>, told: &mut Told<'_>) -> Said {
    let servers = seen.kubelet_field("clusterDNS")?;
    let Some(apiserver) = seen.manifest("kube-apiserver")? else {
        // A worker does not know the network of Services; the API server does.
        let asks = seen.is_member() && servers.is_some() && !seen.api_answers();
        let unread = Unread::new("the API server's flags", "they are on the control plane");
        return if asks { Err(unread) } else { Ok(()) };
    };
    if let (Some(range), Some(servers)) = (apiserver.flag("service-cluster-ip-range"), servers) {
        let ranges: Vec<Subnet> = range.value.split(',').filter_map(|one| one.trim().parse().ok()).collect();
        for server in servers.value.as_sequence().into_iter().flatten().filter_map(Node::as_str) {
            let Ok(address) = server.parse::<IpAddr>() else { continue };
            // NodeLocal DNSCache listens on 169.254.20.10.
            let on_node = match address {
                IpAddr::V4(address) => address.is_link_local(),
                IpAddr::V6(address) => address.is_unicast_link_local(),
            };
            if !ranges.is_empty()
                && !on_node
                && !ranges.iter().any(|range| range.holds(Subnet::host(address)))
            {
                told.fires(format!("clusterDNS is {server}, outside of the service network {}", range.value))
                    .seen_at(servers.place.clone())
                    .seen_at(range.place.clone());
            }
        }
    }
    if let Some(issuer) = apiserver.flag("service-account-issuer")
        // kubeadm makes the issuer of `dnsDomain` (controlplane/manifests.go).
        && let Some(domain) = issuer.value.strip_prefix("https://kubernetes.default.svc.")
        && let Some((own, place)) = seen.kubelet_setting("cluster-domain", "clusterDomain")?
        && own.trim_end_matches('.') != domain.trim_end_matches('.')
    {
        told.fires(format!("the kubelet gives pods the domain {own}, and the cluster's is {domain}"))
            .seen_at(place)
            .seen_at(issuer.place.clone())
            .cured_by(format!("write {domain} there, and restart the kubelet"));
    }
    Ok(())
}
