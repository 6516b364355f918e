//! What kubeadm fills in of the kubelet's and of kube-proxy's configuration, and what it recommends
//! there.
//!
//! Sources: `cmd/kubeadm/app/componentconfigs/kubelet.go` and `kubeproxy.go`. kubeadm has an
//! opinion here and not only a default: a value that is not set is filled in, a value that differs
//! stays and is warned of ("The recommended value for ... is: ...; the provided value is: ...").
//! Which fields depends on the release (`Change`).

use serde_json::{Map, Value, json};

use crate::go::{Cidr, parse_ip_sloppy, print_ip};
use crate::host::HostFacts;
use crate::message::Warning;
use crate::model::{APIEndpoint, ClusterConfiguration};
use crate::release::{Change, KubeadmRelease};

const KUBELET: &str = "KubeletConfiguration";
const KUBE_PROXY: &str = "KubeProxyConfiguration";

/// What the defaults of components depend on.
///
/// All of it is read; the cluster is defaulted already.
pub(crate) struct Surroundings<'a> {
    pub(crate) cluster: &'a ClusterConfiguration,
    pub(crate) endpoint: &'a APIEndpoint,
    pub(crate) cri_socket: &'a str,
    pub(crate) release: &'a KubeadmRelease,
    pub(crate) facts: &'a HostFacts,
}

/// A component's configuration on its way through the defaults.
struct Filler<'a> {
    kind: &'static str,
    content: &'a mut Map<String, Value>,
    warnings: &'a mut Vec<Warning>,
}

impl Filler<'_> {
    /// Sets a value that is not there (or empty), warns of one that differs.
    fn recommend(&mut self, path: &[&str], value: &Value) {
        match self.at(path) {
            None => self.set(path, value.clone()),
            Some(given) if is_unset(given, value) => self.set(path, value.clone()),
            Some(given) if given == value => {}
            Some(given) => {
                let given = given.clone();
                self.warn(&path.join("."), value, &given);
            }
        }
    }

    /// The sentence of kubeadm's `warnDefaultComponentConfigValue`.
    fn warn(&mut self, field: &str, recommended: &Value, given: &Value) {
        self.warnings.push(Warning::recommended(self.kind, field, &shown(recommended), &shown(given)));
    }

    /// `None` where any part of the path is missing.
    fn at(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        rest.iter().try_fold(self.content.get(*first)?, |value, key| value.get(*key))
    }

    /// Makes the maps on the way.
    fn set(&mut self, path: &[&str], value: Value) {
        let Some((last, parents)) = path.split_last() else { return };
        let mut map = &mut *self.content;
        for parent in parents {
            let entry = map.entry(*parent).or_insert_with(|| json!({}));
            if !entry.is_object() {
                *entry = json!({});
            }
            let Value::Object(inner) = entry else { return };
            map = inner;
        }
        map.insert((*last).to_owned(), value);
    }
}

/// Text is unset when empty; everything else is a pointer or a list to Go and unset only when
/// absent.
fn is_unset(given: &Value, default: &Value) -> bool {
    given.is_null() || (default.is_string() && given.as_str() == Some(""))
}

/// As Go prints a value with `%v`.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => format!("[{}]", values.iter().map(shown).collect::<Vec<_>>().join(" ")),
        other => other.to_string(),
    }
}

/// Fills in a KubeletConfiguration.
///
/// The order is that of the file, since warnings come out in it.
pub(crate) fn kubelet(
    content: &mut Map<String, Value>,
    around: &Surroundings<'_>,
    warnings: &mut Vec<Warning>,
) {
    let cluster = around.cluster;
    let mut filler = Filler { kind: KUBELET, content, warnings };
    filler.recommend(&["staticPodPath"], &json!("/etc/kubernetes/manifests"));
    filler.recommend(&["clusterDNS"], &json!([cluster_dns(cluster, around.release)]));
    filler.recommend(&["clusterDomain"], &json!(cluster.networking.dns_domain));
    let ca = join_path(&cluster.certificates_dir, "ca.crt");
    filler.recommend(&["authentication", "x509", "clientCAFile"], &json!(ca));
    filler.recommend(&["authentication", "anonymous", "enabled"], &json!(false));
    filler.recommend(&["authorization", "mode"], &json!("Webhook"));
    filler.recommend(&["authentication", "webhook", "enabled"], &json!(true));
    filler.recommend(&["healthzBindAddress"], &json!("127.0.0.1"));
    filler.recommend(&["healthzPort"], &json!(10248));
    if let Some(port) = filler.at(&["readOnlyPort"]).filter(|port| port.as_i64() != Some(0)).cloned() {
        filler.warn("readOnlyPort", &json!(0), &port);
    }
    // kubeadm does not ask here: kubelet certificates of its clusters are always rotated.
    filler.set(&["rotateCertificates"], json!(true));
    cgroup_driver(&mut filler, around);
    if around.release.has(Change::ResolverDefault) && around.facts.systemd_resolved {
        filler.recommend(&["resolvConf"], &json!("/run/systemd/resolve/resolv.conf"));
    }
}

