//! Documents of kubeadm, of the kubelet and of kube-proxy, static pods, and `ConfigMap`s that hold such.

mod map;
mod pod;

use std::collections::BTreeMap;

use super::flag::other;
use super::past::KUBELET_FIELDS;
use super::{Effect, Ending, Program, flag, gate};
use crate::code::Code;
use crate::component::{Component, USERSPACE_GONE, USERSPACE_HELP};
use crate::release::{KubeadmRelease, Support};
use crate::version::{ApiVersion, Minor};
use crate::yaml::{self, Entry, Node, Position, SplitRules};

/// What was found in a file of documents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Found {
    /// What ends.
    pub endings: Vec<Ending>,
    /// How many documents are of a kind that says something.
    pub known: usize,
    /// What could not be read, each with its place where one is known.
    pub unread: Vec<(Option<Position>, String)>,
}

/// What ends at `to` or before of the documents of a file. What cannot be read hides no other document.
///
/// ```
/// use kubeadm_config::Minor;
/// use kubeadm_config::ending::of_documents;
///
/// let file = b"apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n\
///     featureGates:\n  SidecarContainers: true\n";
/// let found = of_documents(file, Minor::new(37));
/// assert_eq!((found.known, found.endings.len()), (1, 1));
/// assert_eq!(found.endings[0].place.unwrap().line, 4);
/// assert!(of_documents(file, Minor::new(36)).endings.is_empty());
/// ```
#[must_use]
pub fn of_documents(file: &[u8], to: Minor) -> Found {
    let mut found = Found::default();
    let parts = match yaml::split(file, &SplitRules::default()) {
        Ok(parts) => parts,
        Err(error) => {
            found.unread.push((error.position(), error.to_string()));
            return found;
        }
    };
    let text = String::from_utf8_lossy(file);
    let lines: Vec<&str> = text.lines().collect();
    for part in parts {
        match yaml::read(&part.text, part.base()) {
            Ok(document) => {
                Reader { to, lines: &lines, stored: false, found: &mut found }.read(&document.root)
            }
            Err(error) => found.unread.push((error.position(), error.to_string())),
        }
    }
    found
}

/// What is found while the documents of a file are read.
struct Reader<'a> {
    to: Minor,
    lines: &'a [&'a str],
    /// Whether it is what kubeadm keeps in the cluster and writes anew.
    stored: bool,
    found: &'a mut Found,
}

/// From what `kubeadm upgrade node` writes the kubelet's file again (`phases/upgrade/postupgrade.go`).
const KUBELET_MAP: &str = "in the ConfigMap kubelet-config, from which kubeadm writes it again";
/// From what kube-proxy's pods are given theirs.
const PROXY_MAP: &str = "in the ConfigMap kube-proxy, which its pods read";
/// From what `kubeadm upgrade` writes the manifests again (`phases/upgrade/staticpods.go`).
const CLUSTER_MAP: &str =
    "in extraArgs of the ConfigMap kubeadm-config, where kubeadm writes the manifest from it";

