//! Every key of docker's `daemon.json`, from 17.05 on, and what becomes of it.
//!
//! Source: moby, `daemon/config/config.go`, `config_linux.go` and `daemon/pkg/registry/config.go` of
//! the tags 17.05 to 28.5 and of the main branch in August 2026.

use super::Context;
use super::rule;
use crate::translate::draft::{Draft, Told, one};
use crate::translate::fault::Outcome;
use crate::translate::near;
use crate::translate::tree::Leaf;

/// What becomes of a key.
#[derive(Clone, Copy)]
enum Rule {
    /// It says something to the new runtime.
    Do(fn(&mut Draft, &Context, &Leaf) -> Told),
    /// Nothing has to be said, whatever its value.
    Gone(&'static str),
    /// Somebody has to decide, unless it is off.
    Hand(&'static str),
}
use Rule::{Do, Gone, Hand};

const BRIDGE: &str = "docker's own bridge: networks of pods are the CNI plugin's";
const REMOTE: &str = "docker's API over the network ends with docker: whatever uses it has to be found";
const SWARM: &str = "Docker Swarm's, which has no part in a Kubernetes node";
const DNS: &str = "names in pods are the kubelet's: clusterDNS, clusterDomain, resolvConf";
const OWN: &str = "docker's own; CRI-O has no such thing, and a node needs none";
const BUILD: &str = "builds of images are not the runtime's of a node";
const GRACE: &str = "a pod says its own: terminationGracePeriodSeconds";
const REALTIME: &str = "CRI-O gives no realtime budget: pods that need one have to be found";

const KEYS: &[(&str, Rule)] = &[
    ("allow-direct-routing", Gone(BRIDGE)),
    ("allow-nondistributable-artifacts", Gone("only pushes of images are meant")),
    ("api-cors-header", Gone(OWN)),
    ("api-enable-cors", Gone(OWN)),
    (
        "authorization-plugins",
        Hand("what the plugin forbids is not forbidden any more: say it in admission of the cluster"),
    ),
    ("bip", Gone(BRIDGE)),
    ("bip6", Gone(BRIDGE)),
    ("bridge", Gone(BRIDGE)),
    ("bridge-accept-fwmark", Gone(BRIDGE)),
    ("builder", Gone(BUILD)),
    ("cdi-spec-dirs", Do(rule::cdi_spec_dirs)),
    ("cgroup-parent", Gone("the kubelet names the cgroup of every pod")),
    ("cluster-advertise", Gone(SWARM)),
    ("cluster-store", Gone(SWARM)),
    ("cluster-store-opts", Gone(SWARM)),
    ("containerd", Gone("docker's own containerd; CRI-O needs none")),
    ("containerd-namespace", Gone("docker's own containerd; CRI-O needs none")),
    ("containerd-plugin-namespace", Gone("docker's own containerd; CRI-O needs none")),
    ("containerd-plugins-namespace", Gone("docker's own containerd; CRI-O needs none")),
    ("content-trust", Hand("signatures are policy.json's: say there which keys sign which images")),
    ("cpu-rt-period", Hand(REALTIME)),
    ("cpu-rt-runtime", Hand(REALTIME)),
    ("cri-containerd", Gone("docker's own containerd; CRI-O needs none")),
    ("data-root", Do(rule::data_root)),
    ("debug", Do(rule::debug)),
    ("default-address-pools", Gone(BRIDGE)),
    ("default-cgroupns-mode", Gone("CRI-O gives pods a cgroup namespace of their own on cgroup v2")),
    ("default-gateway", Gone(BRIDGE)),
    ("default-gateway-v6", Gone(BRIDGE)),
    ("default-init", Gone("only what `init` starts is named")),
    ("default-ipc-mode", Gone("the containers of a pod share one, and no other pod does")),
    ("default-network-opts", Gone(BRIDGE)),
    ("default-runtime", Do(rule::default_runtime)),
    (
        "default-shm-size",
        Hand("pods have 64 MiB of /dev/shm; one that needs more says it, with an emptyDir of medium Memory"),
    ),
    ("default-stop-timeout", Gone(GRACE)),
    ("default-ulimits", Do(rule::default_ulimits)),
    ("deprecated-key-path", Gone(OWN)),
    ("disable-legacy-registry", Gone("CRI-O speaks to v2 registries alone")),
    ("dns", Gone(DNS)),
    ("dns-opts", Gone(DNS)),
    ("dns-search", Gone(DNS)),
    ("exec-opts", Do(rule::exec_opts)),
    ("exec-root", Gone("CRI-O keeps its state in /run/containers/storage")),
    ("experimental", Gone(OWN)),
    ("features", Gone(OWN)),
    ("firewall-backend", Gone(BRIDGE)),
    ("fixed-cidr", Gone(BRIDGE)),
    ("fixed-cidr-v6", Gone(BRIDGE)),
    ("graph", Do(rule::data_root)),
    ("group", Gone("the group of docker.sock, which goes")),
    ("host-gateway-ip", Gone(BRIDGE)),
    ("host-gateway-ips", Gone(BRIDGE)),
    ("hosts", Do(rule::hosts)),
    ("http-proxy", Do(rule::proxy)),
    ("https-proxy", Do(rule::proxy)),
    ("icc", Gone("which pods may speak to each other is said by NetworkPolicy")),
    (
        "init",
        Hand(
            "CRI-O puts no init into containers: an image that leaves zombies needs one of its own, or shareProcessNamespace",
        ),
    ),
    ("init-path", Gone("only what `init` starts is named")),
    ("insecure-registries", Do(rule::insecure_registries)),
    ("ip", Gone(BRIDGE)),
    (
        "ip-forward",
        Gone("net.ipv4.ip_forward has to be 1 by a file in /etc/sysctl.d: docker set it at each start"),
    ),
    (
        "ip-forward-no-drop",
        Gone("docker sets the policy of FORWARD to DROP; it has to be looked at after docker is gone"),
    ),
    ("ip-masq", Gone(BRIDGE)),
    ("ip6tables", Gone(BRIDGE)),
    (
        "iptables",
        Gone("docker's chains go with it; the policy of FORWARD, which it sets to DROP, has to be looked at"),
    ),
    ("ipv6", Gone(BRIDGE)),
    ("labels", Gone("labels of the daemon; labels of the node are Kubernetes'")),
    ("live-restore", Gone("CRI-O always does: containers go on while it is restarted")),
    ("log-driver", Do(rule::log_driver)),
    ("log-format", Gone("messages of docker itself")),
    ("log-level", Do(rule::log_level)),
    ("log-opts", Do(rule::log_opts)),
    (
        "max-concurrent-downloads",
        Gone(
            "how many images are pulled at a time is the kubelet's: serializeImagePulls, maxParallelImagePulls",
        ),
    ),
    ("max-concurrent-uploads", Gone("only pushes of images are meant")),
    ("max-download-attempts", Gone("the kubelet tries a pull again and again")),
    ("metrics-addr", Gone("CRI-O's own metrics have other names: crio.metrics.enable_metrics")),
    ("min-api-version", Gone("docker's API goes")),
    ("mtu", Gone("the CNI plugin has an MTU of its own")),
    ("network-control-plane-mtu", Gone(SWARM)),
    ("network-diagnostic-port", Gone(OWN)),
    ("no-new-privileges", Hand("a pod says it: allowPrivilegeEscalation: false")),
    ("no-proxy", Do(rule::proxy)),
    ("node-generic-resources", Gone(SWARM)),
    ("nri-opts", Do(rule::nri)),
    ("oom-score-adjust", Do(rule::oom_score)),
    ("pidfile", Gone(OWN)),
    ("proxies", Do(rule::proxy)),
    ("raw-logs", Gone("messages of docker itself")),
    ("registry-mirrors", Do(rule::registry_mirrors)),
    ("resolv-conf", Gone(DNS)),
    ("restart", Gone("the kubelet starts containers again")),
    ("rootless", Hand("a docker without root serves no kubelet: which one it was has to be looked at")),
    ("runtimes", Do(rule::runtimes)),
    ("seccomp-profile", Do(rule::seccomp_profile)),
    ("selinux-enabled", Do(rule::selinux)),
    ("shutdown-timeout", Gone(GRACE)),
    ("storage-driver", Do(rule::storage_driver)),
    ("storage-opts", Do(rule::storage_opts)),
    ("swarm-default-advertise-addr", Gone(SWARM)),
    ("swarm-raft-election-tick", Gone(SWARM)),
    ("swarm-raft-heartbeat-tick", Gone(SWARM)),
    ("tls", Gone(REMOTE)),
    ("tlscacert", Gone(REMOTE)),
    ("tlscert", Gone(REMOTE)),
    ("tlskey", Gone(REMOTE)),
    ("tlsverify", Gone(REMOTE)),
    ("userland-proxy", Gone(BRIDGE)),
    ("userland-proxy-path", Gone(BRIDGE)),
    ("userns-remap", Hand("CRI-O maps no users for all pods: a pod asks for it with hostUsers: false")),
];

/// What becomes of a setting.
pub(super) fn told(draft: &mut Draft, context: &Context, leaf: &Leaf) -> Told {
    let name = leaf.part(0);
    let Some((_, rule)) = KEYS.iter().find(|(key, _)| *key == name) else {
        return one(Outcome::Unknown { near: near(name, KEYS.iter().map(|(key, _)| *key)) });
    };
    // A runtime or a limit of which nothing is said is none that docker starts with.
    let is_none = leaf.path.len() == 2 && matches!(name, "runtimes" | "default-ulimits");
    if leaf.is_empty() && !is_none {
        return Vec::new();
    }
    match rule {
        Gone(why) => one(Outcome::not_needed(*why)),
        Hand(_) if is_off(leaf) => one(Outcome::not_needed("it is off")),
        Hand(why) => one(Outcome::by_hand(*why)),
        Do(rule) => rule(draft, context, leaf),
    }
}

fn is_off(leaf: &Leaf) -> bool {
    leaf.flag() == Some(false) || leaf.number() == Some(0)
}

/// Whether docker's daemon has such a key.
#[cfg(test)]
pub(super) fn is_known(key: &str) -> bool {
    KEYS.iter().any(|(known, _)| *known == key)
}

#[cfg(test)]
pub(in crate::translate) fn names() -> impl Iterator<Item = &'static str> {
    KEYS.iter().map(|(key, _)| *key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_names_no_key_twice() {
        assert!(KEYS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
