//! kubeadm's side of a node that joins: the configuration file for `kubeadm join`.

use kubeadm_config::{Asked, HostFacts, JoinControlPlaneSpec, JoinSpec};

use super::agree::Agreed;
use super::kubeadm::{runs_on_cgroup_v1, set_values, without_values};
use super::kubeadm_file::brought;
use super::spec::{Join, NodeSpec, Role};
use super::table::CGROUP_CHECK;

/// Where the configuration for `kubeadm join --config` is written, mode 0600: it holds the token.
pub const JOIN_FILE: &str = "/etc/kubernetes/k8sprep/join.yaml";

/// The document as YAML, or what kubeadm would refuse.
pub(super) fn document(
    spec: &NodeSpec,
    join: &Join,
    agreed: &Agreed,
    host: &HostFacts,
) -> Result<String, String> {
    let mut around = host.clone();
    // It may be brought to the node later; kubeadm looks for it when it runs.
    around.existing_files.extend(join.discovery_file.as_ref().map(ToString::to_string));
    let mut asked = Asked::new(agreed.kubeadm.clone());
    brought(spec, &mut asked)?;
    asked.join(&joining(spec, join, agreed));
    set_values(spec, &mut asked);
    let valid =
        asked.defaulted(&around).validate().map_err(|report| without_values(spec, report.to_string()))?;
    valid.to_yaml().map_err(|error| error.to_string())
}

/// What the spec says of it, in the words of `kubeadm_config`. With a discovery file the token is
/// only for the TLS bootstrap.
fn joining(spec: &NodeSpec, join: &Join, agreed: &Agreed) -> JoinSpec {
    let mut asked = JoinSpec::default();
    asked.node.name = spec.node_name.as_ref().map(ToString::to_string);
    asked.node.cri_socket = Some(agreed.cri_socket.clone());
    if runs_on_cgroup_v1(spec) {
        asked.node.ignore_preflight_errors.push(CGROUP_CHECK.to_owned());
    }
    // kubeadm refuses both at once (`ValidateDiscovery`).
    if join.discovery_file.is_some() {
        asked.discovery.file = join.discovery_file.as_ref().map(ToString::to_string);
        asked.discovery.tls_bootstrap_token.clone_from(&join.token);
    } else {
        asked.discovery.endpoint.clone_from(&join.api_server_endpoint);
        asked.discovery.token.clone_from(&join.token);
        asked.discovery.pins.clone_from(&join.ca_cert_hashes);
    }
    if spec.role == Role::ControlPlane {
        let mut control_plane = JoinControlPlaneSpec::default();
        control_plane.certificate_key.clone_from(&join.certificate_key);
        control_plane.endpoint.advertise_address = spec.advertise_address;
        asked.control_plane = Some(control_plane);
    }
    asked
}
