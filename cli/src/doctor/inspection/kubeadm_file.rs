//! kubeadm's own configuration files that lie on a host.

use std::rc::Rc;

use host_prep::Host;
use kubeadm_config::yaml::Node;

use super::{File, Files, Inspection};
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

/// The files that were found, and what could not be read while they were looked for.
pub(in crate::doctor) type KubeadmFiles = (Vec<KubeadmFile>, Vec<Unread>);

impl Inspection<'_> {
    /// Files called `kubeadm*.yaml` that say that they are kubeadm's. One that cannot be read hides
    /// no other.
    pub(in crate::doctor) fn kubeadm_files(&self) -> &KubeadmFiles {
        self.kubeadm_files.get_or_init(|| read(&self.files))
    }
}

/// The files of kubeadm's documents that lie on a host, and what could not be read.
pub(crate) fn files_of_kubeadm(host: &Host) -> (Vec<Rc<File>>, Vec<Unread>) {
    let (found, unread) = read(&Files::of(host));
    (found.into_iter().map(|one| one.file).collect(), unread)
}

fn read(files: &Files<'_>) -> KubeadmFiles {
    let (mut found, mut unread) = (Vec::new(), Vec::new());
    for dir in DIRS {
        let names = files.list(dir).unwrap_or_else(|why| {
            unread.push(why);
            Vec::new()
        });
        for name in names {
            let yaml = [".yaml", ".yml"].iter().any(|end| name.ends_with(end));
            if !yaml || !name.starts_with("kubeadm") {
                continue;
            }
            match files.file(format!("{dir}/{name}")) {
                Ok(Some(file)) if file.text().contains("kubeadm.k8s.io/") => {
                    let documents = documents(&file.bytes).into_iter().map(|(_, _, root)| root).collect();
                    found.push(KubeadmFile { documents, file });
                }
                Ok(_) => {}
                Err(why) => unread.push(why),
            }
        }
    }
    (found, unread)
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
