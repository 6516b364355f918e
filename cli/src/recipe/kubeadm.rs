//! kubeadm's side: the configuration file for `kubeadm init`.
//!
//! Said in this order, later wins: documents that the spec brings along, the spec's own fields
//! with what was agreed, single values by path. The result is defaulted for the host and validated
//! with kubeadm's rules before anything is written.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use host_prep::cluster::Standing;
use host_prep::facts::Facts;
use host_prep::resource::Obstacle;
use kubeadm_config::yaml::{self, SplitRules};
use kubeadm_config::{Asked, BootstrapToken, CgroupDriver, ClusterSpec, HostFacts, KubernetesVersion};

use super::agree::{Agreed, agree};
use super::kubeadm_file::{brought, token_in};
use super::spec::{CgroupPolicy, KubeadmDocuments, NodeSpec, Role};
use super::table::{CGROUP_CHECK, KUBELET_CONFIG_HAS_DRIVER, KUBELET_NEEDS_CGROUP_V2};

/// Where the configuration for `kubeadm init --config` is written, mode 0600: it holds the
/// bootstrap token.
pub const KUBEADM_FILE: &str = "/etc/kubernetes/k8sprep/kubeadm.yaml";

/// What kubeadm's documents are to a host.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "kubeadm has read them or will")]
pub enum Documents {
    /// kubeadm will read them. The token is used where the spec has none: the one of the [file
    /// written before](token_in), else a new random one.
    Ahead(BootstrapToken),
    /// kubeadm has come to its end here, and reads none again.
    Read {
        /// What the host is by now.
        standing: Standing,
        /// [`KUBEADM_FILE`] as it lies there.
        written: Option<Vec<u8>>,
    },
}

/// The documents as YAML, or what kubeadm would refuse.
pub(super) fn documents(
    spec: &NodeSpec,
    agreed: &Agreed,
    host: &HostFacts,
    token: BootstrapToken,
) -> Result<String, String> {
    let mut asked = Asked::new(agreed.kubeadm.clone());
    brought(spec, &mut asked)?;
    asked.cluster(&cluster(spec, agreed, token));
    set_values(spec, &mut asked);
    let valid =
        asked.defaulted(host).validate().map_err(|report| without_values(spec, report.to_string()))?;
    valid.to_yaml().map_err(|error| error.to_string())
}

/// What is said of documents, without the secrets among the spec's own values: what is wrong with
/// one is nearly right.
pub(super) fn without_values(spec: &NodeSpec, said: String) -> String {
    let KubeadmDocuments::Write(values) = &spec.kubeadm else { return said };
    values.secrets().iter().fold(said, |said, secret| said.replace(secret.as_str(), "***"))
}

/// The values of the spec that have no field there, said last.
pub(super) fn set_values(spec: &NodeSpec, asked: &mut Asked) {
    if let KubeadmDocuments::Write(values) = &spec.kubeadm {
        values.iter().for_each(|value| asked.set(value.clone()));
    }
}

/// What is the matter where a spec asks for documents of `kubeadm init`, and kubeadm has come to
/// its end on the host.
///
/// A file that says what the spec says is well, whatever patch of Kubernetes it was written for:
/// the cluster goes on by `kubeadm upgrade`, and the file does not follow.
pub(super) fn read_already(
    spec: &NodeSpec,
    facts: &Facts,
    standing: &Standing,
    written: Option<&[u8]>,
) -> Option<Obstacle> {
    let problem = |code, what: String, hint: String| Some(Obstacle::new("kubeadm", code, what, hint));
    let leave = "`kubeadm: leave` in the spec prepares the host and leaves what kubeadm made of it";
    let Some(written) = written else {
        let what = format!(
            "{standing}, and not by {KUBEADM_FILE}: `kubeadm init` is not run again, and nothing would read that file"
        );
        let hint = format!("{leave}; `kubeadm reset` first, if the host is to become another cluster");
        return problem("kubeadm-config-after-init", what, hint);
    };
    let (line, before) = changed(spec, facts, written)?;
    let what = format!(
        "{standing}, and the spec asks for another cluster than {KUBEADM_FILE} did: {line} (it was {before}); \
         `kubeadm init` is not run again"
    );
    let version = &spec.kubernetes_version;
    let hint = format!(
        "set the spec back; or in this order: `kubectl -n kube-system edit configmap kubeadm-config`, \
         `kubeadm upgrade apply {version}` here, `kubeadm upgrade node` on every other control plane, then write the same \
         into {KUBEADM_FILE} (subnets and the DNS domain of a cluster cannot be changed so); or {leave}"
    );
    problem("kubeadm-config-after-init", what, hint)
}

