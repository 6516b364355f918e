//! A manifest of a static pod as the kubelet reads it, and the command of its component.
//!
//! Read with the YAML reader that the kubelet has, so that a manifest which it cannot read is none
//! here. Only what rules ask for is taken out; the tree stays, for places.

use std::path::Path;

use host_prep::facts::FileText;
use kubeadm_config::yaml::{self, Base, Node};
use kubeadm_config::{KubernetesVersion, Minor};

/// A manifest that can be read.
#[derive(Clone, Debug)]
pub(crate) struct StaticPod {
    /// Its file.
    pub(crate) path: String,
    /// `metadata.name`.
    pub(crate) name: String,
    /// The command of the container that is called like the pod, which is the component's; of the
    /// first one where none is. What runs beside it has flags of its own.
    pub(crate) words: Vec<Word>,
    /// That container's.
    pub(crate) image: Option<String>,
    /// The document.
    pub(crate) root: Node,
}

/// A word of a command.
///
/// Line and column of the word in the manifest, from 1.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl StaticPod {
    /// Reads it, or says why the kubelet makes no pod of it.
    pub(crate) fn read(file: &FileText) -> Result<Self, String> {
        Self::of(&file.path, &file.bytes)
    }

    /// The same of a file that was read one by one.
    pub(crate) fn of(path: &Path, bytes: &[u8]) -> Result<Self, String> {
        let root = yaml::read(bytes, Base::default()).map_err(|error| error.to_string())?.root;
        let text = |node: Option<&Node>| node.and_then(Node::as_str).map(str::to_owned);
        if text(root.get("kind")).as_deref() != Some("Pod") {
            return Err("its kind is not Pod".into());
        }
        let name = text(root.get("metadata").and_then(|metadata| metadata.get("name")));
        let name = name.ok_or("metadata.name is not said")?;
        let containers = root.get("spec").and_then(|spec| spec.get("containers")).and_then(Node::as_sequence);
        let containers = containers.filter(|all| !all.is_empty()).ok_or("spec.containers is empty")?;
        let called = |one: &&Node| one.get("name").and_then(Node::as_str) == Some(name.as_str());
        let own = containers.iter().find(called).unwrap_or(&containers[0]);
        let lists = ["command", "args"].into_iter().filter_map(|key| own.get(key)?.as_sequence());
        let word = |node: &Node| {
            let at = node.span.position;
            Some(Word { text: node.as_str()?.to_owned(), line: at.line, column: at.column })
        };
        let words = lists.flatten().filter_map(word).collect();
        let (image, path) = (text(own.get("image")), path.display().to_string());
        Ok(Self { path, name, words, image, root })
    }

    /// The value of a flag; the last one wins, as in Go's pflag.
    pub(crate) fn flag(&self, name: &str) -> Option<&str> {
        let value = |word: &'_ Word| -> Option<usize> {
            let rest = word.text.strip_prefix("--")?.strip_prefix(name)?.strip_prefix('=')?;
            Some(word.text.len() - rest.len())
        };
        self.words.iter().rev().find_map(|word| Some(&word.text[value(word)?..]))
    }

    /// Its command, word by word.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        self.words.iter().map(|word| word.text.as_str())
    }

    /// The tag of its image.
    ///
    /// `None` for an image by digest alone.
    pub(crate) fn tag(&self) -> Option<&str> {
        image_tag(self.image.as_deref()?)
    }

    /// The minor that its image's tag names.
    pub(crate) fn minor(&self) -> Option<Minor> {
        image_minor(self.image.as_deref()?)
    }
}

/// The tag of an image; `None` for one by digest alone. What is behind a colon before the last slash is a port.
pub(crate) fn image_tag(image: &str) -> Option<&str> {
    let tag = image.split('@').next()?.rsplit_once(':')?.1;
    Some(tag).filter(|tag| !tag.contains('/'))
}

/// The minor of Kubernetes that the tag of an image names.
pub(crate) fn image_minor(image: &str) -> Option<Minor> {
    Some(image_tag(image)?.parse::<KubernetesVersion>().ok()?.minor())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_container_called_like_the_pod_is_the_component() {
        let text = "kind: Pod\nmetadata: {name: etcd}\nspec:\n  containers:\n  - name: side\n    image: side:v9.9.9\n    \
                    command: [side, --data-dir=/x]\n  - name: etcd\n    image: etcd:v1.34.1\n    \
                    command: [etcd, --a=1]\n    args: [--a=2]\n";
        let file = |text: &str| {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("etc/kubernetes/manifests");
            std::fs::create_dir_all(&path).unwrap();
            std::fs::write(path.join("etcd.yaml"), text).unwrap();
            let host = host_prep::Host::offline(host_prep::fs::Root::open(dir.path()).unwrap());
            let found = host_prep::facts::observe(&host, &host_prep::facts::ObserveOptions::default());
            found.kubeadm.manifests.known().unwrap()[0].clone()
        };
        let pod = StaticPod::read(&file(text)).unwrap();
        assert_eq!((pod.flag("data-dir"), pod.flag("a")), (None, Some("2")), "the last one wins");
        assert_eq!(pod.minor().map(Minor::number), Some(34));
        assert_eq!(pod.words.iter().map(|word| word.line).collect::<Vec<_>>(), [10, 10, 11]);
        let first =
            StaticPod::read(&file(&text.replace("name: etcd\n    image", "name: other\n    image"))).unwrap();
        assert_eq!(first.flag("data-dir"), Some("/x"), "where none is called so, the first");
        assert!(StaticPod::read(&file("kind: List\n")).is_err());
    }

    #[test]
    fn a_port_is_no_tag() {
        assert_eq!(image_tag("registry.k8s.io/etcd:3.6.4-0"), Some("3.6.4-0"));
        assert_eq!(image_tag("mirror.example:5000/etcd:3.6.4-0@sha256:00"), Some("3.6.4-0"));
        assert_eq!(image_tag("mirror.example:5000/etcd@sha256:00"), None);
        assert_eq!(image_tag("etcd"), None);
    }
}
