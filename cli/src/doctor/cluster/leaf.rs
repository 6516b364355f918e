//! A document as its leaves, to compare two.

use std::collections::BTreeMap;

use kubeadm_config::yaml::{Data, Node};

/// Fields of the kubelet that may hold what is secret.
const NOT_KEPT: &[&str] = &["staticPodURLHeader"];

/// Every leaf of a document by its path, `authentication.anonymous.enabled`.
pub(in crate::doctor) fn leaves(root: &Node) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    collect(root, "", &mut all);
    all
}

fn collect(node: &Node, path: &str, all: &mut BTreeMap<String, String>) {
    if let Some(entries) = node.as_mapping() {
        for entry in entries {
            let key = entry.key.as_str();
            if !NOT_KEPT.contains(&key) {
                let below = if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
                collect(&entry.value, &below, all);
            }
        }
    } else if !matches!(node.data, Data::Null) {
        all.insert(path.to_owned(), node.to_json().to_string());
    }
}