/// The first line of the cluster's own documents that the spec would have otherwise, and what it
/// was.
fn changed(spec: &NodeSpec, facts: &Facts, written: &[u8]) -> Option<(String, String)> {
    // An upgrade changes the cluster's version and not this file, so versions are not compared.
    let was = version_in(written).unwrap_or_else(|| spec.kubernetes_version.clone());
    let spec = NodeSpec { kubernetes_version: was, ..spec.clone() };
    let token = token_in(written)?;
    let wanted = documents(&spec, &agree(&spec).ok()?, &host(&spec, facts), token).ok()?;
    let (wanted, written) = (of_cluster(wanted.as_bytes()), of_cluster(written));
    let key = |line: &str| line.split(':').next().unwrap_or_default().to_owned();
    let differs = wanted.iter().find(|line| !written.contains(line));
    if let Some(line) = differs {
        let before = written.iter().find(|old| key(old) == key(line)).map_or("not there", String::as_str);
        return Some((line.trim().to_owned(), before.trim().to_owned()));
    }
    let gone = written.iter().find(|line| !wanted.contains(line))?;
    Some((format!("no {}", gone.trim()), "there".to_owned()))
}

/// The version of Kubernetes that documents name.
fn version_in(file: &[u8]) -> Option<KubernetesVersion> {
    let lines = of_cluster(file);
    lines.iter().find_map(|line| line.strip_prefix("kubernetesVersion: ")?.trim_matches('"').parse().ok())
}

/// The lines of every document but the one of this node's own `init`, which may hold a token of its
/// time.
fn of_cluster(file: &[u8]) -> Vec<String> {
    let documents = yaml::split(file, &SplitRules::default()).unwrap_or_default();
    let own = documents.iter().map(|document| String::from_utf8_lossy(&document.text).into_owned());
    // What is of the node and not of the cluster may differ: address, name, token.
    let own = own.filter(|text| !text.lines().any(|line| line == "kind: InitConfiguration"));
    own.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// The spec's fields as `kubeadm_config` has them.
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
    if runs_on_cgroup_v1(spec) {
        cluster.fail_cgroup_v1 = Some(false);
        // The gate alone does not help: preflight refuses cgroup v1 by itself
        // (SystemVerification).
        cluster.node.ignore_preflight_errors.push(CGROUP_CHECK.to_owned());
    }
    cluster
}

/// What the documents of `kubeadm init` say of cgroup v1 by themselves, without `cgroup: keep`: whether the
/// kubelet runs there, and whether kubeadm passes over its own check.
pub(super) fn says_of_cgroup_v1(spec: &NodeSpec, agreed: &Agreed, facts: &Facts) -> (bool, bool) {
    // Which token it is says nothing of that.
    let token = "abcdef.0123456789abcdef".parse::<BootstrapToken>().ok();
    let written = |host: &HostFacts| documents(spec, agreed, host, token.clone()?).ok();
    let is_written =
        !spec.joins() && spec.role == Role::ControlPlane && spec.kubeadm != KubeadmDocuments::Leave;
    let host = host(spec, facts);
    let text = is_written.then(|| complete(&host).iter().find_map(written)).flatten().unwrap_or_default();
    let says = |words: &[&str]| text.lines().any(|line| words.contains(&line.trim()));
    let check = format!("- {CGROUP_CHECK}");
    (says(&["failCgroupV1: false"]), says(&[&check, "- all", "- All"]))
}

/// Whether the kubelet is told to run on cgroup v1, where it would not by itself.
pub(super) fn runs_on_cgroup_v1(spec: &NodeSpec) -> bool {
    let needs = spec.kubernetes_version.minor().number() >= KUBELET_NEEDS_CGROUP_V2;
    spec.cgroup == Some(CgroupPolicy::Keep) && needs
}

/// Only what kubeadm would find out by itself: name, address of the default route, resolver.
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

/// The host with a name and an address where it has none, of either family: what is refused on both
/// is not the host's fault.
pub(super) fn complete(host: &HostFacts) -> [HostFacts; 2] {
    let named = |mut host: HostFacts| {
        if host.host_name.is_empty() {
            host.host_name = "node-1".to_owned();
        }
        host
    };
    let [mut v4, mut v6] = [named(host.clone()), named(host.clone())];
    if host.ipv4_route_address.is_none() && host.ipv6_route_address.is_none() {
        // Addresses for documentation: RFC 5737, RFC 3849.
        v4.ipv4_route_address = Some(Ipv4Addr::new(192, 0, 2, 1));
        v6.ipv6_route_address = Some(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1));
    }
    [v4, v6]
}
