//! Values that a spec sets in kubeadm's documents (`kubeadm:`) and that one of its own fields decides
//! already: packages, CRI-O and the firewall go by the field, and kubeadm would go by the value. Pure.

use super::spec::{KubeadmDocuments, NodeSpec};

/// What CRI-O and the kubelet are told, whether the spec says it or not.
pub(super) struct Told<'a> {
    pub(super) image_repository: &'a str,
    pub(super) cri_socket: &'a str,
    pub(super) cgroup_driver: &'a str,
}

/// A path in kubeadm's documents, the field that decides it, and what it is then. A field that is left out
/// and from which nothing else follows decides nothing.
fn decided(spec: &NodeSpec, told: &Told<'_>) -> Vec<(&'static str, &'static str, Option<String>)> {
    let networking = &spec.networking;
    let text = |one: &dyn ToString| Some(one.to_string());
    vec![
        ("kubernetesVersion", "kubernetesVersion", text(&spec.kubernetes_version)),
        ("imageRepository", "imageRepository", text(&told.image_repository)),
        ("nodeRegistration.criSocket", "criSocket", text(&told.cri_socket)),
        ("KubeletConfiguration.containerRuntimeEndpoint", "criSocket", text(&told.cri_socket)),
        ("KubeletConfiguration.cgroupDriver", "cgroupDriver", text(&told.cgroup_driver)),
        ("nodeRegistration.name", "nodeName", spec.node_name.as_ref().map(ToString::to_string)),
        (
            "localAPIEndpoint.advertiseAddress",
            "advertiseAddress",
            spec.advertise_address.map(|address| address.to_string()),
        ),
        (
            "controlPlaneEndpoint",
            "controlPlaneEndpoint",
            spec.control_plane_endpoint.as_ref().map(ToString::to_string),
        ),
        ("clusterName", "clusterName", spec.cluster_name.as_ref().map(ToString::to_string)),
        (
            "networking.podSubnet",
            "networking.podSubnet",
            networking.pod_subnet.as_ref().map(ToString::to_string),
        ),
        (
            "networking.serviceSubnet",
            "networking.serviceSubnet",
            networking.service_subnet.as_ref().map(ToString::to_string),
        ),
        (
            "networking.dnsDomain",
            "networking.dnsDomain",
            networking.dns_domain.as_ref().map(ToString::to_string),
        ),
    ]
}

/// A value with its path, and the field that says another, with its value.
pub(super) type Otherwise = ((String, String), (&'static str, String));

/// What the values say otherwise than the fields.
pub(super) fn otherwise(spec: &NodeSpec, told: &Told<'_>) -> Vec<Otherwise> {
    let KubeadmDocuments::Write(values) = &spec.kubeadm else { return Vec::new() };
    let decided = decided(spec, told);
    let mut found = Vec::new();
    for (path, text) in values.leaves() {
        let bare = ["ClusterConfiguration.", "InitConfiguration.", "JoinConfiguration."]
            .into_iter()
            .find_map(|kind| path.strip_prefix(kind))
            .unwrap_or(&path);
        for (known, field, wanted) in &decided {
            let Some(wanted) = wanted.as_ref().filter(|_| *known == bare) else { continue };
            if same(known, &text, wanted) {
                continue;
            }
            found.push(((format!("kubeadm.{path}"), text.clone()), (*field, wanted.clone())));
        }
    }
    found
}

/// A path without the link that `/var/run` is.
pub(super) fn plain(path: &str) -> String {
    path.strip_prefix("/var/run/").map_or_else(|| path.to_owned(), |rest| format!("/run/{rest}"))
}

/// The path of a socket. The kubelet takes the path of a `unix` URL, with slashes or without, and a
/// text without a scheme as a path (`parseEndpointWithFallbackProtocol`, util_unix.go).
fn bare_socket(text: &str) -> String {
    plain(text.strip_prefix("unix://").or_else(|| text.strip_prefix("unix:")).unwrap_or(text))
}

/// Whether two texts name one socket.
pub(crate) fn same_socket(one: &str, other: &str) -> bool {
    bare_socket(one) == bare_socket(other)
}

/// Whether both texts mean the same.
fn same(path: &str, one: &str, other: &str) -> bool {
    let bare = |text: &str| -> String {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        match path {
            "kubernetesVersion" => text.trim_start_matches('v').to_owned(),
            _ if path.ends_with("criSocket") || path.ends_with("Endpoint") => bare_socket(&text),
            _ => text,
        }
    };
    bare(one) == bare(other)
}
