//! The configuration of the pods' network that is in use.

use std::rc::Rc;

use kubeadm_config::yaml::{self, Base, Node};

use super::{File, Inspection};
use crate::doctor::finding::{Evidence, Unread};

/// A configuration of a network: the file, and what is in it.
pub(in crate::doctor) struct Network {
    pub(in crate::doctor) file: Rc<File>,
    pub(in crate::doctor) root: Node,
}

impl Inspection<'_> {
    /// The first file by name, which counts; `None`: there is none, or it cannot be parsed, which is a
    /// finding of its own.
    ///
    /// # Errors
    ///
    /// Where it cannot be read.
    pub(in crate::doctor) fn network(&self) -> Result<Option<Network>, Unread> {
        let Some(config) = self.facts.cni.default_config() else { return Ok(None) };
        let Some(file) = self.files.file(&config.path)? else { return Ok(None) };
        let Ok(document) = yaml::read(&file.bytes, Base::default()) else { return Ok(None) };
        Ok(Some(Network { file, root: document.root }))
    }
}

impl Network {
    /// The subnets that it hands addresses out of, each with its place.
    pub(in crate::doctor) fn subnets(&self) -> Vec<(&str, Evidence)> {
        let mut found = Vec::new();
        collect(&self.root, &mut found);
        found.into_iter().filter_map(|node| Some((node.as_str()?, self.at(node)))).collect()
    }

    /// A text of it as evidence.
    pub(in crate::doctor) fn at(&self, node: &Node) -> Evidence {
        let at = node.span.position;
        self.file.evidence().at(at.line, at.column).value(node.as_str().unwrap_or_default())
    }
}

/// Any `subnet` at any depth: plugins differ in where it stands (`ipam.subnet`, `ipam.ranges[][]`,
/// `delegate`), and all of them mean a range of addresses.
fn collect<'n>(node: &'n Node, found: &mut Vec<&'n Node>) {
    for entry in node.as_mapping().into_iter().flatten() {
        if entry.key == "subnet" && entry.value.as_str().is_some() {
            found.push(&entry.value);
        }
        collect(&entry.value, found);
    }
    for one in node.as_sequence().into_iter().flatten() {
        collect(one, found);
    }
}
