//! kubeadm's own configuration files that lie on a host.

use std::rc::Rc;

use kubeadm_config::yaml::Node;

use super::{File, Inspection};
use crate::doctor::finding::{Evidence, Unread};
use crate::recipe::documents;

/// Where people and tools keep them; kubeadm itself keeps none.
const DIRS: [&str; 4] = ["/etc/kubernetes/k8sprep", "/etc/kubernetes", "/etc/kubeadm", "/root"];

/// A file with documents of kubeadm.
#[derive(Clone, Debug)]
pub(in crate::doctor) struct KubeadmFile {
    pub(in crate::doctor) file: Rc<File>,
    /// Its documents that are YAML and say their kind.
    pub(in crate::doctor) documents: Vec<Node>,
}

impl Inspection<'_> {
    /// Files called `kubeadm*.yaml` that say that they are kubeadm's.
    ///
    /// # Errors
    ///
    /// Where one of the files or directories cannot be read.
    pub(in crate::doctor) fn kubeadm_files(&self) -> Result<&[KubeadmFile], Unread> {
        let read = self.kubeadm_files.get_or_init(|| self.read_kubeadm_files());
        read.as_deref().map_err(Clone::clone)
    }

    fn read_kubeadm_files(&self) -> Result<Vec<KubeadmFile>, Unread> {
        let mut found = Vec::new();
        for dir in DIRS {
            for name in self.files.list(dir)? {
                let yaml = [".yaml", ".yml"].iter().any(|end| name.ends_with(end));
                if !yaml || !name.starts_with("kubeadm") {
                    continue;
                }
                let Some(file) = self.files.file(format!("{dir}/{name}"))? else { continue };
                if file.text().contains("kubeadm.k8s.io/") {
                    let documents = documents(&file.bytes).into_iter().map(|(_, _, root)| root).collect();
                    found.push(KubeadmFile { documents, file });
                }
            }
        }
        Ok(found)
    }
}

impl KubeadmFile {
    /// A text of the first document that has it, `a.b` for `b` in `a`, with its place.
    pub(in crate::doctor) fn text(&self, field: &str) -> Option<(&str, Evidence)> {
        self.documents.iter().find_map(|root| {
            let node = field.split('.').try_fold(root, |node, key| node.get(key))?;
            let (text, at) = (node.as_str()?, node.span.position);
            Some((text, self.file.evidence().at(at.line, at.column).value(text)))
        })
    }
}
