//! Proxies: of CRI-O and the kubelet, of apt, of what is fetched here, and what must not go through
//! one.

use std::net::IpAddr;

use host_prep::facts::{Network, OwnSubnet};

use super::no_proxy::NoProxy;
use super::spec::{ControlPlaneEndpoint, DnsDomain, NodeSpec, Proxy, ProxyUrl};

/// Units that pull images or talk to the API server.
pub(super) const UNITS: &[&str] = &["crio.service", "kubelet.service"];

/// The drop-in's path for a unit.
pub(super) fn path(unit: &str) -> String {
    format!("/etc/systemd/system/{unit}.d/k8sprep-proxy.conf")
}

/// What a unit is told: names with values.
pub(super) type Variables = Vec<(&'static str, String)>;

/// What the units are told on this host.
pub(super) fn variables(spec: &NodeSpec, proxy: &Proxy, network: &Network) -> Variables {
    let address = network.default_address.known().copied();
    let subnets = network.subnets.known().map_or(&[][..], Vec::as_slice);
    variables_of(spec, proxy, spec.advertise_address.or(address), subnets)
}

/// `own` is the node's address, `subnets` those of its interfaces: of these only the one with the
/// address is put in.
fn variables_of(spec: &NodeSpec, proxy: &Proxy, own: Option<IpAddr>, subnets: &[OwnSubnet]) -> Variables {
    let url = |url: &Option<ProxyUrl>| url.as_ref().map(|url| url.with_password().to_owned());
    let all = [
        ("HTTP_PROXY", url(&proxy.http_proxy)),
        ("HTTPS_PROXY", url(&proxy.https_proxy)),
        ("NO_PROXY", Some(no_proxy(spec, proxy, own, subnets).join(","))),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

/// The drop-in's text.
pub(super) fn drop_in(variables: &Variables) -> String {
    let mut unit = String::from("# Written by k8sprep.\n[Service]\n");
    for (name, value) in variables {
        unit.push_str(&format!("Environment=\"{name}={}\"\n", escaped(value)));
    }
    unit
}

/// The proxy of programs that fetch for k8sprep itself.
#[must_use]
pub fn fetching(spec: &NodeSpec) -> Option<host_prep::Proxy> {
    let wanted = spec.proxy.as_ref()?;
    let mut proxy = host_prep::Proxy::default();
    let url = |url: &Option<ProxyUrl>| url.as_ref().map(|url| url.with_password().to_owned());
    proxy.http = url(&wanted.http_proxy);
    proxy.https = url(&wanted.https_proxy);
    proxy.without = no_proxy(spec, wanted, spec.advertise_address, &[]);
    Some(proxy)
}

/// Read before others of that directory and before apt.conf, so that what somebody else says of a
/// proxy counts (apt.conf(5)).
pub(super) const APT_FILE: &str = "/etc/apt/apt.conf.d/05k8sprep-proxy";

/// apt's settings. It knows no subnets and no domains to leave out, single hosts alone.
///
/// Without a word for https it takes the one for http (tried with apt 2.6.2), which curl and Go do
/// not.
pub(super) fn apt(proxy: &Proxy) -> String {
    let mut text = String::from("// Written by k8sprep.\n");
    let mut set = |key: &str, value: &str| text.push_str(&format!("Acquire::{key} \"{value}\";\n"));
    if let Some(url) = &proxy.http_proxy {
        set("http::Proxy", url.with_password());
    }
    set("https::Proxy", proxy.https_proxy.as_ref().map_or("DIRECT", ProxyUrl::with_password));
    let entries = proxy.no_proxy.iter().map(ToString::to_string);
    let hosts = entries.map(|entry| host_of(&entry).to_owned());
    // What is no name of one host is no tag of that file either.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    for host in hosts.filter(|host| !host.starts_with('.') && host.bytes().all(plain)) {
        set(&format!("http::Proxy::{host}"), "DIRECT");
        set(&format!("https::Proxy::{host}"), "DIRECT");
    }
    text
}

/// The proxy for a URL, if there is one and the URL is not among what is reached without.
pub(super) fn of_url<'a>(proxy: &'a Proxy, url: &str) -> Option<&'a ProxyUrl> {
    let proxied = match url.split_once("://")?.0 {
        "https" => proxy.https_proxy.as_ref(),
        "http" => proxy.http_proxy.as_ref(),
        _ => None,
    }?;
    let without: Vec<String> = proxy.no_proxy.iter().map(ToString::to_string).collect();
    (!NoProxy::parse(&without.join(",")).has_host(host_of_url(url)?)).then_some(proxied)
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

/// The host of a URL, without user, port and brackets.
pub(crate) fn host_of_url(url: &str) -> Option<&str> {
    let authority = url.split_once("://")?.1.split(['/', '?', '#']).next()?;
    Some(host_of(authority.rsplit_once('@').map_or(authority, |(_, host)| host)))
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

    fn proxy(text: &str) -> Proxy {
        let text = format!("kubernetesVersion: v1.34.0\nproxy: {text}\n");
        NodeSpec::from_yaml(&text).unwrap().proxy.unwrap()
    }

    #[test]
    fn a_repository_that_is_near_is_reached_without_it() {
        let wanted = proxy("{httpsProxy: 'http://p:1', noProxy: [example.org, .example.com, 10.0.0.0/8]}");
        let through = |url: &str| of_url(&wanted, url).is_some();
        assert!(
            through("https://pkgs.k8s.io/core:/stable:/v1.34/rpm/")
                && through("https://u:p@pkgs.k8s.io:443/x")
        );
        assert!(
            through("https://notexample.org/")
                && through("https://example.com/")
                && through("https://11.0.0.1/")
        );
        for near in [
            "https://example.org:8443/x",
            "https://m.EXAMPLE.org/",
            "https://a.example.com/",
            "https://10.1.2.3/",
        ] {
            assert!(!through(near), "{near}");
        }
        assert!(!through("http://pkgs.k8s.io/") && !through("file:///srv"));
    }

    #[test]
    fn apt_is_told_of_https_too() {
        let only_http =
            apt(&proxy("{httpProxy: 'http://u:p%40@p:1', noProxy: [m.local, .x.org, 10.0.0.0/8, 'n:80']}"));
        assert_eq!(
            only_http,
            "// Written by k8sprep.\nAcquire::http::Proxy \"http://u:p%40@p:1\";\nAcquire::https::Proxy \"DIRECT\";\n\
             Acquire::http::Proxy::m.local \"DIRECT\";\nAcquire::https::Proxy::m.local \"DIRECT\";\n\
             Acquire::http::Proxy::n \"DIRECT\";\nAcquire::https::Proxy::n \"DIRECT\";\n"
        );
        let only_https = apt(&proxy("{httpsProxy: 'http://p:1'}"));
        assert_eq!(only_https, "// Written by k8sprep.\nAcquire::https::Proxy \"http://p:1\";\n");
    }

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
        let unit = drop_in(&variables_of(&worker, &proxy, None, &[]));
        assert!(unit.contains(",192.168.10.5,mirror.example.com,10.0.0.0/8"), "{unit}");
        let subnets =
            [OwnSubnet::new([198, 51, 100, 7].into(), 24), OwnSubnet::new([192, 0, 2, 7].into(), 26)];
        assert_eq!(
            drop_in(&variables_of(&spec, &proxy, Some([192, 0, 2, 7].into()), &subnets)),
            "# Written by k8sprep.\n[Service]\nEnvironment=\"HTTP_PROXY=http://u:p%%40@proxy:3128\"\n\
             Environment=\"NO_PROXY=localhost,127.0.0.1,::1,.svc,.cluster.local,10.96.0.0/12,10.244.0.0/16,\
             192.0.2.7,192.0.2.0/26,2001:db8::1,10.0.0.0/8\"\n"
        );
    }
}
