//! Proxies: the drop-ins of CRI-O and the kubelet, and what must not go through one.

use std::net::IpAddr;

use host_prep::facts::{Network, OwnSubnet};

use super::spec::{ControlPlaneEndpoint, DnsDomain, NodeSpec, Proxy, ProxyUrl};

/// Units that pull images or talk to the API server.
pub(super) const UNITS: &[&str] = &["crio.service", "kubelet.service"];

/// The drop-in's path for a unit.
pub(super) fn path(unit: &str) -> String {
    format!("/etc/systemd/system/{unit}.d/k8sprep-proxy.conf")
}

/// The drop-in's text.
pub(super) fn drop_in(spec: &NodeSpec, proxy: &Proxy, network: &Network) -> String {
    let address = network.default_address.known().copied();
    let subnets = network.subnets.known().map_or(&[][..], Vec::as_slice);
    text(spec, proxy, spec.advertise_address.or(address), subnets)
}

fn text(spec: &NodeSpec, proxy: &Proxy, own: Option<IpAddr>, subnets: &[OwnSubnet]) -> String {
    let no_proxy = no_proxy(spec, proxy, own, subnets).join(",");
    let variables = [
        ("HTTP_PROXY", proxy.http_proxy.as_ref().map(ProxyUrl::with_password)),
        ("HTTPS_PROXY", proxy.https_proxy.as_ref().map(ProxyUrl::with_password)),
        ("NO_PROXY", Some(no_proxy.as_str())),
    ];
    let mut unit = String::from("# Written by k8sprep.\n[Service]\n");
    for (name, value) in variables {
        if let Some(value) = value {
            unit.push_str(&format!("Environment=\"{name}={}\"\n", escaped(value)));
        }
    }
    unit
}

/// What is reached without a proxy: this host and the other nodes in its subnet, the cluster's
/// subnets and names, the control plane, and what was asked.
fn no_proxy(spec: &NodeSpec, proxy: &Proxy, own: Option<IpAddr>, subnets: &[OwnSubnet]) -> Vec<String> {
    let domain = spec.networking.dns_domain.as_ref().map_or("cluster.local", DnsDomain::as_str);
    let mut all: Vec<String> = ["localhost", "127.0.0.1", "::1", ".svc"].map(str::to_owned).into();
    all.push(format!(".{domain}"));
    match &spec.networking.service_subnet {
        Some(subnets) => all.extend(subnets.iter().map(|s| s.to_string())),
        None => all.push("10.96.0.0/12".into()),
    }
    all.extend(spec.networking.pod_subnet.iter().flat_map(|s| s.iter()).map(|s| s.to_string()));
    all.extend(own.map(|address| address.to_string()));
    all.extend(subnets.iter().filter(|subnet| Some(subnet.address) == own).map(OwnSubnet::to_string));
    let endpoint = spec.control_plane_endpoint.as_ref().map(ControlPlaneEndpoint::as_str);
    all.extend(endpoint.map(|endpoint| host_of(endpoint).to_owned()));
    let join = spec.join.as_ref().and_then(|join| join.api_server_endpoint.as_ref());
    all.extend(join.map(|endpoint| host_of(&endpoint.to_string()).to_owned()));
    // Somebody has put mirrors where they are near.
    let mirrors = spec.registry_mirrors.values().flatten();
    all.extend(mirrors.map(|mirror| host_of(mirror.host()).to_owned()));
    all.extend(proxy.no_proxy.iter().map(ToString::to_string));
    let mut seen = std::collections::BTreeSet::new();
    all.retain(|entry| seen.insert(entry.clone()));
    all
}

/// The host of `host[:port]`, brackets of IPv6 off.
fn host_of(endpoint: &str) -> &str {
    match endpoint.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, _)) => host,
        None if endpoint.matches(':').count() == 1 => endpoint.split(':').next().unwrap_or(endpoint),
        None => endpoint,
    }
}

/// For the inside of double quotes in a unit: `%` would be a specifier.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clusters_own_addresses_bypass_the_proxy() {
        let mut spec = NodeSpec::new("v1.34.0".parse().unwrap());
        spec.networking.pod_subnet = Some("10.244.0.0/16".parse().unwrap());
        spec.control_plane_endpoint = Some("[2001:db8::1]:6443".parse().unwrap());
        let proxy = Proxy {
            http_proxy: Some("http://u:p%40@proxy:3128".parse().unwrap()),
            no_proxy: ["10.0.0.0/8", "localhost"].map(|entry| entry.parse().unwrap()).into(),
            ..Proxy::default()
        };
        let join = "apiServerEndpoint: 192.168.10.5:6443";
        let worker = format!(
            "kubernetesVersion: v1.34.0\nrole: worker\njoin: {{{join}, token: abcdef.0123456789abcdef, caCertHashes: ['sha256:{}']}}\n\
             registryMirrors: {{docker.io: ['mirror.example.com:5000/hub']}}\n",
            "5a".repeat(32)
        );
        let worker = NodeSpec::from_yaml(&worker).unwrap();
        let unit = text(&worker, &proxy, None, &[]);
        assert!(unit.contains(",192.168.10.5,mirror.example.com,10.0.0.0/8"), "{unit}");
        let subnets =
            [OwnSubnet::new([198, 51, 100, 7].into(), 24), OwnSubnet::new([192, 0, 2, 7].into(), 26)];
        assert_eq!(
            text(&spec, &proxy, Some([192, 0, 2, 7].into()), &subnets),
            "# Written by k8sprep.\n[Service]\nEnvironment=\"HTTP_PROXY=http://u:p%%40@proxy:3128\"\n\
             Environment=\"NO_PROXY=localhost,127.0.0.1,::1,.svc,.cluster.local,10.96.0.0/12,10.244.0.0/16,\
             192.0.2.7,192.0.2.0/26,2001:db8::1,10.0.0.0/8\"\n"
        );
    }
}
