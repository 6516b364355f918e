//! The static pods of a control plane.

use std::collections::BTreeSet;
use std::net::IpAddr;

use host_prep::facts::{Facts, Kubeadm};
use kubeadm_config::component::{Component, Etcd, Refused};

use super::Look;
use crate::recipe::endpoint::Endpoint;
use crate::recipe::static_pod::StaticPod;

/// Not a resource of host-prep: no step writes a static pod.
const KIND: &str = "static-pod";
/// kubeadm's; a kubelet that reads another one is found elsewhere.
const DIR: &str = "/etc/kubernetes/manifests";
/// What every control plane made by kubeadm runs.
const COMPONENTS: [&str; 3] = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];

/// Static pods of a control plane, what they are called, and the port kubeadm gives them (its
/// `constants.go`; for the last two since 1.13 the secure one).
// kubeadm's defaults (constants.go); a flag may say otherwise.
const PORTS: [(&str, &str, u16); 4] = [
    ("kube-apiserver", "the API server", 6443),
    ("etcd", "etcd", 2379),
    ("kube-controller-manager", "the controller manager", 10257),
    ("kube-scheduler", "the scheduler", 10259),
];

/// The minor that the control plane's own images say.
pub(crate) fn kubernetes_minor(facts: &Facts) -> Option<u64> {
    let mut own = readable(&facts.kubeadm).filter(|pod| COMPONENTS.contains(&pod.name.as_str()));
    own.find_map(|pod| Some(pod.minor()?.number()))
}

/// The cluster's subnets with what has its addresses there, as the manifests of a control plane say
/// them.
pub(super) fn cluster_subnets(kubeadm: &Kubeadm) -> BTreeSet<(String, &'static str)> {
    let said = |pod: StaticPod| {
        [("service-cluster-ip-range", "Services"), ("cluster-cidr", "Pods")].into_iter().flat_map(
            move |(flag, of)| {
                let subnets =
                    pod.flag(flag).unwrap_or_default().split(',').filter(|subnet| !subnet.is_empty());
                subnets.map(|subnet| (subnet.to_owned(), of)).collect::<Vec<_>>()
            },
        )
    };
    readable(kubeadm).flat_map(said).collect()
}

/// Manifests that are pods.
fn readable(kubeadm: &Kubeadm) -> impl Iterator<Item = StaticPod> {
    kubeadm.manifests.known().into_iter().flatten().filter_map(|file| StaticPod::read(file).ok())
}