impl Reader<'_> {
    fn read(&mut self, root: &Node) {
        let text = |key: &str| root.get(key).and_then(Node::as_str).unwrap_or_default();
        let (version, kind) = (text("apiVersion"), text("kind"));
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let before = self.found.endings.len();
        match (group, kind) {
            (ApiVersion::GROUP, _) => self.kubeadm(root, version, kind),
            ("kubelet.config.k8s.io", "KubeletConfiguration") => self.kubelet(root),
            ("kubeproxy.config.k8s.io", "KubeProxyConfiguration") => self.proxy(root),
            ("", "Pod") => self.pod(root),
            ("", "ConfigMap") => return self.config_map(root),
            ("", "List") => {
                let items = root.get("items").and_then(Node::as_sequence).unwrap_or_default();
                return items
                    .iter()
                    .filter(|item| item.get("items").is_none())
                    .for_each(|item| self.read(item));
            }
            _ => return,
        }
        self.found.known += 1;
        let own = &mut self.found.endings[before..];
        own.sort_by_key(|one| one.place);
    }

    fn take(&mut self, endings: impl IntoIterator<Item = Ending>) {
        self.found.endings.extend(endings);
    }

    fn unread(&mut self, place: Position, why: String) {
        self.found.unread.push((Some(place), why));
    }

    /// A document is read from a file, where it is also kept in the cluster.
    fn also(&self, map: &'static str) -> &'static str {
        if self.stored { "" } else { map }
    }

    /// What kubeadm itself no longer reads, and the flags that it hands on.
    fn kubeadm(&mut self, root: &Node, version: &str, kind: &str) {
        let to = self.to;
        // What lies in the cluster each `kubeadm upgrade apply` writes as its own version
        // (`UploadConfiguration` of phases/uploadconfig), and the one before the last reader wrote a newer one.
        if !self.stored {
            self.take(api_version(root, version, to));
        }
        let parts: &[(&str, Program)] = match kind {
            "ClusterConfiguration" => &[
                ("apiServer.extraArgs", Program::Component(Component::ApiServer)),
                ("controllerManager.extraArgs", Program::Component(Component::ControllerManager)),
                ("scheduler.extraArgs", Program::Component(Component::Scheduler)),
                ("etcd.local.extraArgs", Program::Etcd),
            ],
            "InitConfiguration" | "JoinConfiguration" => {
                &[("nodeRegistration.kubeletExtraArgs", Program::Kubelet)]
            }
            _ => &[],
        };
        for (path, program) in parts {
            let node = path.split('.').try_fold(root, |node, key| node.get(key));
            if let Some(node) = node.filter(|node| !node.is_null() && !is_of_arguments(node)) {
                self.unread(
                    node.span.position,
                    format!("{path} is neither a map nor a list of names and values"),
                );
            }
            for (name, value, place) in node.map(arguments).unwrap_or_default() {
                let told = flag::of(*program, &name, Some(&value), to);
                self.take(
                    told.endings.into_iter().map(|one| one.in_field(format!("{path}.{name}")).at(place)),
                );
                told.unread
                    .into_iter()
                    .for_each(|why| self.unread(place, format!("{path}.{}", why.trim_start_matches('-'))));
            }
        }
        if kind == "ClusterConfiguration" {
            let gates = self.asked(root);
            let entries = root.get("featureGates").and_then(Node::as_mapping).unwrap_or_default();
            let stored = self.stored;
            let asked = entries.iter().filter_map(|entry| Some((entry, *gates.get(&entry.key)?)));
            self.take(asked.filter_map(|(entry, on)| kubeadm_gate(entry, on, (stored, to))));
        }
    }

    /// The gates of a document; what asks for nothing that can be told is said.
    fn asked(&mut self, root: &Node) -> BTreeMap<String, bool> {
        let (gates, unread) = root.get("featureGates").map(gate::in_document).unwrap_or_default();
        unread.into_iter().for_each(|(place, why)| self.unread(place, why));
        gates
    }

    fn kubelet(&mut self, root: &Node) {
        self.gates(root, "kubelet", KUBELET_MAP);
        for (path, ends) in KUBELET_FIELDS {
            let ends = Minor::new(*ends);
            let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
            let parent = parent.split('.').filter(|part| !part.is_empty());
            let node = parent.into_iter().try_fold(root, |node, key| node.get(key));
            let Some(entry) = node.and_then(|node| node.entry(key)).filter(|_| ends <= self.to) else {
                continue;
            };
            let effect = if entry.value.as_bool() == Some(false) { Effect::Same } else { Effect::Changes };
            let text = format!("{path} was removed in {ends}: the kubelet passes over it in silence");
            let what = (Code::KubeletFieldEnds, "kubelet");
            let ending = other(what, *path, ends, (effect, text, "leave it out"));
            let ending = Ending { stops: false, ..ending };
            self.take([ending.in_field(*path).at(entry.key_span.position)]);
        }
    }

    fn proxy(&mut self, root: &Node) {
        self.gates(root, "kube-proxy", PROXY_MAP);
        let ends = Minor::new(USERSPACE_GONE);
        let mode = root.entry("mode").filter(|mode| mode.value.as_str() == Some("userspace"));
        if let Some(mode) = mode.filter(|_| ends <= self.to) {
            let text = format!("\"userspace\" is not a proxy mode of Kubernetes {ends}: kube-proxy exits");
            let help = in_map(USERSPACE_HELP, self.also(PROXY_MAP));
            let what = (Code::ProxyMode, "kube-proxy");
            let ending = other(what, "mode=userspace", ends, (Effect::Changes, text, &help));
            self.take([ending.in_field("mode").at(mode.key_span.position)]);
        }
    }

    fn gates(&mut self, root: &Node, program: &'static str, map: &'static str) {
        let gates = self.asked(root);
        let map = self.also(map);
        let entries = root.get("featureGates").and_then(Node::as_mapping).unwrap_or_default();
        // Of one that stands twice the last counts.
        let places: BTreeMap<&str, Position> =
            entries.iter().map(|entry| (entry.key.as_str(), entry.key_span.position)).collect();
        for (name, ending) in gate::of(program, &gates, self.to) {
            let (place, help) = (places.get(name.as_str()).copied(), in_map(&ending.help, map));
            self.take([Ending { place, help, ..ending.in_field(format!("featureGates.{name}")) }]);
        }
    }
}

