//! Defaults that depend on nothing but the release (kubeadm's `SetDefaults_...`).
//!
//! Source: `cmd/kubeadm/app/apis/kubeadm/<version>/defaults.go`. They run on the type that has
//! every field of every version; a field that an API version does not have is not printed there.
//! "Not set" is Go's zero value for a text or number and `None` for what Go holds by pointer, so
//! that `false` and `0s` can be meant.

use crate::model::{
    APIEndpoint, BootstrapToken, ClusterConfiguration, ExternalEtcd, InitConfiguration, JoinConfiguration,
    LocalEtcd, NodeRegistrationOptions, ResetConfiguration, Timeouts, UpgradeConfiguration,
};
use crate::release::{Change, KubeadmRelease};
use crate::value::Duration;

/// Of the API server.
const BIND_PORT: i32 = 6443;
/// On Linux; kubeadm's Windows defaults are not modelled.
const CERTIFICATES_DIR: &str = "/etc/kubernetes/pki";
/// Of the node's own images, since v1beta3.
const PULL_POLICY: &str = "IfNotPresent";

/// Fills in an InitConfiguration.
///
/// One empty token becomes one with everything but its text, which the host's random numbers give
/// later.
pub(crate) fn init(init: &mut InitConfiguration, release: &KubeadmRelease) {
    // One token that is still to be made up (`SetDefaults_BootstrapTokens`): a `kubeadm init`
    // without any prints a join command all the same.
    if init.bootstrap_tokens.is_empty() {
        init.bootstrap_tokens.push(BootstrapToken::default());
    }
    init.bootstrap_tokens.iter_mut().for_each(token);
    endpoint(&mut init.local_api_endpoint);
    registration(&mut init.node_registration, release);
    timeouts(init.timeouts.get_or_insert_default());
}

/// The lifetime is set even where `expires` is given; validation refuses the pair then, as
/// kubeadm's does.
fn token(token: &mut BootstrapToken) {
    let texts = |all: &[&str]| all.iter().map(|text| (*text).to_owned()).collect();
    if token.usages.is_empty() {
        token.usages = texts(&["signing", "authentication"]);
    }
    if token.groups.is_empty() {
        token.groups = texts(&["system:bootstrappers:kubeadm:default-node-token"]);
    }
    // `DefaultTokenDuration`; set beside `expires` too.
    token.ttl.get_or_insert(Duration::from_hours(24));
}

fn endpoint(endpoint: &mut APIEndpoint) {
    if endpoint.bind_port == 0 {
        endpoint.bind_port = BIND_PORT;
    }
}

fn registration(registration: &mut NodeRegistrationOptions, release: &KubeadmRelease) {
    // The field came with v1beta3, and so with 1.22.
    if release.has(Change::ImagePullPolicy) {
        or_default(&mut registration.image_pull_policy, PULL_POLICY);
    }
    registration.image_pull_serial.get_or_insert(true);
}

/// The values of v1beta4's `SetDefaults_Timeouts`. Before v1beta4 no document has the fields.
fn timeouts(timeouts: &mut Timeouts) {
    let minutes = |number: i64| Duration::from_secs(60 * number);
    timeouts.control_plane_component_health_check.get_or_insert(minutes(4));
    timeouts.kubelet_health_check.get_or_insert(minutes(4));
    // The constants are those of kubeadm's constants.go, `SetDefaults_Timeouts`.
    timeouts.kubernetes_api_call.get_or_insert(minutes(1));
    timeouts.etcd_api_call.get_or_insert(minutes(2));
    timeouts.tls_bootstrap.get_or_insert(minutes(5));
    timeouts.discovery.get_or_insert(minutes(5));
    timeouts.upgrade_manifests.get_or_insert(minutes(5));
}

fn or_default(text: &mut String, default: &str) {
    if text.is_empty() {
        default.clone_into(text);
    }
}