/// Up to 1.21 kubeadm asks Docker, and says so if it gets no answer.
fn cgroup_driver(filler: &mut Filler<'_>, around: &Surroundings<'_>) {
    if around.release.has(Change::SystemdCgroupDriver) {
        let empty = filler.at(&["cgroupDriver"]).is_none_or(|driver| is_unset(driver, &json!("")));
        if empty {
            filler.set(&["cgroupDriver"], json!("systemd"));
        }
        return;
    }
    if around.cri_socket != around.release.default_cri_socket() {
        return;
    }
    match &around.facts.docker_cgroup_driver {
        Some(driver) => filler.recommend(&["cgroupDriver"], &json!(driver)),
        None => filler.warnings.push(Warning::no_docker()),
    }
}

/// The tenth address of the first service subnet.
fn cluster_dns(cluster: &ClusterConfiguration, release: &KubeadmRelease) -> String {
    let gate = cluster.feature_gates.get("IPv6DualStack").copied().unwrap_or(false);
    // Before dual-stack a comma is no subnet list, and kubeadm falls back to its constant.
    let single = !release.has(Change::DualStackByDefault) && !gate;
    if single && cluster.networking.service_subnet.contains(',') {
        return "10.96.0.10".to_owned();
    }
    let parsed: Result<Vec<Cidr>, _> = cluster.networking.service_subnet.split(',').map(str::parse).collect();
    let tenth = parsed.ok().and_then(|subnets| subnets.first()?.address(10));
    tenth.map_or_else(|| "10.96.0.10".to_owned(), print_ip)
}

/// Fills in a KubeProxyConfiguration.
///
/// `clusterCIDR` and the bind address follow from the cluster and the node.
pub(crate) fn kube_proxy(
    content: &mut Map<String, Value>,
    around: &Surroundings<'_>,
    warnings: &mut Vec<Warning>,
) {
    let mut filler = Filler { kind: KUBE_PROXY, content, warnings };
    bind_address(&mut filler, around);
    let pod_subnet = &around.cluster.networking.pod_subnet;
    // Without a subnet for Pods there is nothing to recommend.
    if !pod_subnet.is_empty() {
        filler.recommend(&["clusterCIDR"], &json!(pod_subnet));
    }
    filler.recommend(&["clientConnection", "kubeconfig"], &json!("/var/lib/kube-proxy/kubeconfig.conf"));
    if around.release.has(Change::ProxyModeDefault)
        && filler.at(&["mode"]).is_none_or(|mode| mode.as_str() == Some(""))
    {
        filler.set(&["mode"], json!("iptables"));
    }
    let ipvs = filler.at(&["mode"]).is_some_and(|mode| mode.as_str() == Some("ipvs"));
    if ipvs && around.release.has(Change::IpvsIsDeprecated) {
        filler.warnings.push(Warning::ipvs_is_deprecated());
    }
}

/// By address family from the release on that has `Change::BindAddressByFamily`; before it the
/// advertised address decides, and one old release prints given and recommended value the wrong
/// way round.
fn bind_address(filler: &mut Filler<'_>, around: &Surroundings<'_>) {
    let is_v4 = |text: &str| parse_ip_sloppy(text).map(|ip| ip.is_ipv4());
    let any = |v4: bool| if v4 { "0.0.0.0" } else { "::" };
    let default = any(is_v4(&around.endpoint.advertise_address).unwrap_or(false));
    let given = filler.at(&["bindAddress"]).and_then(Value::as_str).unwrap_or_default().to_owned();
    if given.is_empty() {
        filler.set(&["bindAddress"], json!(default));
        return;
    }
    if !around.release.has(Change::BindAddressByFamily) {
        if given != default {
            let (default, given) = (json!(default), json!(given));
            let swapped = around.release.has(Change::BindAddressSwapped);
            let (first, second) = if swapped { (given, default) } else { (default, given) };
            filler.warn("bindAddress", &first, &second);
        }
        return;
    }
    match is_v4(&given) {
        None => filler.warnings.push(Warning::not_an_address(KUBE_PROXY, "bindAddress", &given)),
        Some(v4) if given != any(v4) => filler.warn("bindAddress", &json!(any(v4)), &json!(given)),
        Some(_) => {}
    }
}

/// Go's `filepath.Join` of a directory and a file in it.
///
/// The shortest form: `..` takes a part away, `.` and doubled slashes are dropped.
pub(crate) fn join_path(dir: &str, file: &str) -> String {
    let rooted = dir.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in dir.split('/').chain([file]) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    format!("{}{}", if rooted { "/" } else { "" }, parts.join("/"))
}