/// A cure that is needed in the cluster too.
fn in_map(help: &str, map: &str) -> String {
    match help.split_once(": ") {
        _ if map.is_empty() => help.to_owned(),
        Some((cure, why)) => format!("{cure}, here and {map}: {why}"),
        None => format!("{help}, here and {map}"),
    }
}

fn is_of_arguments(node: &Node) -> bool {
    node.as_mapping().is_some() || node.as_sequence().is_some()
}

/// `extraArgs`: a map, or a list of names and values since v1beta4.
fn arguments(node: &Node) -> Vec<(String, String, Position)> {
    let text = |node: &Node| match node.as_str() {
        Some(text) => text.to_owned(),
        None => node.to_json().to_string(),
    };
    let of_entry = |entry: &Entry| (entry.key.clone(), text(&entry.value), entry.key_span.position);
    if let Some(entries) = node.as_mapping() {
        return entries.iter().map(of_entry).collect();
    }
    let of_item = |item: &Node| {
        let name = item.get("name")?;
        let value = item.get("value").map(text).unwrap_or_default();
        Some((name.as_str()?.to_owned(), value, name.span.position))
    };
    node.as_sequence().unwrap_or_default().iter().filter_map(of_item).collect()
}

/// The first kubeadm that no longer reads an API version.
fn api_version(root: &Node, version: &str, to: Minor) -> Option<Ending> {
    let name = version.strip_prefix(ApiVersion::GROUP)?.strip_prefix('/')?;
    let version_read: Option<ApiVersion> = name.parse().ok();
    let of = |minor: u64| KubeadmRelease::of(&Minor::new(minor).patch(0)).ok();
    let old = |release: &KubeadmRelease| match version_read {
        Some(version) => release.support(version) == Support::Old,
        // Of before the oldest that is known: v1alpha3 and older.
        None => release.last_reader(version).is_some(),
    };
    let minors = *KubeadmRelease::MINORS.start()..=to.number();
    let release = minors.filter_map(of).find(old)?;
    let ends = release.minor();
    let text = format!("kubeadm {ends} does not read {version}");
    let help =
        format!("`k8sprep migrate-config --kubernetes-version v{ends}.0` writes it as {}", release.writes());
    let place = root.get("apiVersion")?.span.position;
    let what = (Code::ApiVersionEnds, "kubeadm");
    Some(other(what, version, ends, (Effect::Same, text, &help)).in_field("apiVersion").at(place))
}

/// A gate of kubeadm's own that is gone.
fn kubeadm_gate(entry: &Entry, on: bool, (stored, to): (bool, Minor)) -> Option<Ending> {
    let ends = KubeadmRelease::gate_gone_since(&entry.key).filter(|ends| *ends <= to)?;
    // `features.CheckDeprecatedFlags` prints `Unknown feature gate flag`, and the upgrade goes on.
    let does = if stored { "passes over it, and says so at each upgrade" } else { "refuses the file" };
    let text = format!("kubeadm {ends} has no feature gate {}: it {does}", entry.key);
    let what = (Code::FeatureGateEnds, "kubeadm");
    let effect = if on { Effect::Same } else { Effect::Unclear };
    let ending = other(what, format!("{}={on}", entry.key), ends, (effect, text, "leave it out"));
    let ending = Ending { stops: !stored, ..ending };
    Some(ending.in_field(format!("featureGates.{}", entry.key)).at(entry.key_span.position))
}
