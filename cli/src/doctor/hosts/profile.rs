//! What of a host is compared with other hosts: a few values, each with its place.
//!
//! Small enough to be printed by `facts` and kept in an archive: a thousand hosts are compared by
//! a thousand of these, and no host has to be reached. Ids are digests, so that equal ones are
//! found and none is shown.

use std::time::SystemTime;

use host_prep::Host;
use host_prep::facts::is_pod_interface;
use kubeadm_config::CaFile;
use serde::{Deserialize, Serialize};

use crate::doctor::finding::{Evidence, date};
use crate::doctor::identity::digest_of_id;
use crate::doctor::inspection::{Inspection, Pem, Role};

/// The cluster's, on a control plane; on a worker its kubeconfig has it.
const CA: &str = "/etc/kubernetes/pki/ca.crt";
/// Written by flanneld when it knows the node's subnet.
const FLANNEL: &str = "/run/flannel/subnet.env";
/// Interfaces of pods, the one that counts for their packets first.
const POD_LINKS: [&str; 6] = ["flannel.1", "vxlan.calico", "tunl0", "wireguard.cali", "flannel-wg", "cni0"];
/// Interfaces that look alike on every host.
const LOCAL_LINKS: [&str; 7] = ["docker", "br-", "virbr", "lxc", "podman", "veth", "cni"];

/// A value, and where it is from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Value {
    /// What it is.
    pub value: String,
    /// The file with its line, or the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// What of a host is compared with other hosts. What is not there is not known, or the host has none.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Profile {
    /// Its name, as a Node has it.
    pub name: Option<Value>,
    /// What its clock said when it was looked at, RFC 3339.
    pub collected: Option<String>,
    /// Whether kubeadm made it a node.
    pub member: bool,
    /// Whether it runs the API server.
    pub control_plane: bool,
    /// The pins of the CAs that it trusts.
    pub ca: Vec<Value>,
    /// Its addresses, without those of pods and of bridges that look alike everywhere.
    pub addresses: Vec<Value>,
    /// The digest of its machine-id.
    pub machine_id: Option<Value>,
    /// The digest of its product UUID.
    pub product_uuid: Option<Value>,
    /// The minor of its kubelet, `1.34`.
    pub kubelet: Option<Value>,
    /// The minor of its control plane.
    pub kubernetes: Option<Value>,
    /// CRI-O's pause image.
    pub pause_image: Option<Value>,
    /// CRI-O's cgroup driver, else the kubelet's.
    pub cgroup_driver: Option<Value>,
    /// The network of pods: its name and its first plugin.
    pub network: Option<Value>,
    /// The largest packet on the network of pods.
    pub mtu: Option<Value>,
    /// Where images come from instead of their registries.
    pub mirrors: Option<Value>,
    /// The addresses that it gives to pods.
    pub pod_ranges: Vec<Value>,
}

impl Value {
    /// A value and its place.
    pub fn new(value: impl Into<String>, place: Option<&Evidence>) -> Self {
        Self { value: value.into(), place: place.map(ToString::to_string) }
    }
}

impl Profile {
    /// What is compared of a host that is looked at, at the time `now`.
    #[must_use]
    pub fn of(host: &Host, now: SystemTime) -> Self {
        Self::seen(&Inspection::of(host, now))
    }

    /// The same of one that is being looked over.
    pub(in crate::doctor) fn seen(seen: &Inspection<'_>) -> Self {
        let minor = |minor: Option<u64>, place: &Evidence| {
            minor.map(|minor| Value::new(format!("1.{minor}"), Some(place)))
        };
        let manifests = Evidence::file("/etc/kubernetes/manifests/kube-apiserver.yaml");
        Self {
            name: name(seen),
            collected: Some(date(seen.now())),
            member: seen.is_member(),
            control_plane: seen.role() == Role::ControlPlane,
            ca: ca(seen),
            addresses: addresses(seen),
            machine_id: id(seen, "/etc/machine-id"),
            product_uuid: seen.is_running().then(|| id(seen, "/sys/class/dmi/id/product_uuid")).flatten(),
            kubelet: minor(seen.minor_of("kubelet"), &seen.release_evidence("kubelet"))
                .or_else(|| minor(seen.kubernetes_minor(), &manifests)),
            kubernetes: minor(seen.kubernetes_minor(), &manifests)
                .filter(|_| seen.role() == Role::ControlPlane),
            pause_image: text(seen, "crio.image.pause_image"),
            cgroup_driver: text(seen, "crio.runtime.cgroup_manager").or_else(|| {
                let (driver, place) = seen.kubelet_setting("cgroup-driver", "cgroupDriver").ok()??;
                Some(Value::new(driver, Some(&place)))
            }),
            network: network(seen),
            mtu: mtu(seen),
            mirrors: mirrors(seen),
            pod_ranges: pod_ranges(seen),
        }
    }
}

/// The kubelet's own word, else the host's name; in small letters, as the kubelet writes it.
fn name(seen: &Inspection<'_>) -> Option<Value> {
    if let Some((name, place)) = seen.kubelet_flag("hostname-override") {
        return Some(Value::new(name.to_lowercase(), Some(&place)));
    }
    let hostname = &seen.facts().network.hostname;
    let live =
        hostname.live.known().map(|name| (name.clone(), Evidence::kernel("/proc/sys/kernel/hostname")));
    let boot =
        hostname.at_boot.known().cloned().flatten().map(|name| (name, Evidence::file("/etc/hostname")));
    let (name, place) = live.or(boot)?;
    Some(Value::new(name.to_lowercase(), Some(&place)))
}