/// Fills in a ClusterConfiguration.
///
/// etcd is local unless something is said about it.
pub(crate) fn cluster(cluster: &mut ClusterConfiguration, release: &KubeadmRelease) {
    // `DefaultKubernetesVersion`: a label, which is looked up on the network (defaults/label.rs).
    or_default(&mut cluster.kubernetes_version, "stable-1");
    or_default(&mut cluster.networking.service_subnet, "10.96.0.0/12");
    or_default(&mut cluster.networking.dns_domain, "cluster.local");
    or_default(&mut cluster.certificates_dir, CERTIFICATES_DIR);
    or_default(&mut cluster.image_repository, release.image_repository());
    or_default(&mut cluster.cluster_name, "kubernetes");
    or_default(&mut cluster.dns.dns_type, "CoreDNS");
    // The same for documents without the field: the conversion from v1beta3 sets it too
    // (`Convert_v1beta3_ClusterConfiguration_To_kubeadm_ClusterConfiguration`).
    let algorithm = if release.has(Change::AlgorithmsAreFamilies) { "RSA" } else { "RSA-2048" };
    or_default(&mut cluster.encryption_algorithm, algorithm);
    cluster.certificate_validity_period.get_or_insert(Duration::from_hours(365 * 24));
    cluster.ca_certificate_validity_period.get_or_insert(Duration::from_hours(10 * 365 * 24));
    // Stacked etcd is what nobody has to ask for (`SetDefaults_Etcd`).
    if cluster.etcd.local.is_none() && cluster.etcd.external.is_none() {
        cluster.etcd.local = Some(LocalEtcd::default());
    }
    if let Some(local) = &mut cluster.etcd.local {
        or_default(&mut local.data_dir, "/var/lib/etcd");
    }
    if let Some(external) = &mut cluster.etcd.external {
        http_endpoints(external, release);
    }
    if release.has(Change::ApiServerTimeout) {
        cluster.api_server.timeout_for_control_plane.get_or_insert(Duration::from_secs(240));
    }
    environment_sources(cluster);
}

/// Since 1.35: where none are given they are the same as the others.
fn http_endpoints(external: &mut ExternalEtcd, release: &KubeadmRelease) {
    if release.has(Change::HttpEndpoints) && external.http_endpoints.is_empty() {
        external.http_endpoints = external.endpoints.clone().unwrap_or_default();
    }
}

/// A field of the Pod is looked up in core/v1 if nothing else is said.
fn environment_sources(cluster: &mut ClusterConfiguration) {
    let components =
        [&mut cluster.api_server.component, &mut cluster.controller_manager, &mut cluster.scheduler];
    let of_components = components.into_iter().flat_map(|component| &mut component.extra_envs);
    let of_etcd = cluster.etcd.local.iter_mut().flat_map(|local| &mut local.extra_envs);
    for variable in of_components.chain(of_etcd) {
        // Defaults of core/v1 that kubeadm writes out itself (`SetDefaults_EnvVar`).
        if let Some(serde_json::Value::Object(field)) = variable.pointer_mut("/valueFrom/fieldRef") {
            let missing =
                field.get("apiVersion").and_then(|version| version.as_str()).is_none_or(str::is_empty);
            if missing {
                field.insert("apiVersion".into(), "v1".into());
            }
        }
    }
}

/// Fills in a JoinConfiguration.
///
/// The token of discovery is also that of the TLS bootstrap unless another is given. A `file:` URL
/// becomes its path.
pub(crate) fn join(join: &mut JoinConfiguration, release: &KubeadmRelease) {
    or_default(&mut join.ca_cert_path, "/etc/kubernetes/pki/ca.crt");
    registration(&mut join.node_registration, release);
    if let Some(control_plane) = &mut join.control_plane {
        endpoint(&mut control_plane.local_api_endpoint);
    }
    let discovery = &mut join.discovery;
    if let Some(by_token) = &discovery.bootstrap_token {
        // One token for both, as `kubeadm join --token` says (`SetDefaults_Discovery`).
        or_default(&mut discovery.tls_bootstrap_token, &by_token.token);
    }
    if let Some(file) = &mut discovery.file
        && let Ok(url) = release.url(&file.kube_config_path)
        // `SetDefaults_FileDiscovery`: a file URL becomes a path.
        && url.scheme == "file"
    {
        file.kube_config_path = url.path;
    }
    timeouts(join.timeouts.get_or_insert_default());
}

/// Fills in a ResetConfiguration.
pub(crate) fn reset(reset: &mut ResetConfiguration) {
    or_default(&mut reset.certificates_dir, CERTIFICATES_DIR);
    timeouts(reset.timeouts.get_or_insert_default());
}

/// Fills in an UpgradeConfiguration.
///
/// `plan` and `diff` have next to no defaults: nothing is changed by them.
pub(crate) fn upgrade(upgrade: &mut UpgradeConfiguration) {
    let apply = &mut upgrade.apply;
    apply.certificate_renewal.get_or_insert(true);
    apply.etcd_upgrade.get_or_insert(true);
    apply.image_pull_serial.get_or_insert(true);
    or_default(&mut apply.image_pull_policy, PULL_POLICY);
    let node = &mut upgrade.node;
    node.certificate_renewal.get_or_insert(true);
    node.etcd_upgrade.get_or_insert(true);
    node.image_pull_serial.get_or_insert(true);
    or_default(&mut node.image_pull_policy, PULL_POLICY);
    upgrade.plan.etcd_upgrade.get_or_insert(true);
    timeouts(upgrade.timeouts.get_or_insert_default());
}
