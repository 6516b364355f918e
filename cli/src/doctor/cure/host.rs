//! What cures names and what manages interfaces.

use super::wish::Wish;
use crate::doctor::finding::Finding;
use crate::doctor::inspection::Inspection;
use crate::recipe;

/// systemd-networkd reads it when it is started, which is when it would remove them
/// (networkd.conf(5)): nothing has to be restarted now.
const NETWORKD: (&str, &str) = (
    "/etc/systemd/networkd.conf.d/k8sprep-pods.conf",
    "# Written by k8sprep.\n[Network]\nManageForeignRoutes=no\nManageForeignRoutingPolicyRules=no\n",
);

/// For hosts whose resolver has no module that knows the name.
pub(super) fn localhost(_: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    vec![Wish::HostsLine("127.0.0.1 localhost".to_owned())]
}

/// The address by which others reach the node: what the kubelet or the API server is told, else that
/// of the default route.
pub(super) fn own_name(seen: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    let network = &seen.facts().network;
    let name = match network.hostname.live.known() {
        Some(live) => Some(live.clone()),
        None => network.hostname.at_boot.known().cloned().flatten(),
    };
    let of_kubelet = seen.kubelet_flag("node-ip").map(|(address, _)| address);
    let of_apiserver = || {
        let manifest = seen.manifest("kube-apiserver").ok()??;
        Some(manifest.flag("advertise-address")?.value.clone())
    };
    let own = || network.default_address.known().map(ToString::to_string);
    let address = of_kubelet.or_else(of_apiserver).or_else(own);
    let address = address.and_then(|text| text.split(',').next()?.parse::<std::net::IpAddr>().ok());
    let plain = |name: &String| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
    };
    let line = address.zip(name.filter(plain)).map(|(address, name)| format!("{address} {name}"));
    line.map(Wish::HostsLine).into_iter().collect()
}

/// The same file that a spec's plan writes.
pub(super) fn network_manager(_: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    let (path, text) = recipe::network_manager();
    let need = recipe::reload("NetworkManager.service");
    vec![Wish::File { kind: "network-manager", path, text, needs: vec![need] }]
}

/// Both switches at once.
pub(super) fn networkd(_: &Inspection<'_>, _: &Finding) -> Vec<Wish> {
    let (path, text) = (NETWORKD.0.to_owned(), NETWORKD.1.to_owned());
    vec![Wish::File { kind: "network-manager", path, text, needs: Vec::new() }]
}
