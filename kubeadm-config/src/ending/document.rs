//! Documents of kubeadm, of the kubelet and of kube-proxy, static pods, and `ConfigMap`s that hold such.

use std::collections::BTreeMap;

use super::flag::other;
use super::past::KUBELET_FIELDS;
use super::words::{Word, of_words};
use super::{Effect, Ending, Program, flag, gate};
use crate::code::Code;
use crate::component::Component;
use crate::release::{KubeadmRelease, Support};
use crate::version::{ApiVersion, Minor};
use crate::yaml::{self, Base, Entry, Node, Position, SplitRules};

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
            Ok(document) => Reader { to, lines: &lines, found: &mut found }.read(&document.root),
            Err(error) => found.unread.push((error.position(), error.to_string())),
        }
    }
    found
}

/// What is found while the documents of a file are read.
struct Reader<'a> {
    to: Minor,
    lines: &'a [&'a str],
    found: &'a mut Found,
}

impl Reader<'_> {
    fn read(&mut self, root: &Node) {
        let text = |key: &str| root.get(key).and_then(Node::as_str).unwrap_or_default();
        let (version, kind) = (text("apiVersion"), text("kind"));
        let group = version.split_once('/').map_or("", |(group, _)| group);
        let before = self.found.endings.len();
        match (group, kind) {
            (ApiVersion::GROUP, _) => self.kubeadm(root, version, kind),
            ("kubelet.config.k8s.io", "KubeletConfiguration") => self.kubelet(root),
            ("kubeproxy.config.k8s.io", "KubeProxyConfiguration") => self.gates(root, "kube-proxy"),
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

    /// What kubeadm itself no longer reads, and the flags that it hands on.
    fn kubeadm(&mut self, root: &Node, version: &str, kind: &str) {
        let to = self.to;
        self.take(api_version(root, version, to));
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
            for (name, value, place) in node.map(arguments).unwrap_or_default() {
                let ended = flag::of(*program, &name, Some(&value), to);
                self.take(ended.into_iter().map(|one| one.in_field(format!("{path}.{name}")).at(place)));
            }
        }
        if kind == "ClusterConfiguration" {
            let gates = root.get("featureGates").and_then(Node::as_mapping).unwrap_or_default();
            self.take(gates.iter().filter_map(|entry| kubeadm_gate(entry, to)));
        }
    }

    fn kubelet(&mut self, root: &Node) {
        self.gates(root, "kubelet");
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
            self.take([ending.in_field(*path).at(entry.key_span.position)]);
        }
    }

    fn gates(&mut self, root: &Node, program: &'static str) {
        let entries = root.get("featureGates").and_then(Node::as_mapping).unwrap_or_default();
        let gates: BTreeMap<String, bool> =
            entries.iter().filter_map(|entry| Some((entry.key.clone(), entry.value.as_bool()?))).collect();
        for (name, ending) in gate::of(program, &gates, self.to) {
            let entry = entries.iter().rev().find(|entry| entry.key == name);
            let place = entry.map(|entry| entry.key_span.position);
            self.take([Ending { place, ..ending.in_field(format!("featureGates.{name}")) }]);
        }
    }

    /// The command of each container that is a component's.
    fn pod(&mut self, root: &Node) {
        let Some(spec) = root.get("spec") else { return };
        for container in spec.get("containers").and_then(Node::as_sequence).unwrap_or_default() {
            let lists = ["command", "args"].into_iter().filter_map(|key| container.get(key)?.as_sequence());
            let word =
                |node: &Node| Some(Word { text: node.as_str()?.to_owned(), place: node.span.position });
            let words: Vec<Word> = lists.flatten().filter_map(word).collect();
            if let Some(program) = words.first().and_then(|first| Program::of(&first.text)) {
                self.take(of_words(program, &words, self.to));
            }
        }
    }

    /// Each value that is a document of its own: kubeadm-config, kubelet-config, kube-proxy.
    fn config_map(&mut self, root: &Node) {
        for entry in root.get("data").and_then(Node::as_mapping).unwrap_or_default() {
            let Some(text) = entry.value.as_str().filter(|text| text.contains("kind:")) else { continue };
            let Ok(document) = yaml::read(text.as_bytes(), Base::default()) else { continue };
            let group = document.root.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
            if !group.contains("k8s.io/") {
                continue;
            }
            let before = self.found.endings.len();
            self.read(&document.root);
            let start = self.start_of(entry);
            for one in &mut self.found.endings[before..] {
                one.place = one.place.map(|place| inside(start, place));
                one.field = format!("data.{}: {}", entry.key, one.field).trim_end_matches(": ").to_owned();
            }
        }
    }

    /// Where the text of a value starts in the file: the line before its first, and its indentation. Of a
    /// value that is no block of lines the place of the value itself.
    fn start_of(&self, entry: &Entry) -> (u32, Option<u32>) {
        let at = entry.value.span.position;
        let line = |number: u32| self.lines.get(usize::try_from(number).unwrap_or(usize::MAX));
        let head = line(at.line.saturating_sub(1)).copied().unwrap_or_default().trim_end();
        if !head.ends_with(['|', '-', '+', '>']) {
            return (at.line, None);
        }
        let first = line(at.line).copied().unwrap_or_default();
        let indent = first.chars().take_while(|c| *c == ' ').count();
        (at.line, u32::try_from(indent).ok())
    }
}

/// A place in a text that stands in a file.
fn inside((line, indent): (u32, Option<u32>), place: Position) -> Position {
    match indent {
        Some(indent) => Position { line: line + place.line, column: indent + place.column },
        None => Position { line, column: 1 },
    }
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
fn kubeadm_gate(entry: &Entry, to: Minor) -> Option<Ending> {
    let ends = KubeadmRelease::gate_gone_since(&entry.key).filter(|ends| *ends <= to)?;
    let text = format!("kubeadm {ends} has no feature gate {} and refuses the file", entry.key);
    let what = (Code::FeatureGateEnds, "kubeadm");
    let on = entry.value.to_json();
    let effect = if entry.value.as_bool() == Some(true) { Effect::Same } else { Effect::Unclear };
    let ending = other(what, format!("{}={on}", entry.key), ends, (effect, text, "leave it out"));
    Some(ending.in_field(format!("featureGates.{}", entry.key)).at(entry.key_span.position))
}