/// Pins of the CA file, else of the kubelet's kubeconfig.
fn ca(seen: &Inspection<'_>) -> Vec<Value> {
    let of = |bytes: &[u8], place: &Evidence| -> Vec<Value> {
        let file = CaFile::read(bytes).ok();
        file.iter().flat_map(CaFile::pins).map(|pin| Value::new(pin.to_string(), Some(place))).collect()
    };
    if let Ok(Some(file)) = seen.files().file(CA) {
        return of(&file.bytes, &file.evidence());
    }
    let Ok(Some(config)) = seen.kubeconfig("/etc/kubernetes/kubelet.conf") else { return Vec::new() };
    let Some(pem) = &config.ca else { return Vec::new() };
    let place = match pem {
        Pem::Data(_, place) => place.clone(),
        Pem::File(path, _) => Evidence::file(path),
    };
    seen.pem(pem).ok().flatten().map(|bytes| of(&bytes, &place)).unwrap_or_default()
}

/// On a host that does not run, what its files say of its address.
fn addresses(seen: &Inspection<'_>) -> Vec<Value> {
    let local =
        |name: &str| is_pod_interface(name) || LOCAL_LINKS.iter().any(|start| name.starts_with(start));
    if let Some(subnets) = seen.facts().network.subnets.known() {
        // One address alone is a virtual one, which wanders from host to host.
        let own = subnets.iter().filter(|own| !local(&own.interface) && own.prefix < own_bits(own.address));
        let value = |address: &std::net::IpAddr, interface: &str| {
            Value::new(address.to_string(), Some(&Evidence::kernel(format!("interface {interface}"))))
        };
        return own.map(|own| value(&own.address, &own.interface)).collect();
    }
    let flag = seen.manifest("kube-apiserver").ok().flatten().and_then(|pod| pod.flag("advertise-address"));
    let advertised = flag.map(|flag| Value::new(flag.value.clone(), Some(&flag.place)));
    let node = seen.kubelet_flag("node-ip").map(|(value, place)| Value::new(value, Some(&place)));
    let mut found: Vec<Value> = advertised.into_iter().chain(node).collect();
    found.dedup_by(|one, other| one.value == other.value);
    found
}

/// The prefix of an address alone.
fn own_bits(address: std::net::IpAddr) -> u32 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The digest of a file that identifies the machine.
fn id(seen: &Inspection<'_>, path: &str) -> Option<Value> {
    let file = seen.files().file(path).ok()??;
    Some(Value::new(digest_of_id(&file.text())?, Some(&file.evidence())))
}

/// A setting of CRI-O, where CRI-O is.
fn text(seen: &Inspection<'_>, key: &str) -> Option<Value> {
    let (value, place) = seen.crio_text(key).filter(|_| seen.has_crio())?;
    Some(Value::new(value, place.as_ref()))
}

/// Name and first plugin tell networks apart well enough.
fn network(seen: &Inspection<'_>) -> Option<Value> {
    let config = seen.facts().cni.default_config()?;
    let plugin = config.plugins.first().map(String::as_str).unwrap_or_default();
    let name = config.name.as_deref().unwrap_or_default();
    Some(Value::new(format!("{name} ({plugin})"), Some(&Evidence::file(&config.path))))
}

/// Of the tunnel where there is one, else of the configuration.
fn mtu(seen: &Inspection<'_>) -> Option<Value> {
    for name in POD_LINKS.iter().filter(|_| seen.is_running()) {
        let path = format!("/sys/class/net/{name}/mtu");
        if let Ok(Some(file)) = seen.files().live(&path) {
            return Some(Value::new(format!("{} on {name}", file.text().trim()), Some(&file.evidence())));
        }
    }
    let network = seen.network().ok()??;
    let first = network.root.get("plugins").and_then(|plugins| plugins.as_sequence()?.first());
    let node = first.unwrap_or(&network.root).get("mtu")?;
    Some(Value::new(node.as_i64()?.to_string(), Some(&network.at(node))))
}

/// The files in the order in which they count; the last that has a registry counts for it.
fn mirrors(seen: &Inspection<'_>) -> Option<Value> {
    let mut found = std::collections::BTreeMap::new();
    let mut place = None;
    for file in seen.facts().crio.registries.known()? {
        let Ok(read) = crio_config::read_registries(&file.text()) else { continue };
        for registry in &read.registries {
            let mirrors: Vec<String> = registry.mirrors.iter().map(|one| one.location.to_string()).collect();
            place = Some(Evidence::file(file.path.display().to_string()));
            found.insert(registry.prefix.to_string(), mirrors.join(", "));
        }
    }
    found.retain(|_, mirrors| !mirrors.is_empty());
    let lines: Vec<String> =
        found.iter().map(|(prefix, mirrors)| format!("{prefix} from {mirrors}")).collect();
    let value = if lines.is_empty() { "no mirror".to_owned() } else { lines.join("; ") };
    Some(Value::new(value, place.as_ref()))
}

/// flannel's subnet file first, then the configuration's own subnets.
fn pod_ranges(seen: &Inspection<'_>) -> Vec<Value> {
    if !seen.is_member() {
        return Vec::new();
    }
    if let Ok(Some(file)) = seen.files().live(FLANNEL) {
        let text = file.text().into_owned();
        let subnets = text.lines().filter_map(|line| {
            line.strip_prefix("FLANNEL_SUBNET=").or_else(|| line.strip_prefix("FLANNEL_IPV6_SUBNET="))
        });
        return subnets.map(|subnet| Value::new(subnet.trim(), Some(&file.evidence()))).collect();
    }
    let Ok(Some(network)) = seen.network() else { return Vec::new() };
    network.subnets().into_iter().map(|(subnet, place)| Value::new(subnet, Some(&place))).collect()
}
