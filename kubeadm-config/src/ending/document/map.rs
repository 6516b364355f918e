//! `ConfigMap`s whose values are documents: kubeadm-config, kubelet-config, kube-proxy.

use super::Reader;
use crate::yaml::{self, Entry, Node, Position, SplitRules};

/// The groups whose documents say something.
const GROUPS: [&str; 3] = ["kubeadm.k8s.io/", "kubelet.config.k8s.io/", "kubeproxy.config.k8s.io/"];
/// What kubeadm keeps in kube-system: the map, up to 1.23 with the minor behind its name, and the key.
const KEPT: [(&str, &str); 3] = [
    ("kubeadm-config", "ClusterConfiguration"),
    ("kubelet-config", "kubelet"),
    ("kube-proxy", "config.conf"),
];

impl Reader<'_> {
    /// Each value that is a document of its own; one that cannot be read is said, with its key.
    pub(super) fn config_map(&mut self, root: &Node) {
        let name = root.get("metadata").and_then(|node| node.get("name")).and_then(Node::as_str);
        for entry in root.get("data").and_then(Node::as_mapping).unwrap_or_default() {
            let is_kept = KEPT.iter().any(|(map, key)| {
                *key == entry.key && name.is_none_or(|name| name == *map || is_of_minor(name, map))
            });
            let Some(text) = entry.value.as_str() else { continue };
            if !is_kept && !GROUPS.iter().any(|group| text.contains(group)) {
                continue;
            }
            let before = (self.found.endings.len(), self.found.unread.len());
            let stored = std::mem::replace(&mut self.stored, is_kept);
            self.text(text.as_bytes());
            self.stored = stored;
            self.place_from(entry, before);
        }
    }

    /// The documents of a value.
    fn text(&mut self, text: &[u8]) {
        let parts = match yaml::split(text, &SplitRules::default()) {
            Ok(parts) => parts,
            Err(error) => return self.found.unread.push((error.position(), error.to_string())),
        };
        for part in parts {
            match yaml::read(&part.text, part.base()) {
                // A map within a map is nobody's.
                Ok(document) if is_of_group(&document.root) => self.read(&document.root),
                Ok(_) => {}
                Err(error) => self.found.unread.push((error.position(), error.to_string())),
            }
        }
    }

    /// What was found in a value since `before`, with its place in the file and its key.
    fn place_from(&mut self, entry: &Entry, before: (usize, usize)) {
        let start = self.start_of(entry);
        for one in &mut self.found.endings[before.0..] {
            one.place = one.place.map(|place| inside(start, place));
            one.field = format!("data.{}: {}", entry.key, one.field).trim_end_matches(": ").to_owned();
        }
        for (place, why) in &mut self.found.unread[before.1..] {
            *place = Some(place.map_or(entry.value.span.position, |place| inside(start, place)));
            *why = format!("data.{}: {why}", entry.key);
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

/// `kubelet-config-1.21`.
fn is_of_minor(name: &str, map: &str) -> bool {
    name.strip_prefix(map).is_some_and(|rest| rest.starts_with("-1."))
}

fn is_of_group(root: &Node) -> bool {
    let version = root.get("apiVersion").and_then(Node::as_str).unwrap_or_default();
    GROUPS.iter().any(|group| version.starts_with(group))
}

/// A place in a text that stands in a file.
fn inside((line, indent): (u32, Option<u32>), place: Position) -> Position {
    match indent {
        Some(indent) => Position { line: line + place.line, column: indent + place.column },
        None => Position { line, column: 1 },
    }
}