impl Look<'_> {
    /// Files that are no pod first, since the rules on the rest compare pods.
    pub(super) fn static_pods(&mut self) {
        let Some(files) = self.facts.kubeadm.manifests.known() else { return };
        let mut pods = Vec::new();
        for file in files {
            match StaticPod::read(file) {
                Ok(pod) => pods.push(pod),
                Err(why) => {
                    let what = format!("{}: the kubelet makes no pod of it: {why}", file.path.display());
                    self.fault("manifest-not-a-pod", KIND, what, "mend it, or move it out of the directory");
                }
            }
        }
        self.twice(&pods);
        self.incomplete(&pods);
        self.unheard(&pods);
        self.moved(&pods);
        self.refused_by_component(&pods);
    }

    /// What a component of the image's own minor exits at.
    fn refused_by_component(&mut self, pods: &[StaticPod]) {
        for pod in pods {
            if let Some(etcd) = (pod.name == "etcd").then(|| Etcd::of_tag(pod.tag()?)).flatten() {
                self.refused_arguments(pod, etcd.refuses_words(pod.texts()));
            }
            let component = Component::ALL.iter().find(|component| component.name() == pod.name);
            let Some((component, minor)) = component.zip(pod.minor()) else { continue };
            self.refused_arguments(pod, component.refuses_words(minor, pod.texts()));
        }
    }

    /// One fault a word, with the word's own line and column in the manifest.
    fn refused_arguments(&mut self, pod: &StaticPod, all: Vec<Refused>) {
        for refused in all {
            let word = &pod.words[refused.index];
            let what = format!("{}:{}:{}: {}", pod.path, word.line, word.column, refused.text);
            self.fault(refused.code.as_str(), KIND, what, refused.help);
        }
    }

    /// The kubelet reads every file of the directory, so that a copy is a second pod of the same
    /// name.
    fn twice(&mut self, pods: &[StaticPod]) {
        for (at, pod) in pods.iter().enumerate() {
            if let Some(other) = pods[..at].iter().find(|other| other.name == pod.name) {
                let what = format!(
                    "{} and {} are both pod {}: the kubelet reads every file there, whatever it ends in, and runs one of them",
                    other.path, pod.path, pod.name
                );
                self.fault("manifest-duplicated", KIND, what, "move the copy out of the directory");
            }
        }
    }

    /// Only on a host that has one of the three: a worker has none and is whole. etcd is wanted
    /// where the API server speaks to one on this host.
    fn incomplete(&mut self, pods: &[StaticPod]) {
        let there = |name: &str| pods.iter().any(|pod| pod.name == name);
        let broken =
            |name: &str| self.found.iter().any(|found| found.what.starts_with(&format!("{DIR}/{name}")));
        // A worker may have static pods of its own.
        if !COMPONENTS.iter().any(|name| there(name)) {
            return;
        }
        // An external etcd has no manifest here.
        let listeners = self.facts.network.listeners.known();
        // Somebody else's service may be the etcd.
        let served = |port: u16| listeners.is_some_and(|all| all.iter().any(|one| one.port == port));
        let is_own = |url: &str| Endpoint::read(url).is_some_and(|at| at.is_loopback() && !served(at.port));
        let local = |pod: &StaticPod| pod.flag("etcd-servers").is_some_and(|all| all.split(',').any(is_own));
        let mut needed = COMPONENTS.to_vec();
        if pods.iter().any(|pod| pod.name == "kube-apiserver" && local(pod)) {
            needed.push("etcd");
        }
        let missing: Vec<&str> = needed.into_iter().filter(|name| !there(name) && !broken(name)).collect();
        for name in missing {
            let what =
                format!("{DIR}/{name}.yaml is not there, the rest of the control plane is: no {name} runs");
            let phase = if name == "etcd" { "etcd local" } else { "control-plane all" };
            self.fault(
                "manifest-missing",
                KIND,
                what,
                format!("put it back, or `kubeadm init phase {phase} --config FILE` writes it"),
            );
        }
    }

    /// Ports of a control plane that nobody listens on, on a running host: the container ended, or
    /// was never made.
    fn unheard(&mut self, pods: &[StaticPod]) {
        let Some(listeners) = self.facts.network.listeners.known() else { return };
        for (name, who, usual) in PORTS {
            let Some(pod) = pods.iter().find(|pod| pod.name == name) else { continue };
            let Some(port) = port(pod, usual).filter(|port| *port != 0) else { continue };
            if !listeners.iter().any(|listener| listener.port == port) {
                let what = format!("nobody listens on port {port}: {who} of {} does not run", pod.path);
                let code = if name == "kube-apiserver" {
                    "apiserver-not-listening"
                } else {
                    "control-plane-unhealthy"
                };
                self.fault(code, KIND, what, "`crictl ps -a` and `crictl logs` say what became of it");
            }
        }
    }
}

impl Look<'_> {
    /// An address the API server or etcd is told of and the host no longer has.
    fn moved(&mut self, pods: &[StaticPod]) {
        let Some(own) = self.facts.network.subnets.known().filter(|own| !own.is_empty()) else { return };
        let Some(pod) = pods.iter().find(|pod| pod.name == "kube-apiserver") else { return };
        let Some(address) = pod.flag("advertise-address").and_then(|text| text.parse::<IpAddr>().ok()) else {
            return;
        };
        if !own.iter().any(|one| one.address == address) {
            let what = format!("{} advertises {address}, which is none of this host's addresses", pod.path);
            let hint = "give the host its address back: certificates, kubeconfigs and etcd name it too";
            self.fault("address-not-on-host", KIND, what, hint);
        }
    }
}

/// The port it serves on; zero: it was told not to.
fn port(pod: &StaticPod, usual: u16) -> Option<u16> {
    let client = pod.flag("listen-client-urls").and_then(|urls| urls.split(',').next()?.rsplit(':').next());
    let port = client.or_else(|| pod.flag("secure-port"));
    port.map_or(Some(usual), |port| port.trim_end_matches('/').parse().ok())
}
