//! kubeadm's side: the configuration file for `kubeadm init`.

use std::net::IpAddr;

use host_prep::facts::Facts;
use kubeadm_config::yaml::{self, SplitRules};
use kubeadm_config::{BootstrapToken, CgroupDriver, ClusterSpec, HostFacts};

use super::agree::Agreed;
use super::spec::NodeSpec;
use super::table::KUBELET_CONFIG_HAS_DRIVER;

/// Where the configuration for `kubeadm init --config` is written, mode 0600: it holds the bootstrap token.
pub const KUBEADM_FILE: &str = "/etc/kubernetes/k8sprep/kubeadm.yaml";

/// The bootstrap token of a file that was written before, so that a second plan wants the same one.
#[must_use]
pub fn token_in(file: &[u8]) -> Option<BootstrapToken> {
    let documents = yaml::split(file, &SplitRules::default()).ok()?;
    documents.iter().find_map(|document| {
        let read = yaml::read(&document.text, document.base()).ok()?;
        let tokens = read.root.get("bootstrapTokens")?.as_sequence()?.first()?;
        tokens.get("token")?.as_str()?.parse().ok()
    })
}

/// The documents as YAML, or what kubeadm would refuse.
pub(super) fn documents(
    spec: &NodeSpec,
    agreed: &Agreed,
    facts: &Facts,
    token: BootstrapToken,
) -> Result<String, String> {
    let defaulted =
        cluster(spec, agreed, token).defaulted(&host(spec, facts)).map_err(|error| error.to_string())?;
    let valid = defaulted.validate().map_err(|report| report.to_string())?;
    valid.to_yaml().map_err(|error| error.to_string())
}

fn cluster(spec: &NodeSpec, agreed: &Agreed, token: BootstrapToken) -> ClusterSpec {
    let mut cluster = ClusterSpec::new(spec.kubernetes_version.clone());
    cluster.image_repository = Some(agreed.image_repository.clone());
    cluster.addons.dns_image_repository.clone_from(&agreed.dns_repository);
    cluster.pod_subnet = spec.networking.pod_subnet.as_ref().map(ToString::to_string);
    cluster.service_subnet = spec.networking.service_subnet.as_ref().map(ToString::to_string);
    cluster.dns_domain = spec.networking.dns_domain.as_ref().map(ToString::to_string);
    cluster.node.cri_socket = Some(agreed.cri_socket.clone());
    cluster.endpoint.advertise_address = spec.advertise_address;
    cluster.node.name = spec.node_name.as_ref().map(ToString::to_string);
    cluster.control_plane_endpoint = spec.control_plane_endpoint.as_ref().map(ToString::to_string);
    cluster.cluster_name = spec.cluster_name.as_ref().map(ToString::to_string);
    cluster.token = Some(token);
    // Before that the flag decides, and a document would only say it twice.
    if spec.kubernetes_version.minor().number() >= KUBELET_CONFIG_HAS_DRIVER {
        cluster.cgroup_driver = Some(match agreed.cgroup_driver {
            crio_config::CgroupManager::Systemd => CgroupDriver::Systemd,
            crio_config::CgroupManager::Cgroupfs => CgroupDriver::Cgroupfs,
        });
    }
    cluster
}

pub(super) fn host(spec: &NodeSpec, facts: &Facts) -> HostFacts {
    let mut host = HostFacts::default();
    let name = &facts.network.hostname;
    let at_boot = || name.at_boot.known().cloned().flatten();
    let asked = spec.node_name.as_ref().map(ToString::to_string);
    host.host_name = asked.or_else(|| name.live.known().cloned()).or_else(at_boot).unwrap_or_default();
    match facts.network.default_address.known() {
        Some(IpAddr::V4(address)) => host.ipv4_route_address = Some(*address),
        Some(IpAddr::V6(address)) => host.ipv6_route_address = Some(*address),
        None => {}
    }
    host.systemd_resolved = facts.network.resolver.resolved.known() == Some(&true);
    host
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_of_an_earlier_file_is_found() {
        let file = b"kind: ClusterConfiguration\n---\nkind: InitConfiguration\nbootstrapTokens:\n- token: abcdef.0123456789abcdef\n";
        assert_eq!(token_in(file).unwrap().to_string(), "abcdef.0123456789abcdef");
        assert!(token_in(b"a: [").is_none());
    }
}
