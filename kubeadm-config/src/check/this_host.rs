//! What a control plane would not come up with on the host that it is checked for.
//!
//! Not a rule of kubeadm: preflight does not compare the address with the interfaces. It is asked
//! only by those who check a file for the machine that they are on.

use super::Remark;
use crate::advice::Circumstances;
use crate::code::Code;
use crate::go::parse_ip_sloppy;
use crate::model::{ClusterConfiguration, InitConfiguration};

/// An address to advertise that the host lacks. kubeadm passes it on to etcd (phases/etcd,
/// `--listen-client-urls`), which cannot listen on it; an API server alone only announces it.
/// Nothing is said of a host whose networks are not known.
pub(super) fn advertised(
    init: &InitConfiguration,
    cluster: &ClusterConfiguration,
    circumstances: &Circumstances,
) -> Option<Remark> {
    let networks = &circumstances.host_networks;
    let address = parse_ip_sloppy(&init.local_api_endpoint.advertise_address)?;
    // A loopback address is a selector for kubeadm (`SetAPIEndpointDynamicDefaults`), and
    // `0.0.0.0` means the default route's.
    let own = networks.iter().any(|network| network.address == address);
    if networks.is_empty() || own || address.is_loopback() || address.is_unspecified() {
        return None;
    }
    let path = "localAPIEndpoint.advertiseAddress";
    let remark = if cluster.etcd.external.is_some() {
        let text = format!("no interface of this host has {address}: another machine has to pass it on");
        Remark::advice(Code::AddressNotOnHost, path, text)
    } else {
        let text = format!(
            "no interface of this host has {address}: etcd exits with \"cannot assign requested address\""
        );
        Remark::error(Code::AddressNotOnHost, path, text)
    };
    let own: Vec<String> = networks.iter().map(|network| network.address.to_string()).collect();
    let help = format!(
        "write an address of this host: {}; a public address in front of it belongs in apiServer.certSANs and \
         controlPlaneEndpoint",
        own.join(", ")
    );
    Some(remark.help(Code::AddressNotOnHost, help))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advice::HostNetwork;
    use crate::model::{APIEndpoint, ExternalEtcd};

    fn said(address: &str, external: bool, networks: &[&str]) -> Option<Remark> {
        let init = InitConfiguration {
            local_api_endpoint: APIEndpoint { advertise_address: address.into(), bind_port: 6443 },
            ..Default::default()
        };
        let mut cluster = ClusterConfiguration::default();
        cluster.etcd.external = external.then(ExternalEtcd::default);
        let network = |address: &&str| HostNetwork::new("eth0", address.parse().unwrap(), 24);
        let host_networks = networks.iter().map(network).collect();
        advertised(&init, &cluster, &Circumstances { host_networks, ..Default::default() })
    }

    #[test]
    fn an_address_of_another_machine_stops_etcd() {
        let remark = said("203.0.113.7", false, &["192.0.2.2", "198.51.100.2"]).unwrap();
        assert_eq!((remark.severity, remark.code), (super::super::Severity::Error, Code::AddressNotOnHost));
        assert!(remark.help.unwrap().text.contains("192.0.2.2, 198.51.100.2"));
        let remark = said("203.0.113.7", true, &["192.0.2.2"]).unwrap();
        assert_eq!(remark.severity, super::super::Severity::Advice);
    }

    #[test]
    fn an_address_of_this_host_or_a_host_not_known_is_no_matter() {
        for (address, networks) in
            [("192.0.2.2", &["192.0.2.2"][..]), ("203.0.113.7", &[]), ("0.0.0.0", &["192.0.2.2"])]
        {
            assert_eq!(said(address, false, networks), None, "{address}");
        }
    }
}
